use std::{
    fmt::Display,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use chrono::TimeDelta;
use parking_lot::Mutex;

use super::Feeds;
use crate::revocation::CutOff;

/// A source of session-change events, such as a database, and whether its events arrive.
#[derive(Clone)]
pub struct Feed {
    status: Arc<FeedStatus>,
    feeds: Feeds,
}

/// The status of a feed. Apart from the feed, as readiness shows all of them together.
pub struct FeedStatus {
    name: &'static str,
    hearing: Mutex<Hearing>,
    /// Why it was last lost or unsupported, as logged.
    reason: Mutex<Option<Arc<str>>>,
}

/// Whether the end of a session would be noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// The source sends no events: only the age of cache entries bounds their use.
    Unsupported,
    /// Events arrive within this time.
    Listening(Duration),
    /// Events should arrive, but the connection is down.
    Lost,
}

impl Hearing {
    /// Its name in readiness and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unsupported => "unsupported",
            Self::Listening(_) => "listening",
            Self::Lost => "lost",
        }
    }
}

/// A feed, as readiness shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FeedState {
    /// The source, such as `postgresql`.
    pub name: &'static str,
    /// Whether events arrive.
    pub hearing: Hearing,
    /// If they do not: why, and the remedy.
    pub reason: Option<Arc<str>>,
}

impl Feed {
    pub(super) fn new(status: Arc<FeedStatus>, feeds: Feeds) -> Self {
        Self { status, feeds }
    }

    /// Not connected yet. The cache is bypassed until it is clear whether the source sends events.
    pub fn awaited(&self) {
        self.turn(Hearing::Lost);
    }

    /// From now on events arrive within this time.
    pub fn listening(&self, within: Duration) {
        if !matches!(self.turn(Hearing::Listening(within)), Hearing::Listening(_)) {
            let feed = self.status.name;
            tracing::info!(feed, ?within, "{feed}: ended sessions are seen within {within:?}");
        }
    }

    /// Not connected any more, or not yet. A source without events has nothing to lose.
    pub fn lost(&self, reason: impl Display) {
        if self.state().hearing == Hearing::Unsupported {
            return;
        }
        let was_listening = self.turn(Hearing::Lost) != Hearing::Lost;
        let reason: Arc<str> = reason.to_string().into();
        let is_new = self.status.reason.lock().replace(reason.clone()).as_ref() != Some(&reason);
        let reason = &*reason;
        if was_listening || is_new {
            let feed = self.status.name;
            tracing::warn!(
                feed,
                reason,
                "{feed}: the revocation feed is down ({reason}). Ended sessions are not noticed, so the cache is bypassed until \
                 the feed recovers"
            );
        }
    }

    /// The listener has gone. A source without events has nothing to lose.
    pub(super) fn close(&self) {
        if self.state().hearing != Hearing::Unsupported {
            self.turn(Hearing::Lost);
        }
    }

    /// The source sends no events: cache entries are used for their time. `remedy` tells a person how to change that.
    pub fn unsupported(&self, remedy: impl Display) {
        *self.status.reason.lock() = Some(remedy.to_string().into());
        if self.turn(Hearing::Unsupported) != Hearing::Unsupported {
            let feed = self.status.name;
            tracing::info!(
                feed,
                "{feed} sends no events when sessions end: a sign-out takes effect when cache.max_age is over. {remedy}"
            );
        }
    }

    /// Anything may have ended.
    pub fn invalidate_all(&self) {
        self.feeds.invalidate_all();
    }

    /// A session has changed.
    pub fn session(&self, id: &str) {
        self.feeds.revocations.session(id);
    }

    /// A user has changed.
    pub fn user(&self, id: &str) {
        self.feeds.revocations.user(id);
    }

    /// A session of this user has ended, or the user's rights have: their tokens are cut off, too.
    pub fn cut_off(&self, user: &str) {
        self.cut_off_ago(user, TimeDelta::zero());
    }

    /// The same, `ago` before now.
    pub fn cut_off_ago(&self, user: &str, ago: TimeDelta) {
        let revocations = &self.feeds.revocations;
        let now = revocations.0.clock.now();
        let at = now.checked_sub_signed(ago).unwrap_or(now);
        revocations.heard(&CutOff::new(user, at));
    }

    /// The entry of a store under this key has changed.
    #[cfg(feature = "secondary-storage")]
    pub(crate) fn entry(&self, entry: crate::identity::EntryDigest) {
        self.feeds.revocations.0.ended.entry(entry);
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> FeedState {
        self.status.state()
    }

    /// Returns the previous state.
    fn turn(&self, to: Hearing) -> Hearing {
        let lost = &self.feeds.trust.lost;
        let mut hearing = self.status.hearing.lock();
        let from = std::mem::replace(&mut *hearing, to);
        match (from, to) {
            (Hearing::Lost, Hearing::Lost) => {}
            (_, Hearing::Lost) => {
                lost.fetch_add(1, Ordering::AcqRel);
            }
            (Hearing::Lost, _) => {
                // First, so that no older entry is used for a moment.
                self.invalidate_all();
                lost.fetch_sub(1, Ordering::AcqRel);
            }
            (Hearing::Unsupported, Hearing::Listening(_)) => self.invalidate_all(),
            _ => {}
        }
        from
    }
}

impl FeedStatus {
    pub fn new(name: &'static str) -> Self {
        Self { name, hearing: Mutex::new(Hearing::Unsupported), reason: Mutex::default() }
    }

    pub fn state(&self) -> FeedState {
        let hearing = *self.hearing.lock();
        let is_heard = matches!(hearing, Hearing::Listening(_));
        let reason = self.reason.lock().clone().filter(|_| !is_heard);
        FeedState { name: self.name, hearing, reason }
    }
}
