use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;

use crate::service::lifecycle::Lifecycle;

/// A cap that bites has a line at once, then for as long as it does one after each such time that counts what it did.
const WINDOW: Duration = Duration::from_mins(1);

/// What one cap does to connections, told in few lines however often it does it.
pub struct Report {
    cap: &'static str,
    counts: Arc<Mutex<Option<Counts>>>,
    lifecycle: Lifecycle,
}

#[derive(Default)]
struct Counts {
    closed: u64,
    refused: u64,
}

impl Report {
    /// `cap` is the key or the rule, for people.
    pub fn of(cap: &'static str, lifecycle: &Lifecycle) -> Self {
        Self { cap, counts: Arc::default(), lifecycle: lifecycle.clone() }
    }

    /// A connection was closed; `tell` logs it, where it is the first.
    pub fn closed(&self, tell: impl FnOnce()) {
        self.count(|counts| counts.closed += 1, tell);
    }

    /// A new connection was not let in; `tell` logs it, where it is the first.
    pub fn refused(&self, tell: impl FnOnce()) {
        self.count(|counts| counts.refused += 1, tell);
    }

    fn count(&self, count: impl FnOnce(&mut Counts), tell: impl FnOnce()) {
        let mut counts = self.counts.lock();
        if let Some(counts) = counts.as_mut() {
            return count(counts);
        }
        count(counts.insert(Counts::default()));
        drop(counts);
        tell();
        let (cap, counts) = (self.cap, self.counts.clone());
        self.lifecycle.spawn(async move {
            // The first has its own line.
            let mut told = 1;
            while let Some(Counts { closed, refused }) = Self::since(&counts, told).await {
                told = 0;
                tracing::warn!(
                    "{cap}: in the last minute the service closed {closed} connections and refused {refused} new ones"
                );
            }
        });
    }

    /// What it did in the minute that begins now; nothing, and the next is the first again, where all that is `told`.
    async fn since(counts: &Mutex<Option<Counts>>, told: u64) -> Option<Counts> {
        tokio::time::sleep(WINDOW).await;
        let mut counts = counts.lock();
        let done = counts.take().filter(|it| it.closed + it.refused > told)?;
        *counts = Some(Counts::default());
        Some(done)
    }
}
