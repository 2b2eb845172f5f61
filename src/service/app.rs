//! The only wiring: a configuration becomes an endpoint.

use std::{net::IpAddr, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use poem::{Endpoint, EndpointExt, Response, Route, get, middleware::CatchPanic};
use secrecy::ExposeSecret;

use super::{
    api::{Api, Document},
    chain,
    middleware::{AllowedMethods, ClientLimit, Cors, max_body, request_span, request_timeout},
    page::Page,
    readiness::Watch,
    todos::Todos,
};
use crate::{
    authenticator::Authenticator,
    client::TrustedProxies,
    config::{Config, Quota, StrategyKind},
    credential::Carriers,
    database::{self, Access},
    limit::Limiter,
    problem::{Kind, Problem, Problems},
    protection::NoStore,
};

/// How long a request waits for a connection to the service's own database.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Builds the service, and looks at what is within reach of what it needs.
pub async fn build(config: &Config) -> anyhow::Result<impl Endpoint<Output = Response> + 'static> {
    let (todos, chain) = tokio::try_join!(open_todos(config), chain::build(config))?;
    let watch = Watch::begin(&chain).await;

    let limits = &config.rate_limit;
    let mut authenticator = Authenticator::new(carriers(config), chain);
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

fn carriers(config: &Config) -> Carriers {
    let better_auth = &config.better_auth;
    let carriers =
        Carriers::new(&better_auth.session_cookies).with_trusted_origins(&better_auth.trusted_origins);
    if config.strategies.contains(&StrategyKind::SessionCookieCache) {
        return carriers.with_companions(&better_auth.cache_cookies);
    }
    carriers
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
