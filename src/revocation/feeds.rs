mod feed;

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use parking_lot::Mutex;

use self::feed::FeedStatus;
pub use self::feed::{Feed, FeedState, Hearing};
use super::Revocations;
use crate::identity::Identity;

/// The way from a strategy to its cache: one [`Feed`] for each store that the strategy trusts.
///
/// While one of them is lost, the cache is bypassed, except for stale entries that a strategy may serve in an outage. When it
/// recovers, all older entries are looked up again.
#[derive(Clone)]
pub struct Feeds {
    revocations: Revocations,
    trust: Arc<Trust>,
    /// The feeds opened here, if several strategies share the rest.
    part: Option<Arc<Mutex<Vec<Arc<FeedStatus>>>>>,
    remembered: Arc<dyn Fn() -> Vec<(Arc<Identity>, u64)> + Send + Sync>,
}

/// Whether the cache may be used, and entries from when on.
#[derive(Default)]
struct Trust {
    /// Entries looked up before this revocation are not used.
    since: AtomicU64,
    /// How many feeds are lost.
    lost: AtomicUsize,
    statuses: Mutex<Vec<Arc<FeedStatus>>>,
}

impl Feeds {
    /// `remembered` returns the entries of a cache, each with the number of the last revocation at its look-up.
    pub(crate) fn new(
        revocations: Revocations,
        remembered: impl Fn() -> Vec<(Arc<Identity>, u64)> + Send + Sync + 'static,
    ) -> Self {
        Self { revocations, trust: Arc::default(), part: None, remembered: Arc::new(remembered) }
    }

    /// Opens a feed for one source of events. `name` is its name in readiness and the log.
    #[must_use]
    pub fn open(&self, name: &'static str) -> Feed {
        let status = Arc::new(FeedStatus::new(name));
        self.trust.statuses.lock().push(status.clone());
        if let Some(part) = &self.part {
            part.lock().push(status.clone());
        }
        Feed::new(status, self.clone())
    }

    /// The same for one of several strategies that are followed together: its feeds end without those of the others.
    pub(crate) fn apart(&self) -> Self {
        Self { part: Some(Arc::default()), ..self.clone() }
    }

    /// The usable entries of the cache, for a source that has to poll them one by one.
    #[must_use]
    pub fn remembered(&self) -> Vec<Arc<Identity>> {
        let believed =
            (self.remembered)().into_iter().filter(|(identity, number)| self.confirms(identity, *number));
        believed.map(|(identity, _)| identity).collect()
    }

    /// Whether the cache may be used at all.
    pub(crate) fn is_trusted(&self) -> bool {
        self.trust.lost.load(Ordering::Acquire) == 0
    }

    /// The number of the last revocation. Any look-up from now on has seen all of them.
    pub(crate) fn number(&self) -> u64 {
        self.revocations.0.ended.last()
    }

    /// Whether the result of a look-up after revocation `number` still holds.
    pub(crate) fn confirms(&self, identity: &Identity, number: u64) -> bool {
        number >= self.trust.since.load(Ordering::Acquire)
            && !self.revocations.0.ended.has_ended_since(identity, number)
    }

    /// The state of every feed.
    pub(crate) fn states(&self) -> Vec<FeedState> {
        self.trust.statuses.lock().iter().map(|status| status.state()).collect()
    }

    /// The listener has gone: its feeds are lost.
    pub(crate) fn hang_up(&self) {
        let statuses = self.part.as_deref().unwrap_or(&self.trust.statuses).lock().clone();
        for status in statuses {
            Feed::new(status, self.clone()).lost("its listener has stopped");
        }
    }

    /// The listener was cancelled. There is nothing to mend, so the log says nothing.
    pub(crate) fn close(&self) {
        let statuses = self.trust.statuses.lock().clone();
        for status in statuses {
            Feed::new(status, self.clone()).close();
        }
    }

    /// Anything may have ended.
    fn invalidate_all(&self) {
        self.trust.since.fetch_max(self.revocations.0.ended.next(), Ordering::AcqRel);
    }
}
