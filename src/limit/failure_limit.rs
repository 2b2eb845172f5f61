mod kept_out;

use std::{net::IpAddr, time::Duration};

use moka::sync::Cache;

use self::kept_out::KeptOut;
use super::Limiter;
use crate::{client::limit_key, error::Limited, strategy::Proof};

/// The most refused proven credentials that are kept.
const MAX_USELESS: u64 = 100_000;
/// An ended session stays ended; this bounds only the memory of it.
const USELESS_FOR: Duration = Duration::from_mins(1);

/// Rejects clients that have failed to authenticate too often, before their credentials are judged.
///
/// A credential whose signature is proven is judged all the same, or a stranger behind the same address could shut out everybody
/// there. But a signature outlives its session: a proven credential that is refused is not judged again for a while, and an
/// address may present no more of those than of others.
///
/// Clones share their counts: an [`Authenticator`](crate::Authenticator) that replaces another goes on with the same. An app
/// may use one of its own for what it verifies itself, such as a webhook's signature.
#[derive(Clone)]
pub struct FailureLimit {
    all: KeptOut,
    proven: KeptOut,
    useless: Cache<(IpAddr, Proof), ()>,
}

impl FailureLimit {
    /// `limiter` counts failures.
    #[must_use]
    pub fn new(limiter: Limiter<IpAddr>) -> Self {
        Self {
            proven: KeptOut::new(limiter.twin()),
            all: KeptOut::new(limiter),
            useless: Cache::builder().max_capacity(MAX_USELESS).time_to_live(USELESS_FOR).build(),
        }
    }

    /// Admits a client.
    ///
    /// # Errors
    ///
    /// If it has failed too often.
    pub fn ensure_admits(&self, client: IpAddr) -> Result<(), Limited> {
        self.all.ensure_admits(limit_key(client))
    }

    /// Admits a proven credential of a client over its limit.
    pub(crate) fn ensure_admits_proven(&self, client: IpAddr, proof: Proof) -> Result<(), Limited> {
        let client = limit_key(client);
        if self.useless.contains_key(&(client, proof)) {
            return self.all.ensure_admits(client);
        }
        self.proven.ensure_admits(client)
    }

    /// Counts a failure.
    pub fn count(&self, client: IpAddr) {
        self.all.count(limit_key(client));
    }

    /// Counts the failure of a proven credential.
    pub(crate) fn count_proven(&self, client: IpAddr, proof: Proof) {
        let client = limit_key(client);
        self.all.count(client);
        self.proven.count(client);
        self.useless.insert((client, proof), ());
    }
}

impl From<Limiter<IpAddr>> for FailureLimit {
    fn from(limiter: Limiter<IpAddr>) -> Self {
        Self::new(limiter)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::strategy::Standing;

    #[test]
    fn r4_who_fails_too_often_is_kept_out_and_nobody_else() {
        let limiter = Limiter::new("failed", NonZeroU32::new(3).expect("not zero"), Duration::from_secs(30));
        let failures = FailureLimit::new(limiter);
        let [one, two] = ["2001:db8::1", "192.0.2.2"].map(|text| text.parse().expect("an address"));
        for _ in 0..4 {
            assert_eq!(failures.ensure_admits(one), Ok(()));
            failures.count(one);
        }
        let refusal = failures.ensure_admits(one).expect_err("kept out");
        assert!(refusal.retry_after <= Duration::from_secs(10), "{refusal:?}");
        assert!(failures.ensure_admits("2001:db8::2".parse().expect("an address")).is_err(), "the same /64");
        assert_eq!(failures.ensure_admits(two), Ok(()));
    }

    #[test]
    fn r4_what_is_proven_and_of_no_use_is_tried_once_and_not_by_the_hundred() {
        let limiter = Limiter::new("failed", NonZeroU32::new(3).expect("not zero"), Duration::from_hours(1));
        let failures = FailureLimit::new(limiter);
        let [one, two] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().expect("an address"));
        let proof = |token: &str| match Standing::proven(token) {
            Standing::Proven(proof) => proof,
            other => panic!("{other:?}"),
        };
        for _ in 0..4 {
            failures.count(one);
        }
        failures.ensure_admits(one).expect_err("kept out");
        for number in 0..4 {
            let token = number.to_string();
            assert_eq!(failures.ensure_admits_proven(one, proof(&token)), Ok(()), "{number}");
            failures.count_proven(one, proof(&token));
            assert!(failures.ensure_admits_proven(one, proof(&token)).is_err(), "{number}");
        }
        assert!(failures.ensure_admits_proven(one, proof("another")).is_err(), "one too many");
        assert_eq!(failures.ensure_admits_proven(two, proof("0")), Ok(()), "elsewhere it has not failed");
    }
}
