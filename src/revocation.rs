//! How a verdict that is remembered comes to its end before its time.
//!
//! Whoever hears that a session or a user has ended or changed tells [`Revocations`]. A cache believes what it remembers
//! only if nothing has ended since the look-up began: entries are not searched and removed, they are held against the
//! list when they are found. So a look-up that began before a revocation can never bring back what it saw.
//!
//! Strategies hear of it by themselves where what they trust can tell them: see [`Feed`]. Whatever else knows tells the
//! same [`Revocations`]:
//!
//! ```
//! use std::time::Duration;
//!
//! use better_auth_verifier::{Cached, Chain, GetSession, Guarded, Jwt, Revocations};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let revocations = Revocations::default();
//! let auth = "https://auth.example.com";
//! let jwt = Jwt::new(format!("{auth}/api/auth/jwks").parse()?, [auth], [auth])?.with_revocations(revocations.clone());
//! let timeout = Duration::from_secs(3);
//! let get_session = Guarded::new(GetSession::new(&format!("{auth}/api/auth").parse()?, timeout)?, timeout);
//! let max_age = Duration::from_secs(60);
//! let chain = Chain::default()
//!     .push(Cached::new(jwt, max_age, 100_000).with_revocations(revocations.clone()))
//!     .push(Cached::new(get_session, max_age, 100_000).with_revocations(revocations.clone()));
//!
//! // Wherever you hear of it:
//! revocations.session("a-session-id");
//! # Ok(())
//! # }
//! ```

mod cut_offs;
mod ended;
mod feeds;
#[cfg(any(feature = "session-table", feature = "secondary-storage"))]
mod heartbeat;
mod hook;
mod name;
mod unkept;

use std::{sync::Arc, time::Duration};

#[cfg(any(feature = "session-table", feature = "secondary-storage"))]
pub(crate) use self::heartbeat::{HEARTBEAT, HEARTBEAT_TIMEOUT, LAG};
#[cfg(feature = "app")]
pub(crate) use self::hook::Accepted;
use self::{cut_offs::CutOffs, ended::Ended, unkept::Waiting};
pub use self::{
    cut_offs::{CutOff, MAX_USERS},
    feeds::{Feed, FeedState, Feeds, Hearing},
    hook::{Event, Hook, HookError, HookSecret, ShortHookSecret},
    name::MAX_NAME,
    unkept::Unkept,
};
use crate::{
    clock::Clock,
    error::{Refusal, Unverified},
};

/// What has ended, for all caches of a process. Cheap to clone: clones share what they know, so give the same one to
/// each [`Cached`](crate::Cached) and to the strategies that believe what a token says of itself.
///
/// Bounded in memory: when too much is known, everything remembered so far is asked for anew.
#[derive(Clone, Default)]
pub struct Revocations(Arc<Shared>);

#[derive(Default)]
struct Shared {
    clock: Clock,
    ended: Ended,
    cut_offs: CutOffs,
    /// What the keeper has yet to keep, if there has ever been one.
    unkept: Arc<Waiting>,
}

#[derive(Debug, thiserror::Error)]
#[error("the cut-offs that were kept have not been read yet")]
struct Incomplete;

impl Revocations {
    /// Nothing has ended yet. What ends from now on ends by this clock; by default it is the system's.
    #[must_use]
    pub fn with_clock(clock: Clock) -> Self {
        Self(Arc::new(Shared { clock, ..Shared::default() }))
    }

    /// A session has ended or changed: what is remembered of it is asked for anew.
    pub fn session(&self, id: &str) {
        self.0.ended.session(id);
    }

    /// A user has changed: what is remembered of all their sessions and tokens is asked for anew.
    pub fn user(&self, id: &str) {
        self.0.ended.user(id);
    }

    /// Tokens that were issued to a user up to then are refused until they have expired by themselves; what is
    /// remembered of the user is asked for anew. A JWT names no session, so this is how one of them ends for it.
    pub fn cut_off(&self, cut_off: &CutOff) {
        self.0.cut_offs.insert(cut_off, self.0.clock.now());
        // Last: whoever asks anew must find the cut-off.
        self.0.ended.user(&cut_off.user);
    }

    /// No token is accepted longer than this after it was issued, so older cut-offs need not be kept. Only where that holds
    /// for all that is cut off: a cookie cache may live as long as its session. `None`, the default, keeps all.
    ///
    /// The last call counts. If the time grows, what was issued to anybody before the newest cut-off that is forgotten is
    /// refused: it could still be accepted, and nobody knows any more whose it was.
    pub fn tokens_live_at_most(&self, lifetime: impl Into<Option<Duration>>) {
        self.0.cut_offs.expire_after(lifetime.into());
    }

    /// Lets a token pass that was issued to `user` at `issued_at`, in whole seconds since 1970 as `iat` knows them: the
    /// second of a cut-off is cut off as a whole.
    ///
    /// # Errors
    ///
    /// That it was cut off, or that this is not known yet.
    pub fn admit(&self, user: &str, issued_at: i64) -> Result<(), Unverified> {
        let last = self.0.cut_offs.last(user);
        if last.is_some_and(|last| issued_at <= last.div_euclid(1000)) {
            return Err(Refusal::Revoked.into());
        }
        self.ensure_complete()
    }

    /// Whether something that was made for `user` at `made_at`, in milliseconds since 1970, is known to be cut off. What was
    /// made in the very millisecond is not: a user who changes their own name gets their new cookie cache then.
    #[must_use]
    pub fn is_cut_off(&self, user: &str, made_at: i64) -> bool {
        self.0.cut_offs.last(user).is_some_and(|last| made_at < last)
    }

    /// Whether it is known who was cut off.
    ///
    /// # Errors
    ///
    /// That it is not known yet.
    pub fn ensure_complete(&self) -> Result<(), Unverified> {
        if self.0.unkept.is_complete() { Ok(()) } else { Err(Unverified::unavailable(Incomplete)) }
    }

    /// For a store that survives a restart: gives the cut-offs that feeds tell from now on. Until the store has told what
    /// it kept, and that this was [all](Unkept::complete), no token is decided.
    ///
    /// There is one keeper at a time. The next takes over what the last has not kept yet, and that one gets no more.
    #[must_use]
    pub fn keep(&self) -> Unkept {
        Unkept::new(self.0.unkept.clone())
    }

    /// For a process that has had a store and has none any more: nothing is held for it, and no token waits for what it kept.
    pub fn keep_no_longer(&self) {
        self.0.unkept.retire();
    }

    /// How many ends and changes have been heard of, those without a name included.
    #[must_use]
    pub fn heard_of(&self) -> u64 {
        self.0.ended.last()
    }

    /// The clock by which things end.
    #[cfg(feature = "config")]
    pub(crate) fn clock(&self) -> Clock {
        self.0.clock
    }

    /// Whether they know the same, being clones.
    pub(crate) fn are(&self, others: &Self) -> bool {
        Arc::ptr_eq(&self.0, &others.0)
    }

    /// What a feed has heard.
    fn heard(&self, cut_off: &CutOff) {
        self.cut_off(cut_off);
        self.0.unkept.put(cut_off);
    }
}
