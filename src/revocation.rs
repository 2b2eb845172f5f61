//! How a verdict that is remembered comes to its end before its time.
//!
//! Whoever hears that a session or a user has ended or changed tells [`Revocations`]. A cache believes what it remembers
//! only if nothing has ended since the look-up began: entries are not searched and removed, they are held against the
//! list when they are found. So a look-up that began before a revocation can never bring back what it saw.
//!
//! Strategies hear of it by themselves where what they trust can tell them: see [`Feed`].

mod cut_offs;
mod ended;
mod feed;

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub use self::{
    cut_offs::CutOff,
    feed::{Feed, FeedState, Hearing},
};
use self::{cut_offs::CutOffs, ended::Ended};
use crate::{
    error::{Refusal, Unverified},
    identity::Identity,
};

/// What has ended, for all caches of a process. Cheap to clone: clones share what they know, so give the same one to
/// each [`Cached`](crate::Cached) and to the strategies that believe what a token says of itself.
///
/// Bounded in memory: when too much is known, everything remembered so far is asked for anew.
#[derive(Clone, Default)]
pub struct Revocations(Arc<Shared>);

#[derive(Default)]
struct Shared {
    ended: Ended,
    cut_offs: CutOffs,
    keeper: OnceLock<UnboundedSender<CutOff>>,
    /// Whether there are cut-offs that have not been read yet.
    incomplete: AtomicBool,
}

#[derive(Debug, thiserror::Error)]
#[error("the cut-offs that were kept have not been read yet")]
struct Incomplete;

impl Revocations {
    /// A session has ended or changed: what is remembered of it is asked for anew.
    pub fn session(&self, id: &str) {
        self.0.ended.session(id);
    }

    /// A user has changed: what is remembered of all their sessions and tokens is asked for anew.
    pub fn user(&self, id: &str) {
        self.0.ended.user(id);
    }

    /// Tokens that were issued to a user up to this second are refused until they have expired by themselves; what is
    /// remembered of the user is asked for anew. A JWT names no session, so this is how one of them ends for it.
    pub fn cut_off(&self, cut_off: &CutOff) {
        self.0.cut_offs.insert(cut_off);
        // Last: whoever asks anew must find the cut-off.
        self.0.ended.user(&cut_off.user);
    }

    /// Whether a token that was issued to `user` at `issued_at`, in seconds since 1970, is known to be cut off.
    #[must_use]
    pub fn is_cut_off(&self, user: &str, issued_at: i64) -> bool {
        self.0.cut_offs.cover(user, issued_at)
    }

    /// Lets a token pass that was issued to `user` at `issued_at`, in seconds since 1970.
    ///
    /// # Errors
    ///
    /// That it was cut off, or that this is not known yet.
    pub fn admit(&self, user: &str, issued_at: i64) -> Result<(), Unverified> {
        if self.is_cut_off(user, issued_at) {
            return Err(Refusal::Revoked.into());
        }
        self.check()
    }

    /// Whether it is known who was cut off.
    ///
    /// # Errors
    ///
    /// That it is not known yet.
    pub fn check(&self) -> Result<(), Unverified> {
        let incomplete = self.0.incomplete.load(Ordering::Acquire);
        if incomplete { Err(Unverified::unavailable(Incomplete)) } else { Ok(()) }
    }

    /// For a store that survives a restart: gives the cut-offs that feeds tell from now on. Until the store has told what
    /// it kept, and that this was [all](Self::complete), no token is decided. Only the first caller gets anything.
    #[must_use]
    pub fn keep(&self) -> Option<UnboundedReceiver<CutOff>> {
        let (sender, receiver) = unbounded_channel();
        self.0.keeper.set(sender).ok()?;
        self.0.incomplete.store(true, Ordering::Release);
        Some(receiver)
    }

    /// All that was kept has been told.
    pub fn complete(&self) {
        self.0.incomplete.store(false, Ordering::Release);
    }

    /// What a feed has heard ended at this moment.
    fn heard(&self, user: &str) {
        let cut_off = CutOff { user: user.to_owned(), at: Utc::now() };
        self.cut_off(&cut_off);
        if let Some(keeper) = self.0.keeper.get() {
            // Who has stopped keeping them has stopped.
            let _ = keeper.send(cut_off);
        }
    }

    /// The number of the last revocation. What is looked up from now on has seen all of them.
    pub(crate) fn number(&self) -> u64 {
        self.0.ended.last()
    }

    /// Whether this identity, looked up after revocation `number`, has ended or changed since.
    pub(crate) fn cover(&self, identity: &Identity, number: u64) -> bool {
        self.0.ended.cover(identity, number)
    }
}

impl CutOff {
    /// All tokens issued to `user` up to the second of `at`.
    pub fn new(user: impl Into<String>, at: DateTime<Utc>) -> Self {
        Self { user: user.into(), at }
    }
}
