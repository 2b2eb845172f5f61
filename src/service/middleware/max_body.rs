use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::StreamExt;
use poem::{
    Body, Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderValue, header},
};

use crate::problem::{Kind, Problem};

/// Answers 413 to bodies beyond the limit: by their declared length before a byte is read, else when they pass it. The
/// connection reads off a bounded rest, so that the answer is not lost.
pub async fn max_body(limit: u64, inner: Arc<impl Endpoint>, mut request: Request) -> Result<Response> {
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let exceeded = Arc::new(AtomicBool::new(false));
    let body = request.take_body();
    let is_unbounded = declared.is_none() && !body.is_empty();
    request.set_body(if is_unbounded { bounded(body, limit, exceeded.clone()) } else { body });
    let answer = inner.call(request).await.map(IntoResponse::into_response);
    // Whoever read the body saw it break off, and calls that what it likes.
    if exceeded.load(Ordering::Relaxed) { Err(too_large()) } else { answer }
}

/// Nobody should send another request behind a body that nobody reads.
fn too_large() -> poem::Error {
    let close = HeaderValue::from_static("close");
    Problem::new(Kind::PayloadTooLarge).with_header(header::CONNECTION, close).into()
}

/// A body of unknown length, cut off beyond the limit.
fn bounded(body: Body, limit: u64, exceeded: Arc<AtomicBool>) -> Body {
    let mut read = 0;
    Body::from_bytes_stream(body.into_bytes_stream().map(move |chunk| {
        let chunk = chunk?;
        read += chunk.len() as u64;
        if read > limit {
            exceeded.store(true, Ordering::Relaxed);
            return Err(io::Error::other("the body is too large"));
        }
        Ok(chunk)
    }))
}
