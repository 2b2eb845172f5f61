//! The only wiring: a configuration becomes an endpoint.

use std::{net::IpAddr, sync::Arc};

use poem::{Endpoint, EndpointExt, Response, Route, middleware::CatchPanic};

use super::{
    announcement::announce,
    api::Api,
    docs,
    hook::Hook,
    middleware::{AllowedMethods, ClientLimit, Cors, max_body, one_host, request_span, request_timeout},
    page_budget::PageBudget,
    readiness::Watch,
    stores::Stores,
};
use crate::{
    authenticator::Authenticator,
    client::TrustedProxies,
    config::{Config, Quota},
    limit::Limiter,
    problem::{Kind, Problem, Problems},
    protection::NoStore,
    revocation::Revocations,
};

/// Builds the service, and looks at what is within reach of what it needs.
pub async fn build(config: &Config) -> anyhow::Result<impl Endpoint<Output = Response> + 'static> {
    let revocations = Revocations::default();
    // Boxed: what they await is deep and large.
    let stores = Box::pin(Stores::open(config));
    let (stores, chain) = tokio::try_join!(stores, Box::pin(config.chain(&revocations)))?;
    if let Some(store) = stores.cut_offs.clone() {
        store.restore(&revocations).await;
    }
    let secret = config.revocation.hook_secret.as_ref();
    let limits = &config.rate_limit;
    let mut hook = secret.map(|secret| Hook::new(secret, revocations, stores.cut_offs));
    if limits.enabled {
        hook = hook.map(|hook| hook.with_failure_limit(limiter("failed", &limits.failed)));
    }
    let watch = Watch::begin(&chain, hook.is_some()).await;
    tokio::spawn(announce(watch.clone(), config.revocation.persist));

    let mut authenticator = Authenticator::new(config.carriers(), chain);
    if limits.enabled {
        authenticator = authenticator
            .with_user_limit(limiter("user", &limits.user))
            .with_failure_limit(limiter("failed", &limits.failed));
    } else {
        authenticator = authenticator.without_route_limits();
    }
    let client_limit: Option<Limiter<IpAddr>> = limits.enabled.then(|| limiter("client", &limits.client));
    let proxies = TrustedProxies::new(config.server.trusted_proxies.iter().copied());

    let Api { document, routes } = Api::new(watch, stores.todos, hook);
    let allowed = Arc::new(AllowedMethods::of(document.value()));
    let client_limit = Arc::new(ClientLimit::new(proxies, client_limit));
    let (body_limit, time_limit) = (config.server.max_body, config.server.request_timeout);
    let document = document.of_deployment(&config.docs, config.better_auth.session_cookie());
    let mut route = docs::contract(Route::new().nest("/", routes), document.into());
    if config.docs.enabled {
        route = docs::pages(route, &config.docs.servers);
    }
    let pages = &limits.pages;
    let page_budget = limits
        .enabled
        .then(|| Arc::new(PageBudget::new(Limiter::of_bytes("pages", pages.size, pages.window))));
    Ok(route
        .data_opt(page_budget)
        .around(move |inner, request| allowed.clone().call(inner, request))
        .data(authenticator)
        .with(CatchPanic::new().with_handler(|_| Problem::new(Kind::Internal)))
        .around(move |inner, request| max_body(body_limit, inner, request))
        .around(move |inner, request| request_timeout(time_limit, inner, request))
        // Each layer makes the type of all deeper, and the optimiser gives up where it is too deep.
        .boxed()
        .around(one_host)
        .around(move |inner, request| client_limit.clone().call(inner, request))
        .with(Problems)
        .with(Cors::new(config.cors.origins.clone()))
        // Once more for what `Cors` itself refuses.
        .with(Problems)
        .with(NoStore)
        .around(request_span))
}

fn limiter<K: std::hash::Hash + Eq + Clone>(name: &'static str, quota: &Quota) -> Limiter<K> {
    Limiter::new(name, quota.requests, quota.window)
}
