//! The only wiring: a configuration and its parts become an endpoint.

use std::sync::Arc;

use poem::{Endpoint, EndpointExt, Response, Route, middleware::CatchPanic};

use super::{
    api::Api,
    docs,
    middleware::{AllowedMethods, Cors, max_body, one_host, request_span, request_timeout},
    parts::Parts,
    readiness::Watch,
};
use crate::{
    adapter::poem::{NoStore, Problems},
    config::Config,
    problem::{Kind, Problem},
};

/// Puts the routes over the parts of a service, and the layers around them.
pub fn build(config: &Config, parts: Parts, watch: Watch) -> impl Endpoint<Output = Response> + 'static {
    let Parts { stores, hook, authenticator, client_limit, page_budget, .. } = parts;
    let Api { document, routes } = Api::new(watch, stores.todos, hook);
    let allowed = Arc::new(AllowedMethods::of(document.value()));
    let client_limit = Arc::new(client_limit);
    let (body_limit, time_limit) = (config.server.max_body, config.server.request_timeout);
    let document = document.of_deployment(&config.docs, config.better_auth.session_cookie());
    let mut route = docs::contract(Route::new().nest("/", routes), document.into());
    if config.docs.enabled {
        route = docs::pages(route, &config.docs.servers);
    }
    route
        .data_opt(page_budget.map(Arc::new))
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
        .around(request_span)
}
