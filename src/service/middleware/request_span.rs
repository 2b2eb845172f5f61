use poem::{
    Request, Response,
    http::{HeaderName, HeaderValue, header},
};
use tokio::time::Instant;
use tracing::Span;

use crate::problem::RequestId;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Every line of a request carries its method and path: what a client may write at length would fill the log.
const MAX_SHOWN: usize = 256;

/// Holds a request's span in the log, and adds what every answer carries: the request's name as `X-Request-Id`, and that
/// no browser may take the answer for another type than it says.
pub struct RequestSpan {
    pub id: RequestId,
    began: Instant,
}

impl RequestSpan {
    /// Begins with a request, which carries this name from now on.
    pub fn begin(id: RequestId, request: &mut Request) -> Self {
        let began = Instant::now();
        request.extensions_mut().insert(id.clone());
        Self { id, began }
    }

    /// The span itself, in which all of the request is to happen.
    pub fn open(&self, request: &Request) -> Span {
        let (method, path) = (shown(request.method().as_str()), shown(request.uri().path()));
        tracing::info_span!("request", id = &*self.id.0, method, path)
    }

    /// Ends with the answer. Call it inside the span.
    pub fn end(&self, response: &mut Response) {
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&self.id.0) {
            headers.insert(REQUEST_ID, id);
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let duration_us = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(status = response.status().as_u16(), duration_us, "answered");
    }
}

fn shown(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_SHOWN)]
}
