use std::{
    fmt::Display,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::Revocations;
use crate::identity::Identity;

/// Where a strategy tells its cache what has ended, and whether it would hear of it.
///
/// A strategy that trusts several things takes a [`line`](Self::line) for each. While one of them is lost the cache is not
/// used; as soon as it hears again, what was remembered before is asked for anew.
#[derive(Clone)]
pub struct Feed {
    revocations: Revocations,
    trust: Arc<Trust>,
    line: Arc<Line>,
}

struct Trust {
    /// What was looked up before this revocation is not believed.
    since: AtomicU64,
    lost: AtomicUsize,
    lines: Mutex<Vec<Arc<Line>>>,
    remembered: Box<dyn Fn() -> Vec<Arc<Identity>> + Send + Sync>,
}

struct Line {
    name: &'static str,
    hearing: Mutex<Hearing>,
}

/// Whether the end of a session would be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// There is nobody to hear it from; the age of what is remembered is the only bound.
    Nothing,
    /// It is heard within this time.
    Within(Duration),
    /// It should be, and is not: the cache is not used.
    Lost,
}

/// One line of a feed, as readiness shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FeedState {
    /// What is listened to, such as `postgresql`.
    pub name: &'static str,
    /// Whether it is heard.
    pub hearing: Hearing,
}

impl Feed {
    pub(crate) fn new(
        revocations: Revocations,
        remembered: impl Fn() -> Vec<Arc<Identity>> + Send + Sync + 'static,
    ) -> Self {
        let trust = Trust {
            since: AtomicU64::default(),
            lost: AtomicUsize::default(),
            lines: Mutex::default(),
            remembered: Box::new(remembered),
        };
        Self { revocations, trust: Arc::new(trust), line: Arc::new(Line::new("")) }
    }

    /// A line for one of the things that a strategy trusts.
    #[must_use]
    pub fn line(&self, name: &'static str) -> Self {
        let line = Arc::new(Line::new(name));
        lock(&self.trust.lines).push(line.clone());
        Self { line, ..self.clone() }
    }

    /// From now on what ends is heard within this time.
    pub fn hears(&self, within: Duration) {
        if !matches!(self.turn(Hearing::Within(within)), Hearing::Within(_)) {
            tracing::info!(feed = self.line.name, ?within, "revocations are heard");
        }
    }

    /// It cannot be heard any more, or not yet.
    pub fn lost(&self, reason: impl Display) {
        match self.turn(Hearing::Lost) {
            Hearing::Within(_) => tracing::warn!(
                feed = self.line.name,
                %reason,
                "revocations cannot be heard: nothing remembered is used until they are"
            ),
            Hearing::Nothing => {
                tracing::debug!(feed = self.line.name, %reason, "no revocations are heard yet");
            }
            Hearing::Lost => {}
        }
    }

    /// There is nothing to hear here: what is remembered is believed for its time.
    pub fn hears_nothing(&self) {
        self.turn(Hearing::Nothing);
    }

    /// Anything may have ended.
    pub fn everything(&self) {
        self.trust.since.fetch_max(self.revocations.0.ended.next(), Ordering::AcqRel);
    }

    /// A session has changed.
    pub fn session(&self, id: &str) {
        self.revocations.session(id);
    }

    /// A user has changed.
    pub fn user(&self, id: &str) {
        self.revocations.user(id);
    }

    /// A session of this user has ended, or the user's rights have: their tokens are cut off, too.
    pub fn cut_off(&self, user: &str) {
        self.revocations.heard(user);
    }

    /// The session that is stored under this key has changed.
    #[cfg(feature = "secondary-storage")]
    pub(crate) fn key(&self, key: crate::identity::SessionKey) {
        self.revocations.0.ended.key(key);
    }

    /// What the cache remembers, for those who have to look after it one by one.
    #[must_use]
    pub fn remembered(&self) -> Vec<Arc<Identity>> {
        (self.trust.remembered)()
    }

    /// Whether what the cache remembers may be used at all.
    pub(crate) fn is_trusted(&self) -> bool {
        self.trust.lost.load(Ordering::Acquire) == 0
    }

    /// Whether something that was looked up after revocation `number` is still what would be found.
    pub(crate) fn confirms(&self, identity: &Identity, number: u64) -> bool {
        number >= self.trust.since.load(Ordering::Acquire) && !self.revocations.cover(identity, number)
    }

    /// How every line hears.
    pub(crate) fn states(&self) -> Vec<FeedState> {
        let state = |line: &Arc<Line>| FeedState { name: line.name, hearing: *lock(&line.hearing) };
        lock(&self.trust.lines).iter().map(state).collect()
    }

    /// Whoever listened has gone: what they heard, nobody hears any more.
    pub(crate) fn hang_up(&self) {
        let lines = lock(&self.trust.lines).clone();
        for line in lines.into_iter().chain([self.line.clone()]) {
            let is_heard = matches!(*lock(&line.hearing), Hearing::Within(_));
            if is_heard {
                Self { line, ..self.clone() }.lost("whoever listened has stopped");
            }
        }
    }

    /// Says how it heard before.
    fn turn(&self, to: Hearing) -> Hearing {
        let mut hearing = lock(&self.line.hearing);
        let from = std::mem::replace(&mut *hearing, to);
        match (from, to) {
            (Hearing::Lost, Hearing::Lost) => {}
            (_, Hearing::Lost) => {
                self.trust.lost.fetch_add(1, Ordering::AcqRel);
            }
            (Hearing::Lost, _) => {
                // First, so that nothing from before is believed for a moment.
                self.everything();
                self.trust.lost.fetch_sub(1, Ordering::AcqRel);
            }
            (Hearing::Nothing, Hearing::Within(_)) => self.everything(),
            _ => {}
        }
        from
    }
}

impl Line {
    fn new(name: &'static str) -> Self {
        Self { name, hearing: Mutex::new(Hearing::Nothing) }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
