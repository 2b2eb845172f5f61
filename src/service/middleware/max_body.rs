use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::StreamExt;
use poem::{
    Body, Request,
    http::{HeaderValue, header},
};

use crate::problem::{Kind, Problem};

/// Answers 413 to bodies beyond the limit: by their declared length before a byte is read, else when they pass it. The
/// connection reads off a bounded rest, so that the answer is not lost.
pub struct MaxBody(pub u64);

/// Whether a body of unknown length has turned out to be too large. A body of known length has none.
pub struct Excess(Option<Arc<AtomicBool>>);

impl MaxBody {
    /// Refuses a body that is declared too large, and cuts one of unknown length off at the limit.
    pub fn bound(&self, request: &mut Request) -> Result<Excess, Problem> {
        let declared = request.headers().get(header::CONTENT_LENGTH);
        let declared = declared.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if let Some(length) = declared {
            return if length > self.0 { Err(too_large()) } else { Ok(Excess(None)) };
        }
        let body = request.take_body();
        if body.is_empty() {
            return Ok(Excess(None));
        }
        let exceeded = Arc::new(AtomicBool::new(false));
        request.set_body(bounded(body, self.0, exceeded.clone()));
        Ok(Excess(Some(exceeded)))
    }
}

impl Excess {
    /// Answers 413 in place of the handler's answer: its reader saw the body break off, and may have reported anything.
    pub fn check(&self) -> Result<(), Problem> {
        let is_exceeded = self.0.as_ref().is_some_and(|exceeded| exceeded.load(Ordering::Relaxed));
        if is_exceeded { Err(too_large()) } else { Ok(()) }
    }
}

/// Nobody should send another request behind a body that nobody reads.
fn too_large() -> Problem {
    let close = HeaderValue::from_static("close");
    Problem::new(Kind::PayloadTooLarge).with_header(header::CONNECTION, close)
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
