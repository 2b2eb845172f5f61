//! Puts the routes over the parts of a service.

use std::sync::Arc;

use super::{
    api::Api,
    assertion::KeySet,
    docs,
    middleware::{AllowedMethods, Cors, MaxBody, RequestIds, RequestTimeout, Stack},
    parts::Parts,
    readiness::Watch,
    routes::Routes,
};
use crate::config::Config;

/// Puts the routes over the parts of a service, and around them the layer that surrounds every route.
pub fn build(config: &Config, parts: Parts, watch: Watch) -> Stack {
    let Parts { stores, hook, authenticator, client_limit, page_budget, .. } = parts;
    let Api { document, routes } = Api::new(watch, stores.todos, hook);
    let allowed_methods = AllowedMethods::of(document.value());
    let document = document.of_deployment(&config.docs, config.better_auth.session_cookie());
    let page_budget = page_budget.map(Arc::new);
    let mut routes = Routes::new(routes).with_pages(docs::contract(document.into()), page_budget.as_ref());
    if config.docs.enabled {
        routes = routes.with_pages(docs::pages(&config.docs.servers), page_budget.as_ref());
    }
    if let Some(keys) = stores.signing_keys {
        routes = routes.with_endpoint(KeySet::PATH, KeySet::new(keys.assertions()));
    }
    Stack {
        ids: RequestIds::new(),
        cors: Cors::new(&config.cors.origins),
        client_limit,
        request_timeout: RequestTimeout(config.server.request_timeout),
        max_body: MaxBody(config.server.max_body),
        authenticator,
        allowed_methods,
        routes,
    }
}
