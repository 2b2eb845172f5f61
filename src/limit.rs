//! How often a client, a user or a route may be asked for, and how often a client may fail.

mod failures;
mod route;

use std::{
    hash::Hash,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use parking_lot::RwLock;

pub use self::route::{Rate, RouteLimit, Unlimited};
pub(crate) use self::{failures::Failures, route::RouteLimits};
use crate::error::Limited;

/// More keys than this are forgotten all at once. Whoever has so many addresses gains nothing by it: each of them has a
/// quota of its own anyway.
const MAX_KEYS: usize = 250_000;
/// Keys that are at rest are thrown away once in so many checks.
const HOUSEKEEPING: u32 = 16 * 1024;

/// So many requests in a window for each key, as a burst or spread out (GCRA).
pub struct Limiter<K: Hash + Eq + Clone> {
    name: &'static str,
    requests: NonZeroU32,
    window: Duration,
    quota: Quota,
    governor: RwLock<DefaultKeyedRateLimiter<K>>,
    clock: DefaultClock,
    checks: AtomicU32,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// `name` is what the `RateLimit` fields of an answer call it.
    #[must_use]
    pub fn new(name: &'static str, requests: NonZeroU32, window: Duration) -> Self {
        // A window of zero cannot be counted in; then the shortest that governor knows.
        let period = (window / requests.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(period).unwrap_or(Quota::per_second(requests)).allow_burst(requests);
        Self {
            name,
            requests,
            window,
            quota,
            governor: RwLock::new(RateLimiter::keyed(quota)),
            clock: DefaultClock::default(),
            checks: AtomicU32::new(0),
        }
    }

    /// Another one with the same name and quota, which counts for itself.
    pub(crate) fn twin(&self) -> Self {
        Self::new(self.name, self.requests, self.window)
    }

    /// Counts one request of `key`.
    ///
    /// # Errors
    ///
    /// When it is one too many.
    pub fn check(&self, key: &K) -> Result<(), Limited> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % HOUSEKEEPING == HOUSEKEEPING - 1 {
            self.tidy();
        }
        self.governor.read().check_key(key).map_err(|until| Limited {
            limit: self.name,
            requests: self.requests.get(),
            window: self.window,
            retry_after: until.wait_time_from(self.clock.now()),
        })
    }

    fn tidy(&self) {
        let held = {
            let governor = self.governor.read();
            governor.retain_recent();
            governor.shrink_to_fit();
            governor.len()
        };
        if held > MAX_KEYS {
            *self.governor.write() = RateLimiter::keyed(self.quota);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_quota() {
        let limiter = Limiter::new("client", NonZeroU32::new(3).expect("not zero"), Duration::from_secs(30));
        for _ in 0..3 {
            assert_eq!(limiter.check(&"a"), Ok(()));
        }
        let refusal = limiter.check(&"a").expect_err("one too many");
        assert_eq!((refusal.limit, refusal.requests), ("client", 3));
        assert!(refusal.retry_after <= Duration::from_secs(10), "{refusal:?}");
        assert_eq!(limiter.check(&"b"), Ok(()));
    }

    #[test]
    fn r4_a_million_keys_stay_bounded() {
        let limiter = Limiter::new("client", NonZeroU32::MIN, Duration::from_hours(1));
        for key in 0..1_000_000 {
            assert_eq!(limiter.check(&key), Ok(()));
            if key % 10_000 == 0 {
                let held = limiter.governor.read().len();
                assert!(held <= MAX_KEYS + HOUSEKEEPING as usize, "{held}");
            }
        }
    }
}
