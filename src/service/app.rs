//! The only wiring: a configuration becomes an endpoint.

use std::{net::IpAddr, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use poem::{Endpoint, EndpointExt, Response, Route, get, middleware::CatchPanic};
use secrecy::ExposeSecret;

use super::{
    api::{Api, Document},
    middleware::{AllowedMethods, ClientLimit, Cors, max_body, request_span, request_timeout},
    page::Page,
    readiness::Watch,
    todos::Todos,
};
use crate::{
    authenticator::Authenticator,
    client::TrustedProxies,
    config::{Cache, Config, Quota, StrategyKind},
    credential::Carriers,
    database::{self, Access},
    limit::Limiter,
    problem::{Kind, Problem, Problems},
    protection::NoStore,
    strategy::{Cached, Chain, GetSession, InspectError, Jwt, SessionTable, Strategy},
};

/// How long a request waits for a connection to the service's own database.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Builds the service, and looks at what is within reach of what it needs.
pub async fn build(config: &Config) -> anyhow::Result<impl Endpoint<Output = Response> + 'static> {
    let (todos, chain) = tokio::try_join!(open_todos(config), chain(config))?;
    announce(config);
    let watch = Watch::begin(&chain).await;

    let carriers = Carriers::new(&config.better_auth.session_cookies)
        .with_trusted_origins(&config.better_auth.trusted_origins);
    let limits = &config.rate_limit;
    let mut authenticator = Authenticator::new(carriers, chain);
    if limits.enabled {
        authenticator = authenticator.with_user_limit(limiter("user", &limits.user));
    }
    let client_limit: Option<Limiter<IpAddr>> = limits.enabled.then(|| limiter("client", &limits.client));
    let proxies = TrustedProxies::new(config.server.trusted_proxies.iter().copied());

    let Api { document, routes } = Api::new(watch, todos);
    let allowed = Arc::new(AllowedMethods::of(document.value()));
    let client_limit = Arc::new(ClientLimit::new(proxies, client_limit));
    let (body_limit, time_limit) = (config.server.max_body, config.server.request_timeout);
    Ok(pages(Route::new().nest("/", routes), &document)
        .around(move |inner, request| allowed.clone().call(inner, request))
        .data(authenticator)
        .with(CatchPanic::new().with_handler(|_| Problem::new(Kind::Internal)))
        .around(move |inner, request| max_body(body_limit, inner, request))
        .around(move |inner, request| request_timeout(time_limit, inner, request))
        .around(move |inner, request| client_limit.clone().call(inner, request))
        .with(Problems)
        .with(Cors::new(config.cors.origins.clone()))
        // Once more for what `Cors` itself refuses.
        .with(Problems)
        .with(NoStore)
        .around(request_span))
}

fn pages(api: Route, document: &Document) -> Route {
    let page = |content_type, body| get(Page::new(content_type, body));
    api.at("/openapi.json", page("application/json", document.json()))
        .at("/openapi.yaml", page("application/yaml", document.yaml()))
        .at("/docs", page("text/html; charset=utf-8", document.swagger_ui().to_owned()))
}

fn limiter<K: std::hash::Hash + Eq + Clone>(name: &'static str, quota: &Quota) -> Limiter<K> {
    Limiter::new(name, quota.requests, quota.window)
}

async fn open_todos(config: &Config) -> anyhow::Result<Option<Todos>> {
    if !config.todos.enabled {
        return Ok(None);
    }
    let database = database::open(config.database.url.expose_secret(), Access::Write, CONNECT_TIMEOUT);
    let todos = Todos::new(database.context("database.url")?);
    match todos.is_migrated().await {
        Ok(true) => Ok(Some(todos)),
        Ok(false) => bail!(
            "database.url: the tables of the to-dos are missing or out of date: run `better-auth-verifier migrate`, or \
             set todos.enabled = false"
        ),
        Err(error) => {
            tracing::warn!(%error, "database.url: the to-dos are out of reach");
            Ok(Some(todos))
        }
    }
}

async fn chain(config: &Config) -> anyhow::Result<Chain> {
    let mut chain = Chain::default();
    for kind in &config.strategies {
        chain = match kind {
            StrategyKind::Jwt => cached(chain, jwt(config)?, config.jwt.cache.as_ref()),
            StrategyKind::SessionTable => {
                cached(chain, session_table(config).await?, config.session_table.cache.as_ref())
            }
            StrategyKind::GetSession => {
                cached(chain, get_session(config)?, config.get_session.cache.as_ref())
            }
        };
    }
    Ok(chain)
}

fn cached(chain: Chain, strategy: impl Strategy, cache: Option<&Cache>) -> Chain {
    match cache {
        Some(cache) => chain.push(Cached::new(strategy, cache.max_age, cache.capacity)),
        None => chain.push(strategy),
    }
}

fn jwt(config: &Config) -> anyhow::Result<Jwt> {
    let jwt = &config.jwt;
    Ok(Jwt::new(jwt.jwks_url.clone(), &jwt.issuers, &jwt.audiences)?
        .with_cooldown(jwt.cooldown)
        .with_algorithms(jwt.algorithms.iter().copied())
        .with_leeway(jwt.leeway)
        .with_max_lifetime(jwt.max_lifetime))
}

async fn session_table(config: &Config) -> anyhow::Result<SessionTable> {
    let section = &config.session_table;
    let secret =
        config.better_auth.secret.as_ref().context("better_auth.secret is needed by session_table")?;
    let database = database::open(section.database_url.expose_secret(), Access::Read, section.timeout);
    let table = SessionTable::new(
        database.context("session_table.database_url")?,
        secret.expose_secret(),
        section.timeout,
    )
    .with_raw_tokens(config.better_auth.raw_tokens);
    match table.inspect().await {
        Err(InspectError::Schema(fault)) => bail!("session_table.database_url: {fault}"),
        // Out of reach is no fault: it may come back.
        Ok(()) | Err(_) => Ok(table),
    }
}

fn get_session(config: &Config) -> anyhow::Result<GetSession> {
    let strategy = GetSession::new(&config.better_auth.internal_url, config.get_session.timeout)?;
    Ok(strategy.with_raw_tokens(config.better_auth.raw_tokens))
}

/// Says who decides what, above all where two strategies claim the same.
fn announce(config: &Config) {
    let names: Vec<_> = config.strategies.iter().map(|kind| kind.name()).collect();
    tracing::info!(strategies = names.join(", "), "strategies, in order of trust");
    let claiming = config.strategies.iter().filter(|kind| kind.claims_session_tokens());
    let mut of_session_tokens = claiming.map(|kind| kind.name());
    if let (Some(first), Some(second)) = (of_session_tokens.next(), of_session_tokens.next()) {
        tracing::info!(
            "{first} and {second} both claim session tokens: {first} decides them, {second} is never asked"
        );
    }
}
