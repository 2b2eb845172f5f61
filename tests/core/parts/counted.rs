//! Any strategy, and how often it is asked.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use better_auth_verifier::{AnyStrategy, Credential, Strategy, Verdict, Wrapper};

pub struct Counted {
    inner: AnyStrategy,
    calls: Calls,
}

/// Look-ups so far.
#[derive(Clone, Default)]
pub struct Calls(Arc<AtomicUsize>);

impl Calls {
    pub fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Counted {
    pub fn new(inner: impl Strategy) -> (Self, Calls) {
        let calls = Calls::default();
        (Self { inner: AnyStrategy::new(inner), calls: calls.clone() }, calls)
    }
}

impl Wrapper for Counted {
    fn inner(&self) -> &AnyStrategy {
        &self.inner
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        self.calls.0.fetch_add(1, Ordering::SeqCst);
        self.inner.verify(credential).await
    }
}
