use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;

use crate::app::lifecycle::Lifecycle;

/// A cap that bites has a line at once, then for as long as it does one after each such time that counts what it did.
const WINDOW: Duration = Duration::from_mins(1);

/// What one cap does to connections, told in few lines however often it does it.
pub struct Report {
    cap: &'static str,
    counts: Arc<Mutex<Option<Counts>>>,
    closed: AtomicU64,
    refused: AtomicU64,
    lifecycle: Lifecycle,
}

/// What one cap has done since the service began.
pub struct CapTotals {
    pub name: &'static str,
    /// Connections that were closed.
    pub closed: u64,
    /// New ones that were not let in.
    pub refused: u64,
}

#[derive(Default)]
struct Counts {
    closed: u64,
    refused: u64,
}

impl Report {
    /// `cap` is the key or the rule, for people.
    pub fn of(cap: &'static str, lifecycle: &Lifecycle) -> Self {
        Self {
            cap,
            counts: Arc::default(),
            closed: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            lifecycle: lifecycle.clone(),
        }
    }

    /// A connection was closed; `tell` logs it, where it is the first.
    pub fn closed(&self, tell: impl FnOnce()) {
        self.closed.fetch_add(1, Ordering::Relaxed);
        self.count(|counts| counts.closed += 1, tell);
    }

    /// A new connection was not let in; `tell` logs it, where it is the first.
    pub fn refused(&self, tell: impl FnOnce()) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        self.count(|counts| counts.refused += 1, tell);
    }

    /// What it has done; `name` is short and stable.
    pub fn totals(&self, name: &'static str) -> CapTotals {
        let [closed, refused] = [&self.closed, &self.refused].map(|total| total.load(Ordering::Relaxed));
        CapTotals { name, closed, refused }
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
