use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use moka::sync::Cache;

use super::Limiter;
use crate::{client::bucket, error::Limited};

/// Clients kept out at once; a forgotten one is counted again.
const MAX_CLIENTS: u64 = 100_000;
/// Nobody is kept out longer than this for one failure too many.
const LONGEST: Duration = Duration::from_mins(10);

/// Keeps clients out who have failed to authenticate too often, before anything of theirs is judged.
pub struct Failures {
    limiter: Limiter<IpAddr>,
    kept_out: Cache<IpAddr, (Limited, Instant)>,
}

impl Failures {
    /// `limiter` counts failures.
    pub fn new(limiter: Limiter<IpAddr>) -> Self {
        Self { limiter, kept_out: Cache::builder().max_capacity(MAX_CLIENTS).time_to_live(LONGEST).build() }
    }

    /// Lets a client try.
    pub fn check(&self, client: IpAddr) -> Result<(), Limited> {
        let Some((limited, until)) = self.kept_out.get(&bucket(client)) else { return Ok(()) };
        let retry_after = until.saturating_duration_since(Instant::now());
        if retry_after.is_zero() { Ok(()) } else { Err(Limited { retry_after, ..limited }) }
    }

    /// Counts a failure.
    pub fn count(&self, client: IpAddr) {
        let client = bucket(client);
        if let Err(limited) = self.limiter.check(&client) {
            let until = Instant::now() + limited.retry_after.min(LONGEST);
            self.kept_out.insert(client, (limited, until));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn r4_who_fails_too_often_is_kept_out_and_nobody_else() {
        let limiter = Limiter::new("failed", NonZeroU32::new(3).expect("not zero"), Duration::from_secs(30));
        let failures = Failures::new(limiter);
        let [one, two] = ["2001:db8::1", "192.0.2.2"].map(|text| text.parse().expect("an address"));
        for _ in 0..4 {
            assert_eq!(failures.check(one), Ok(()));
            failures.count(one);
        }
        let refusal = failures.check(one).expect_err("kept out");
        assert!(refusal.retry_after <= Duration::from_secs(10), "{refusal:?}");
        assert!(failures.check("2001:db8::2".parse().expect("an address")).is_err(), "the same /64");
        assert_eq!(failures.check(two), Ok(()));
    }
}
