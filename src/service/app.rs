//! The only wiring: a configuration becomes what answers requests.

use std::{net::IpAddr, sync::Arc};

use super::{
    announcement::announce,
    api::Api,
    chain, docs,
    hook::Hook,
    middleware::{AllowedMethods, ClientLimit, Cors, MaxBody, RequestIds, RequestTimeout, Stack},
    page_budget::PageBudget,
    readiness::Watch,
    routes::Routes,
    stores::Stores,
};
use crate::{
    authenticator::Authenticator,
    client::TrustedProxies,
    config::{Config, Quota, StrategyKind},
    credential::Carriers,
    limit::Limiter,
    revocation::Revocations,
};

/// Builds the service, and looks at what is within reach of what it needs.
pub async fn build(config: &Config) -> anyhow::Result<Stack> {
    let revocations = Revocations::default();
    // Boxed: what they await is deep and large.
    let stores = Box::pin(Stores::open(config));
    let (stores, chain) = tokio::try_join!(stores, Box::pin(chain::build(config, &revocations)))?;
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

    let mut authenticator = Authenticator::new(carriers(config), chain);
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
    let allowed_methods = AllowedMethods::of(document.value());
    let document = document.of_deployment(&config.docs, config.better_auth.session_cookie());
    let pages = &limits.pages;
    let page_budget = limits
        .enabled
        .then(|| Arc::new(PageBudget::new(Limiter::of_bytes("pages", pages.size, pages.window))));
    let mut routes = Routes::new(routes).with_pages(docs::contract(document.into()), page_budget.as_ref());
    if config.docs.enabled {
        routes = routes.with_pages(docs::pages(&config.docs.servers), page_budget.as_ref());
    }
    Ok(Stack {
        ids: RequestIds::new(),
        cors: Cors::new(&config.cors.origins),
        client_limit: ClientLimit::new(proxies, client_limit),
        request_timeout: RequestTimeout(config.server.request_timeout),
        max_body: MaxBody(config.server.max_body),
        authenticator,
        allowed_methods,
        routes,
    })
}

fn carriers(config: &Config) -> Carriers {
    let better_auth = &config.better_auth;
    let mut carriers =
        Carriers::new(&better_auth.session_cookies).with_trusted_origins(&better_auth.trusted_origins);
    if let Some(secrets) = &better_auth.secrets {
        carriers = carriers.with_secrets(secrets.clone());
    }
    if config.strategies.contains(&StrategyKind::SessionCookieCache) {
        carriers = carriers.with_companions(&better_auth.cache_cookies);
    }
    carriers
}

fn limiter<K: std::hash::Hash + Eq + Clone>(name: &'static str, quota: &Quota) -> Limiter<K> {
    Limiter::new(name, quota.requests, quota.window)
}
