//! Limits for requests by client, by user and by route, and for failures by client.

mod failure_limit;
mod route;

use std::{
    hash::Hash,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use parking_lot::RwLock;

pub use self::{
    failure_limit::FailureLimit,
    route::{Rate, RouteLimit, RouteLimits, Unlimited},
};
use crate::error::{LimitUnit, Limited};

/// With more keys than this, all are forgotten at once. A client with so many addresses gains nothing: each of them has a
/// quota of its own anyway.
const MAX_KEYS: usize = 250_000;
/// After this many requests, keys without recent requests are thrown away.
const HOUSEKEEPING: u32 = 16 * 1024;
const KIB: u64 = 1024;

/// A number of requests in a window for each key, as a burst or spread out (GCRA). Clones share their counts.
#[derive(Clone)]
pub struct Limiter<K: Hash + Eq + Clone> {
    name: &'static str,
    unit: LimitUnit,
    /// The quota in that unit, for the answer.
    allowed: u64,
    window: Duration,
    quota: Quota,
    governor: Arc<RwLock<DefaultKeyedRateLimiter<K>>>,
    clock: DefaultClock,
    checks: Arc<AtomicU32>,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// `name` is its name in the `RateLimit` fields of an answer.
    #[must_use]
    pub fn new(name: &'static str, requests: NonZeroU32, window: Duration) -> Self {
        Self::counting(LimitUnit::Requests, requests.get().into(), requests, name, window)
    }

    /// A number of bytes of answers in a window instead, counted in whole KiB; at least one.
    #[must_use]
    pub fn of_bytes(name: &'static str, bytes: u64, window: Duration) -> Self {
        let cells = kibibytes(bytes);
        Self::counting(LimitUnit::ContentBytes, u64::from(cells.get()) * KIB, cells, name, window)
    }

    fn counting(
        unit: LimitUnit,
        allowed: u64,
        cells: NonZeroU32,
        name: &'static str,
        window: Duration,
    ) -> Self {
        // A window of zero is impossible; governor's shortest takes its place.
        let period = (window / cells.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(period).unwrap_or(Quota::per_second(cells)).allow_burst(cells);
        Self::of_quota(unit, allowed, quota, name, window)
    }

    /// Another one with the same name and quota, which counts for itself.
    pub(crate) fn twin(&self) -> Self {
        Self::of_quota(self.unit, self.allowed, self.quota, self.name, self.window)
    }

    fn of_quota(unit: LimitUnit, allowed: u64, quota: Quota, name: &'static str, window: Duration) -> Self {
        Self {
            name,
            unit,
            allowed,
            window,
            quota,
            governor: Arc::new(RwLock::new(RateLimiter::keyed(quota))),
            clock: DefaultClock::default(),
            checks: Arc::default(),
        }
    }

    /// Counts one request of `key`.
    ///
    /// # Errors
    ///
    /// If it exceeds the quota.
    pub fn acquire(&self, key: &K) -> Result<(), Limited> {
        self.acquire_cells(key, NonZeroU32::MIN)
    }

    /// Counts an answer of this many bytes for `key`. One larger than the whole quota takes all of it.
    ///
    /// # Errors
    ///
    /// If the quota does not hold so many now.
    pub fn acquire_bytes(&self, key: &K, bytes: u64) -> Result<(), Limited> {
        self.acquire_cells(key, kibibytes(bytes).min(self.quota.burst_size()))
    }

    fn acquire_cells(&self, key: &K, cells: NonZeroU32) -> Result<(), Limited> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % HOUSEKEEPING == HOUSEKEEPING - 1 {
            self.tidy();
        }
        let limited = |retry_after| Limited {
            limit: self.name,
            unit: self.unit,
            quota: self.allowed,
            window: self.window,
            retry_after,
        };
        match self.governor.read().check_key_n(key, cells) {
            Ok(checked) => checked.map_err(|until| limited(until.wait_time_from(self.clock.now()))),
            // More than there can ever be.
            Err(_) => Err(limited(self.window)),
        }
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

fn kibibytes(bytes: u64) -> NonZeroU32 {
    u32::try_from(bytes.div_ceil(KIB))
        .map_or(NonZeroU32::MAX, |cells| NonZeroU32::new(cells).unwrap_or(NonZeroU32::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_quota() {
        let limiter = Limiter::new("client", NonZeroU32::new(3).expect("not zero"), Duration::from_secs(30));
        for _ in 0..3 {
            assert_eq!(limiter.acquire(&"a"), Ok(()));
        }
        let refusal = limiter.acquire(&"a").expect_err("one too many");
        assert_eq!((refusal.limit, refusal.unit, refusal.quota), ("client", LimitUnit::Requests, 3));
        assert!(refusal.retry_after <= Duration::from_secs(10), "{refusal:?}");
        assert_eq!(limiter.acquire(&"b"), Ok(()));
    }

    #[test]
    fn r4_an_answer_counts_by_its_weight() {
        let limiter = Limiter::of_bytes("pages", 10 * KIB, Duration::from_secs(100));
        assert_eq!(limiter.acquire_bytes(&"a", 6 * KIB), Ok(()));
        let refusal = limiter.acquire_bytes(&"a", 6 * KIB).expect_err("two too many");
        assert_eq!((refusal.unit, refusal.quota), (LimitUnit::ContentBytes, 10 * KIB));
        assert!((15..=20).contains(&refusal.retry_after.as_secs()), "{refusal:?}");
        assert_eq!(limiter.acquire_bytes(&"a", 4 * KIB), Ok(()), "what is refused costs nothing");
        assert_eq!(limiter.acquire_bytes(&"b", 1000 * KIB), Ok(()), "one that is too large takes all");
        assert!(limiter.acquire_bytes(&"b", 1).is_err());
    }

    #[test]
    fn r4_a_million_keys_stay_bounded() {
        let limiter = Limiter::new("client", NonZeroU32::MIN, Duration::from_hours(1));
        for key in 0..1_000_000 {
            assert_eq!(limiter.acquire(&key), Ok(()));
            if key % 10_000 == 0 {
                let held = limiter.governor.read().len();
                assert!(held <= MAX_KEYS + HOUSEKEEPING as usize, "{held}");
            }
        }
    }
}
