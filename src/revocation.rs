//! Revocation: the end of a cached verdict before its time.
//!
//! Report to [`Revocations`] that a session or a user has ended or changed. A cache uses an entry only if its session and
//! its user have not ended or changed since its look-up began: revocation never scans the cache, each entry is checked
//! against the list when it is read. So a look-up that began before a revocation can never bring an ended session back.
//!
//! Strategies report ends by themselves if their store can notify them: see [`Feed`]. Everything else reports to the same
//! [`Revocations`]:
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
//! // Wherever you learn of it:
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

/// Everything that has ended, for all caches of a process. Cheap to clone: clones share the list, so give the same one to
/// each [`Cached`](crate::Cached) and to the strategies that verify self-contained tokens.
///
/// Bounded in memory: if the list is full, all cached entries are looked up again.
#[derive(Clone, Default)]
pub struct Revocations(Arc<Shared>);

#[derive(Default)]
struct Shared {
    clock: Clock,
    ended: Ended,
    cut_offs: CutOffs,
    /// The cut-offs that the keeper has yet to store, if there has ever been a keeper.
    unkept: Arc<Waiting>,
}

#[derive(Debug, thiserror::Error)]
#[error("the stored cut-offs have not been read yet")]
struct Incomplete;

impl Revocations {
    /// An empty list. The times in it come from this clock; by default it is the system's.
    #[must_use]
    pub fn with_clock(clock: Clock) -> Self {
        Self(Arc::new(Shared { clock, ..Shared::default() }))
    }

    /// A session has ended or changed: its cache entries are looked up again.
    pub fn session(&self, id: &str) {
        self.0.ended.session(id);
    }

    /// A user has changed: the cache entries of all their sessions and tokens are looked up again.
    pub fn user(&self, id: &str) {
        self.0.ended.user(id);
    }

    /// Tokens issued to a user up to then are refused until they expire by themselves; the cache entries of the user are looked
    /// up again. A JWT names no session, so this is also how the JWTs of an ended session end.
    pub fn cut_off(&self, cut_off: &CutOff) {
        self.0.cut_offs.insert(cut_off, self.0.clock.now());
        // Last: a new look-up must find the cut-off.
        self.0.ended.user(&cut_off.user);
    }

    /// No token is accepted longer than this after it was issued, so older cut-offs need not be kept. Set it only if it holds
    /// for everything that is cut off: a cookie cache may live as long as its session. `None`, the default, keeps all.
    ///
    /// The last call counts. If the time grows, every token issued before the newest forgotten cut-off is refused: it could be
    /// accepted again, and the user of that cut-off is no longer known.
    pub fn tokens_live_at_most(&self, lifetime: impl Into<Option<Duration>>) {
        self.0.cut_offs.expire_after(lifetime.into());
    }

    /// Lets a token pass that was issued to `user` at `issued_at`, in whole seconds since 1970 as `iat` knows them: the
    /// second of a cut-off is cut off as a whole.
    ///
    /// # Errors
    ///
    /// If the token was cut off, or if this is not known yet.
    pub fn admit(&self, user: &str, issued_at: i64) -> Result<(), Unverified> {
        let last = self.0.cut_offs.last(user);
        if last.is_some_and(|last| issued_at <= last.div_euclid(1000)) {
            return Err(Refusal::Revoked.into());
        }
        self.ensure_complete()
    }

    /// Whether an item made for `user` at `made_at`, in milliseconds since 1970, is known to be cut off. The very millisecond
    /// of the cut-off is not: users who change their own name get their new cookie cache then.
    #[must_use]
    pub fn is_cut_off(&self, user: &str, made_at: i64) -> bool {
        self.0.cut_offs.last(user).is_some_and(|last| made_at < last)
    }

    /// Whether all cut-offs are known.
    ///
    /// # Errors
    ///
    /// If they are not known yet.
    pub fn ensure_complete(&self) -> Result<(), Unverified> {
        if self.0.unkept.is_complete() { Ok(()) } else { Err(Unverified::unavailable(Incomplete)) }
    }

    /// For a store that survives a restart: yields the cut-offs that feeds report from now on. Until the store has reported
    /// those it kept, and that these were [all](Unkept::complete), no token is decided.
    ///
    /// There is one keeper at a time. The next takes over what the last has not stored yet, and the last gets no more.
    #[must_use]
    pub fn keep(&self) -> Unkept {
        Unkept::new(self.0.unkept.clone())
    }

    /// For a process that no longer has a store: nothing is held for it, and no token waits for the cut-offs in it.
    pub fn keep_no_longer(&self) {
        self.0.unkept.retire();
    }

    /// The number of ends and changes so far, those without a name included.
    #[must_use]
    pub fn heard_of(&self) -> u64 {
        self.0.ended.last()
    }

    /// The clock for the times of ends.
    #[cfg(feature = "config")]
    pub(crate) fn clock(&self) -> Clock {
        self.0.clock
    }

    /// Whether these are clones with the same list.
    pub(crate) fn are(&self, others: &Self) -> bool {
        Arc::ptr_eq(&self.0, &others.0)
    }

    /// Takes a cut-off from a feed.
    fn heard(&self, cut_off: &CutOff) {
        self.cut_off(cut_off);
        self.0.unkept.put(cut_off);
    }
}
