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

/// Where a strategy tells its cache what has ended: on one [`Feed`] for each of the things that it trusts.
///
/// While one of them is lost nothing remembered is used, but where a strategy may go on with it in an outage; as soon as
/// it is heard again, what was remembered before is asked for anew.
#[derive(Clone)]
pub struct Feeds {
    revocations: Revocations,
    trust: Arc<Trust>,
    /// Those that were opened here, where others have parts of their own.
    part: Option<Arc<Mutex<Vec<Arc<FeedStatus>>>>>,
    remembered: Arc<dyn Fn() -> Vec<(Arc<Identity>, u64)> + Send + Sync>,
}

/// Whether, and since when, what a cache remembers may be believed.
#[derive(Default)]
struct Trust {
    /// What was looked up before this revocation is not believed.
    since: AtomicU64,
    /// How many feeds are lost.
    lost: AtomicUsize,
    statuses: Mutex<Vec<Arc<FeedStatus>>>,
}

impl Feeds {
    /// `remembered` gives what a cache holds, each with the last revocation when it was looked up.
    pub(crate) fn new(
        revocations: Revocations,
        remembered: impl Fn() -> Vec<(Arc<Identity>, u64)> + Send + Sync + 'static,
    ) -> Self {
        Self { revocations, trust: Arc::default(), part: None, remembered: Arc::new(remembered) }
    }

    /// A feed for something that tells what has ended. `name` is what readiness and the log call it.
    #[must_use]
    pub fn open(&self, name: &'static str) -> Feed {
        let status = Arc::new(FeedStatus::new(name));
        self.trust.statuses.lock().push(status.clone());
        if let Some(part) = &self.part {
            part.lock().push(status.clone());
        }
        Feed::new(status, self.clone())
    }

    /// The same for one of several that are followed together: what is opened there hangs up alone.
    pub(crate) fn apart(&self) -> Self {
        Self { part: Some(Arc::default()), ..self.clone() }
    }

    /// What the cache remembers and still believes, for those who have to look after it one by one.
    #[must_use]
    pub fn remembered(&self) -> Vec<Arc<Identity>> {
        let believed =
            (self.remembered)().into_iter().filter(|(identity, number)| self.confirms(identity, *number));
        believed.map(|(identity, _)| identity).collect()
    }

    /// Whether what the cache remembers may be used at all.
    pub(crate) fn is_trusted(&self) -> bool {
        self.trust.lost.load(Ordering::Acquire) == 0
    }

    /// The number of the last revocation. What is looked up from now on has seen all of them.
    pub(crate) fn number(&self) -> u64 {
        self.revocations.0.ended.last()
    }

    /// Whether something that was looked up after revocation `number` is still what would be found.
    pub(crate) fn confirms(&self, identity: &Identity, number: u64) -> bool {
        number >= self.trust.since.load(Ordering::Acquire)
            && !self.revocations.0.ended.has_ended_since(identity, number)
    }

    /// How every feed hears.
    pub(crate) fn states(&self) -> Vec<FeedState> {
        self.trust.statuses.lock().iter().map(|status| status.state()).collect()
    }

    /// Whoever listened has gone: what they heard, nobody hears any more.
    pub(crate) fn hang_up(&self) {
        let statuses = self.part.as_deref().unwrap_or(&self.trust.statuses).lock().clone();
        for status in statuses {
            Feed::new(status, self.clone()).lost("whoever listened has stopped");
        }
    }

    /// Nobody listens any more, as they were cancelled. Nothing that could be mended, so nothing for the log.
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
