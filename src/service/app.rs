//! Puts the routes over the parts of a service.

use poem::http::Method;

use super::{
    api::Api,
    assertion::KeySet,
    docs,
    forward_auth::ForwardAuth,
    metrics::Requests,
    middleware::{AllowedMethods, MaxBody, RequestTimeout, Stack},
    parts::Parts,
    routes::Routes,
};
use crate::{
    app::{cors::Cors, readiness::Watch, request_ids::RequestIds},
    config::Config,
};

/// What pages may ask of the contract's routes.
const METHODS: &[Method] = &[Method::GET, Method::HEAD, Method::POST, Method::PATCH, Method::DELETE];

/// Puts the routes over the parts of a service, and around them the layer that surrounds every route.
pub fn build(config: &Config, parts: &Parts, watch: Watch) -> Stack {
    let Api { document, routes } = Api::new(watch, parts.stores.todos.clone(), parts.app.hook.clone());
    let allowed_methods = AllowedMethods::of(document.value());
    let document = document.of_deployment(&config.docs, config.better_auth.session_cookie());
    let page_budget = parts.page_budget.as_ref();
    let mut routes = Routes::new(routes)
        .with_pages(docs::contract(document.into()), page_budget)
        .with_endpoint("/", docs::entrance(&config.docs));
    if config.docs.enabled {
        routes = routes.with_pages(docs::pages(&config.docs.servers), page_budget);
    }
    if !config.forward_auth.profiles.is_empty() {
        routes = routes.with_forward_auth(ForwardAuth::new(config, parts));
    }
    if let Some(rotation) = &parts.stores.key_rotation {
        routes = routes.with_endpoint(KeySet::PATH, KeySet::new(rotation.assertions()));
    }
    let requests = config.admin.as_ref().map(|_| {
        let pages = routes.pages().map(str::to_owned);
        let paths = allowed_methods.templates().map(str::to_owned).chain(pages);
        let paths = paths.chain(ForwardAuth::paths(&config.forward_auth));
        Requests::new(parts.lasting.metrics.clone(), paths)
    });
    Stack {
        requests,
        ids: RequestIds::new(parts.lasting.app.ids),
        cors: Cors::new(&config.cors.origins, METHODS),
        client_limit: parts.app.client_limit.clone(),
        request_timeout: RequestTimeout(config.server.request_timeout),
        max_body: MaxBody(config.server.max_body),
        authenticator: parts.app.authenticator.clone(),
        allowed_methods,
        routes,
    }
}
