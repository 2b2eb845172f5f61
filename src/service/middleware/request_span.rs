use std::{sync::Arc, time::Instant};

use poem::{
    Endpoint, Request, Response, Result,
    http::{HeaderName, HeaderValue, header},
};
use tracing::Instrument;
use uuid::Uuid;

use crate::problem::RequestId;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Every line of a request carries its method and path: what a client may write at length would fill the log.
const MAX_SHOWN: usize = 256;

/// Names the request, opens its span in the log, and adds what every answer carries: the name as `X-Request-Id`, and that
/// no browser may take the answer for another type than it says.
pub async fn request_span(inner: Arc<impl Endpoint>, mut request: Request) -> Result<Response> {
    let began = Instant::now();
    let id: Arc<str> = Uuid::now_v7().simple().to_string().into();
    let (method, path) = (shown(request.method().as_str()), shown(request.uri().path()));
    let span = tracing::info_span!("request", id = &*id, method, path);
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = inner.get_response(request).instrument(span.clone()).await;
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let duration_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::debug!(status = response.status().as_u16(), duration_us, "answered"));
    Ok(response)
}

fn shown(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_SHOWN)]
}
