use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

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

    /// Whether somebody waits for more of the body, and none is there.
    pub fn await_body(&self, is_awaited: bool) {
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
