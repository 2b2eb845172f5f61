use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use super::signing_key::SigningKey;
use crate::jose::Algorithm;

/// How long whoever fetches the key set may keep it.
pub const MAX_AGE: Duration = Duration::from_mins(5);
/// A key is published for this time before it signs. Twice the age, as caches in a row add up.
pub const LEAD: Duration = Duration::from_mins(10);
/// How far the clock of an API may be behind.
const LEEWAY: Duration = Duration::from_mins(1);

/// When a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Counts the keys; no two have the same.
    pub generation: i64,
    /// Published before, it signs from then on.
    pub activates_at: DateTime<Utc>,
    /// It signs no longer, even if no other could be made.
    pub retires_at: DateTime<Utc>,
}

impl Term {
    /// From `activates_at` on. When `rotate_after` is over a successor is due; the key can go on for as long again.
    pub fn new(generation: i64, activates_at: DateTime<Utc>, rotate_after: Duration) -> Self {
        // As exactly as it is kept.
        let activates_at = activates_at.trunc_subsecs(3);
        Self { generation, activates_at, retires_at: activates_at + rotate_after * 2 }
    }

    /// When a successor is due. A key that was made while `rotate_after` was shorter retires earlier, too.
    fn successor_due(&self, rotate_after: Duration) -> DateTime<Utc> {
        let half = (self.retires_at - self.activates_at) / 2;
        self.activates_at + half.min(TimeDelta::from_std(rotate_after).unwrap_or(half))
    }
}

/// A key and its time.
pub struct RingKey {
    pub key: SigningKey,
    pub term: Term,
}

/// All keys that are known, of all algorithms, as instances may be about to change theirs. Each algorithm has its own succession.
#[derive(Default)]
pub struct KeyRing(Vec<RingKey>);

impl KeyRing {
    pub fn new(mut keys: Vec<RingKey>) -> Self {
        keys.sort_by_key(|key| key.term.generation);
        Self(keys)
    }

    /// The key that signs: the newest whose turn has come. If no key's turn has come, the oldest: the clocks of other instances may
    /// be ahead of this one.
    pub fn signing(&self, algorithm: Algorithm, now: DateTime<Utc>) -> Option<&SigningKey> {
        let usable = || self.of(algorithm).filter(|key| now < key.term.retires_at);
        let key = usable().rfind(|key| key.term.activates_at <= now).or_else(|| usable().next())?;
        Some(&key.key)
    }

    /// The keys that an assertion which is not over may be signed with, or soon will be.
    pub fn published(&self, lifetime: Duration, now: DateTime<Utc>) -> impl Iterator<Item = &SigningKey> {
        self.0
            .iter()
            .filter(move |key| now < self.signs_until(key) + lifetime + LEEWAY + MAX_AGE)
            .map(|key| &key.key)
    }

    /// When a new key of `algorithm` should begin to sign, if one is due.
    pub fn due(
        &self,
        algorithm: Algorithm,
        rotate_after: Duration,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let newest = self.of(algorithm).last();
        let is_due = newest.is_none_or(|newest| newest.term.successor_due(rotate_after) <= now);
        is_due.then(|| self.next_turn(algorithm, now))
    }

    /// When a key of `algorithm` that is made now may begin to sign: at once, where there is no other.
    pub fn next_turn(&self, algorithm: Algorithm, now: DateTime<Utc>) -> DateTime<Utc> {
        if self.signing(algorithm, now).is_some() { now + LEAD } else { now }
    }

    /// The numbers of the keys whose successors have signed for `while_after` or longer.
    pub fn superseded(&self, while_after: Duration, now: DateTime<Utc>) -> Vec<i64> {
        let superseded = self.0.iter().filter(|key| self.signs_until(key) + while_after <= now);
        superseded.map(|key| key.term.generation).collect()
    }

    /// The numbers of the keys of `algorithm` that have signed nothing yet, wherever the clock is right to a minute.
    pub fn waiting(&self, algorithm: Algorithm, now: DateTime<Utc>) -> Vec<i64> {
        let signing = self.signing(algorithm, now).map(SigningKey::kid);
        let waits = |key: &&RingKey| {
            key.term.activates_at > now + LEEWAY && signing.is_some_and(|signing| signing != key.key.kid())
        };
        self.of(algorithm).filter(waits).map(|key| key.term.generation).collect()
    }

    /// The number of the newest key, of whichever algorithm; 0 while there is none.
    pub fn last_generation(&self) -> i64 {
        self.0.last().map_or(0, |key| key.term.generation)
    }

    /// When a key signs for the last time: as soon as its successor does.
    fn signs_until(&self, key: &RingKey) -> DateTime<Utc> {
        let successors =
            self.of(key.key.algorithm()).filter(|other| other.term.generation > key.term.generation);
        let turns = successors.map(|successor| successor.term.activates_at);
        turns.chain([key.term.retires_at]).min().unwrap_or(key.term.retires_at)
    }

