//! How often one client or one user may ask.

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

use crate::error::Limited;

/// Keys that are at rest are thrown away once in so many checks.
const HOUSEKEEPING: u32 = 16 * 1024;

/// So many requests in a window for each key, as a burst or spread out (GCRA).
pub struct Limiter<K: Hash + Eq + Clone> {
    name: &'static str,
    requests: NonZeroU32,
    window: Duration,
    governor: DefaultKeyedRateLimiter<K>,
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
            governor: RateLimiter::keyed(quota),
            clock: DefaultClock::default(),
            checks: AtomicU32::new(0),
        }
    }

    /// Counts one request of `key`.
    ///
    /// # Errors
    ///
    /// When it is one too many.
    pub fn check(&self, key: &K) -> Result<(), Limited> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % HOUSEKEEPING == HOUSEKEEPING - 1 {
            self.governor.retain_recent();
            self.governor.shrink_to_fit();
        }
        self.governor.check_key(key).map_err(|until| Limited {
            limit: self.name,
            requests: self.requests.get(),
            window: self.window,
            retry_after: until.wait_time_from(self.clock.now()),
        })
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
}
