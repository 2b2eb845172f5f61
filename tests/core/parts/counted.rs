//! Any strategy, and how often it is asked.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use better_auth_verifier::{Credential, Feeds, Standing, Strategy, Verdict};

pub struct Counted<S> {
    inner: S,
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

impl<S> Counted<S> {
    pub fn new(inner: S) -> (Self, Calls) {
        let calls = Calls::default();
        (Self { inner, calls: calls.clone() }, calls)
    }
}

impl<S: Strategy> Strategy for Counted<S> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn claims(&self, credential: &Credential) -> bool {
        self.inner.claims(credential)
    }

    async fn standing(&self, credential: &Credential) -> Standing {
        self.inner.standing(credential).await
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        self.calls.0.fetch_add(1, Ordering::SeqCst);
        self.inner.verify(credential).await
    }

    async fn follow(&self, feeds: Feeds) {
        self.inner.follow(feeds).await;
    }
}