    fn of(&self, algorithm: Algorithm) -> impl DoubleEndedIterator<Item = &RingKey> {
        self.0.iter().filter(move |key| key.key.algorithm() == algorithm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONTH: Duration = Duration::from_hours(30 * 24);
    const MINUTE: Duration = Duration::from_mins(1);

    fn ring(terms: &[(i64, DateTime<Utc>, Algorithm)]) -> KeyRing {
        let key = |algorithm| SigningKey::generate(algorithm).expect("a key");
        let keys = terms.iter().map(|(generation, activates_at, algorithm)| RingKey {
            key: key(*algorithm),
            term: Term::new(*generation, *activates_at, MONTH),
        });
        KeyRing::new(keys.collect())
    }

    /// Where the key that signs, and those that are published, stand in the ring.
    fn state(ring: &KeyRing, now: DateTime<Utc>) -> (Option<usize>, Vec<usize>) {
        let at =
            |key: &SigningKey| ring.0.iter().position(|one| one.key.kid() == key.kid()).expect("one of them");
        (ring.signing(Algorithm::Es256, now).map(at), ring.published(MINUTE, now).map(at).collect())
    }

    #[test]
    fn a_key_is_published_before_it_signs_and_as_long_as_what_it_signed_counts() {
        let start = Utc::now().trunc_subsecs(3);
        let alone = ring(&[(1, start, Algorithm::Es256)]);
        assert_eq!(alone.due(Algorithm::Es256, MONTH, start + MONTH - MINUTE), None);
        let turn = alone.due(Algorithm::Es256, MONTH, start + MONTH).expect("it is due");
        assert_eq!(turn, start + MONTH + LEAD);

        let both = ring(&[(1, start, Algorithm::Es256), (2, turn, Algorithm::Es256)]);
        assert_eq!(state(&both, start + MONTH), (Some(0), vec![0, 1]));
        assert_eq!(state(&both, turn - Duration::from_millis(1)), (Some(0), vec![0, 1]));
        assert_eq!(state(&both, turn), (Some(1), vec![0, 1]));
        let over = turn + MINUTE + LEEWAY + MAX_AGE;
        assert_eq!(state(&both, over - Duration::from_millis(1)), (Some(1), vec![0, 1]));
        assert_eq!(state(&both, over), (Some(1), vec![1]));
        assert_eq!(both.due(Algorithm::Es256, MONTH, over), None);
    }

    #[test]
    fn a_key_without_successor_signs_until_it_retires() {
        let start = Utc::now().trunc_subsecs(3);
        let alone = ring(&[(1, start, Algorithm::Es256)]);
        let end = start + MONTH * 2;
        assert_eq!(state(&alone, end - MINUTE).0, Some(0));
        assert_eq!(state(&alone, end).0, None);
        // Nobody waits for a key that is only published.
        assert_eq!(alone.due(Algorithm::Es256, MONTH, end), Some(end));
    }

    #[test]
    fn a_successor_comes_in_time_whatever_is_configured_now() {
        let start = Utc::now().trunc_subsecs(3);
        let alone = ring(&[(1, start, Algorithm::Es256)]);
        for (rotate_after, due) in [(MONTH / 2, MONTH / 2), (MONTH * 12, MONTH)] {
            assert_eq!(alone.due(Algorithm::Es256, rotate_after, start + due - MINUTE), None);
            assert!(alone.due(Algorithm::Es256, rotate_after, start + due).is_some());
        }
    }

    #[test]
    fn the_first_key_signs_at_once_also_where_the_clock_is_behind() {
        let now = Utc::now().trunc_subsecs(3);
        assert_eq!(KeyRing::default().due(Algorithm::Es256, MONTH, now), Some(now));
        let ahead = ring(&[(1, now + MINUTE, Algorithm::Es256), (2, now + LEAD, Algorithm::Es256)]);
        assert_eq!(state(&ahead, now).0, Some(0));
    }

    /// Two instances of which one is configured anew must not take turns in making keys.
    #[test]
    fn each_algorithm_has_its_own_succession() {
        let now = Utc::now().trunc_subsecs(3);
        let both = ring(&[(1, now, Algorithm::EdDsa), (2, now, Algorithm::Es256)]);
        assert_eq!(state(&both, now), (Some(1), vec![0, 1]));
        for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
            assert_eq!(both.signing(algorithm, now).map(SigningKey::algorithm), Some(algorithm));
            assert_eq!(both.due(algorithm, MONTH, now + MINUTE), None);
        }
        assert_eq!(both.due(Algorithm::Rs256, MONTH, now), Some(now));
    }
}
