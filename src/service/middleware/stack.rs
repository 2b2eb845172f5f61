use std::{mem, panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use poem::{IntoResponse, Request, Response, Result, http::Method};

use super::{AllowedMethods, MaxBody, RequestTimeout, one_host};
use crate::{
    adapter::poem::answer_to,
    app::{client_limit::ClientLimit, cors::Cors, named_request::NamedRequest, request_ids::RequestIds},
    authenticator::Authenticator,
    problem::{Kind, Problem, RequestId},
    service::{
        current_request::CurrentRequest,
        metrics::Requests,
        routes::Routes,
        server::{App, Arrival},
    },
};

/// The routes, and in one layer all that surrounds every one of them.
///
/// Poem would take a layer for each concern. But the future of a layer contains the futures of all layers inside it, and
/// moving these by value costs more than all else that a request does. Here a box holds the handler's future, and the
/// stack waits for nothing else.
pub struct Stack {
    pub ids: RequestIds,
    pub cors: Cors,
    pub client_limit: Arc<ClientLimit>,
    pub request_timeout: RequestTimeout,
    pub max_body: MaxBody,
    pub authenticator: Authenticator,
    pub allowed_methods: AllowedMethods,
    pub routes: Routes,
    /// Counts requests, where anybody reads what is counted.
    pub requests: Option<Requests>,
}

impl App for Stack {
    fn answer(&self, mut request: Request, arrival: Arrival) -> impl Future<Output = Response> + Send {
        let named = NamedRequest::new(self.ids.next(), arrival.began);
        let current = CurrentRequest::new(named.id.clone(), &request);
        current.during(async move {
            let counted = self
                .requests
                .as_ref()
                .map(|requests| (requests, requests.route(request.uri().path()), request.method().clone()));
            let mut response = self.surround(&mut request, arrival, &named.id).await;
            self.cors.mark(response.headers_mut());
            named.end(&mut response);
            if let Some((requests, route, method)) = counted {
                requests.answered(route, &method, response.status(), named.took());
            }
            response
        })
    }
}

impl Stack {
    /// Turns a failure into its problem, and lets the pages of permitted origins read the answer.
    async fn surround(&self, request: &mut Request, arrival: Arrival, id: &RequestId) -> Response {
        let uri = request.uri().clone();
        let mut origin = self.cors.permitted(request);
        // A preflight counts for no limit and reaches no route. One that a proxy asks about is for the API behind it.
        let is_preflight =
            request.method() == Method::OPTIONS && self.routes.forward_auth(uri.path()).is_none();
        let answer = match origin.take_if(|_| is_preflight) {
            Some(origin) => self.cors.preflight(origin, request).map_err(Into::into),
            None => self.serve(request, arrival).await,
        };
        let answer = answer.map_err(|error| self.allowed_methods.explain(error, uri.path()));
        let mut response = answer_to(uri.path(), Some(id), answer);
        if let Some(origin) = origin {
            Cors::permit(origin, &mut response);
        }
        response
    }

    /// Takes a request to its handler, if nothing is in the way.
    async fn serve(&self, request: &mut Request, arrival: Arrival) -> Result<Response> {
        self.client_limit.admit(request, &self.authenticator)?;
        one_host(request)?;
        let deadline = self.request_timeout.begin(request, arrival);
        let excess = self.max_body.bound(request)?;
        request.extensions_mut().insert(self.authenticator.clone());
        let handler = self.routes.call(mem::take(request));
        let outcome = deadline.bound(AssertUnwindSafe(handler).catch_unwind()).await?;
        excess.check()?;
        outcome.unwrap_or_else(|_| Ok(Problem::new(Kind::Internal).into_response()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use poem::{Endpoint, EndpointExt, endpoint::make_sync, http::StatusCode};

    use super::*;
    use crate::{
        app::{ids::Ids, readiness::Watch},
        client::TrustedProxies,
        credential::Carriers,
        service::api::Api,
        strategy::Chain,
    };

    fn stack(routes: impl Endpoint<Output = Response> + 'static) -> Stack {
        Stack {
            ids: RequestIds::new(Ids::default()),
            cors: Cors::new(&[], &[]),
            client_limit: Arc::new(ClientLimit::new(TrustedProxies::default(), None)),
            request_timeout: RequestTimeout(Duration::from_secs(30)),
            max_body: MaxBody(1024),
            authenticator: Authenticator::new(Carriers::default(), Chain::default()),
            allowed_methods: AllowedMethods::of(Api::contract().value()),
            routes: Routes::new(routes.boxed()),
            requests: None,
        }
    }

    fn request() -> Request {
        Request::builder().uri_str("/api/public").header("Host", "localhost").finish()
    }

    /// Each request moves these futures; eleven layers had 18.7 kB.
    #[test]
    fn the_futures_of_a_request_are_small() {
        let stack = stack(Api::new(Watch::default(), None, None).routes);
        let (answer, handler) = (stack.answer(request(), Arrival::default()), stack.routes.call(request()));
        let sizes = (size_of_val(&answer), size_of_val(&*handler));
        assert!(sizes.0 <= 2048 && sizes.1 <= 2048, "{sizes:?}");
    }

    #[tokio::test]
    async fn a_panic_of_a_handler_is_a_problem() {
        let stack = stack(make_sync(|_| -> Response { panic!("a handler's fault") }));
        let response = stack.answer(request(), Arrival::default()).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let id = response.header("X-Request-Id").expect("a name").to_owned();
        let problem: serde_json::Value = response.into_body().into_json().await.expect("JSON");
        assert_eq!((&problem["type"], &problem["requestId"]), (&"urn:problem:internal".into(), &id.into()));
    }
}
