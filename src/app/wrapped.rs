use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{Method, header},
};
use tokio::time::Instant;
use tracing::Instrument;

use super::{api::Routes, cors::Cors, handle::BetterAuth, named_request::NamedRequest};
use crate::{
    adapter::poem::{answer_to, requested_uri},
    problem::RequestId,
};

/// What pages may ask of an app's routes.
pub const METHODS: &[Method] =
    &[Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// An app inside all that [`BetterAuth`] puts around it. See [`BetterAuth::wrap`].
pub struct WrappedEndpoint<E> {
    auth: BetterAuth,
    /// Those beside the app's own, if they are here.
    routes: Option<Routes>,
    inner: E,
}

/// Surrounds routes as [`BetterAuth::wrap`] does, without the routes for health and the hook.
impl<E: Endpoint> Middleware<E> for BetterAuth {
    type Output = WrappedEndpoint<E>;

    fn transform(&self, inner: E) -> WrappedEndpoint<E> {
        WrappedEndpoint::new(self.clone(), None, inner)
    }
}

impl<E: Endpoint> WrappedEndpoint<E> {
    pub(super) fn new(auth: BetterAuth, routes: Option<Routes>, inner: E) -> Self {
        Self { auth, routes, inner }
    }

    /// Answers a request, whatever becomes of it.
    async fn answer(&self, request: Request, named: NamedRequest) -> Response {
        let cors = self.auth.cors();
        let uri = requested_uri(&request).clone();
        let mut origin = cors.permitted(&request);
        // A preflight counts for no limit and reaches no route.
        let is_preflight = request.method() == Method::OPTIONS
            && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let answer = match origin.take_if(|_| is_preflight) {
            Some(origin) => cors.preflight(origin, &request).map_err(Into::into),
            None => self.serve(request).await,
        };
        let mut response = answer_to(uri.path(), Some(&named.id), answer);
        if let Some(origin) = origin {
            Cors::permit(origin, &mut response);
        }
        cors.mark(response.headers_mut());
        named.end(&mut response);
        response
    }

    /// Takes a request to its handler, if nothing is in the way.
    async fn serve(&self, mut request: Request) -> Result<Response> {
        let authenticator = self.auth.authenticator();
        self.auth.client_limit().admit(&mut request, authenticator)?;
        request.extensions_mut().insert(authenticator.clone());
        match self.routes.as_ref().filter(|routes| routes.has(request.uri().path())) {
            Some(routes) => routes.call(request).await,
            None => self.inner.call(request).await.map(IntoResponse::into_response),
        }
    }
}

impl<E: Endpoint> Endpoint for WrappedEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        // A middleware of the app may have named it.
        let id = request.extensions().get::<RequestId>().cloned();
        let id = id.unwrap_or_else(|| self.auth.next_request_id());
        request.extensions_mut().insert(id.clone());
        let span = tracing::info_span!("request", id = &*id.0);
        Ok(self.answer(request, NamedRequest::new(id, Instant::now())).instrument(span).await)
    }
}
