use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use futures_util::{StreamExt, stream::poll_fn};
use poem::{Body, Request};
use tokio::time::Instant;

/// What the accept loop tells a request's middleware of its arrival, and hears back.
#[derive(Clone)]
pub struct Arrival {
    /// When its first byte came.
    pub began: Instant,
    body: Arc<AwaitedBody>,
}

/// Whether a request waits for its client.
#[derive(Default)]
pub struct AwaitedBody {
    is_awaited: AtomicBool,
    /// When its body was first waited for, in milliseconds after the request began; else zero.
    first: AtomicU64,
}

impl Arrival {
    pub fn new(began: Instant, body: Arc<AwaitedBody>) -> Self {
        body.is_awaited.store(false, Ordering::Relaxed);
        body.first.store(0, Ordering::Relaxed);
        Self { began, body }
    }

    /// The body of the request says from now on whether somebody waits for more of it.
    pub fn watch_body(&self, request: &mut Request) {
        let body = request.take_body();
        if body.is_empty() {
            return request.set_body(body);
        }
        let (arrival, mut chunks) = (self.clone(), body.into_bytes_stream());
        request.set_body(Body::from_bytes_stream(poll_fn(move |context| {
            let chunk = chunks.poll_next_unpin(context);
            arrival.await_body(chunk.is_pending());
            chunk
        })));
    }

    /// Whether somebody waits for more of the body, and none is there.
    fn await_body(&self, is_awaited: bool) {
        self.body.is_awaited.store(is_awaited, Ordering::Relaxed);
        if is_awaited && self.body.first.load(Ordering::Relaxed) == 0 {
            let milliseconds = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.body.first.store(milliseconds.max(1), Ordering::Relaxed);
        }
    }

    /// See [`Self::await_body`].
    pub fn is_body_awaited(&self) -> bool {
        self.body.is_awaited.load(Ordering::Relaxed)
    }
}

impl AwaitedBody {
    /// Where it is waited for now: for how many milliseconds after the request began it was not.
    pub fn since(&self) -> Option<u64> {
        self.is_awaited.load(Ordering::Relaxed).then(|| self.first.load(Ordering::Relaxed))
    }
}

impl Default for Arrival {
    /// Of a request that came from no accept loop.
    fn default() -> Self {
        Self::new(Instant::now(), Arc::default())
    }
}
