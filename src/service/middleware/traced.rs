use std::time::Instant;

use poem::{
    Endpoint, IntoResponse, Middleware, Request, Response, Result,
    http::{HeaderName, HeaderValue},
};
use tracing::Instrument;
use uuid::Uuid;

use crate::problem::RequestId;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names every request, opens its span in the log, and tells the client the name as `X-Request-Id`.
#[derive(Clone, Copy)]
pub struct Traced;

pub struct TracedEndpoint<E>(E);

impl<E: Endpoint> Middleware<E> for Traced {
    type Output = TracedEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        TracedEndpoint(inner)
    }
}

impl<E: Endpoint> Endpoint for TracedEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let began = Instant::now();
        let id = Uuid::now_v7().simple().to_string();
        let span =
            tracing::info_span!("request", id, method = %request.method(), path = request.uri().path());
        request.extensions_mut().insert(RequestId(id.clone()));
        let answer = self.0.call(request).instrument(span.clone()).await;
        let mut response = answer.map_or_else(poem::Error::into_response, IntoResponse::into_response);
        if let Ok(id) = HeaderValue::try_from(id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        span.in_scope(|| {
            tracing::debug!(
                status = response.status().as_u16(),
                duration_us = began.elapsed().as_micros(),
                "answered"
            );
        });
        Ok(response)
    }
}
