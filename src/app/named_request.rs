use std::time::Duration;

use poem::{
    Response,
    http::{HeaderName, HeaderValue, header},
};
use tokio::time::Instant;
use tracing::Level;

use crate::problem::RequestId;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// A request with its name. Adds what every answer carries: that name as `X-Request-Id`, and that no browser may take the
/// answer for another type than it says.
pub struct NamedRequest {
    pub id: RequestId,
    began: Instant,
}

impl NamedRequest {
    /// One that came at this time.
    pub fn new(id: RequestId, began: Instant) -> Self {
        Self { id, began }
    }

    /// How long it has taken so far.
    pub fn took(&self) -> Duration {
        self.began.elapsed()
    }

    /// Ends with the answer.
    pub fn end(&self, response: &mut Response) {
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&self.id.0) {
            headers.insert(REQUEST_ID, id);
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        // Few look at it, and the time is not read for nobody.
        if tracing::enabled!(Level::DEBUG) {
            let duration_us = u64::try_from(self.took().as_micros()).unwrap_or(u64::MAX);
            tracing::debug!(status = response.status().as_u16(), duration_us, "answered");
        }
    }
}
