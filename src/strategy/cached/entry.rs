use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use moka::Expiry;

use crate::{error::Unverified, identity::Identity};

/// A refused token is looked up again after this.
pub const REFUSED: Duration = Duration::from_secs(1);
/// The bytes that one unit of capacity holds.
const UNIT: usize = 1024;

pub type Key = [u8; 32];

/// Now, by the clock of the cache itself.
#[expect(
    clippy::disallowed_methods,
    reason = "moka knows no other clock, and one that stands still would mix up look-ups"
)]
pub fn now() -> Instant {
    Instant::now()
}

/// A verified identity, while it is cached.
#[derive(Clone)]
pub struct Verified {
    pub identity: Arc<Identity>,
    /// The last revocation when the look-up began.
    pub number: u64,
    /// When it began.
    pub began: Instant,
    /// How long it may be kept at most.
    pub keep: Duration,
}

/// The result of a look-up, for every request that waits for it.
#[derive(Clone)]
pub struct Answer {
    pub outcome: Result<Verified, Unverified>,
    /// The strategy that reached it, if that was a fallback inside.
    pub decider: Option<&'static str>,
    /// When it began.
    pub began: Instant,
    /// When it ended.
    pub ended: Instant,
}

impl Verified {
    pub fn weight(&self) -> u32 {
        self.identity.size().div_ceil(UNIT).try_into().unwrap_or(u32::MAX)
    }
}

impl Answer {
    pub fn weight(&self) -> u32 {
        self.outcome.as_ref().map_or(1, Verified::weight)
    }

    /// Only refusals outlast their look-up here.
    pub fn is_over(&self) -> bool {
        !self.is_refusal() || self.began.elapsed() >= REFUSED
    }

    /// Whether it is known to be invalid, even if another strategy is to decide.
    pub fn is_refusal(&self) -> bool {
        matches!(self.outcome.as_ref().map_err(Unverified::alone), Err(Unverified::Refused(_)))
    }
}

/// Each entry is kept as long as it says itself.
pub struct EntryExpiry;

impl Expiry<Key, Verified> for EntryExpiry {
    fn expire_after_create(&self, _: &Key, found: &Verified, _: Instant) -> Option<Duration> {
        Some(found.keep)
    }

    fn expire_after_update(
        &self,
        _: &Key,
        found: &Verified,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(found.keep)
    }
}
