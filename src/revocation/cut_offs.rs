use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use chrono::{DateTime, Utc};

/// Users whose cut-offs are known by name.
const MAX_USERS: usize = 100_000;

/// All that was issued to a user up to a second is over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CutOff {
    /// The user's id.
    pub user: String,
    /// When it ended; its second counts as a whole, as `iat` knows nothing finer.
    pub at: DateTime<Utc>,
}

/// Up to which second the tokens of each user are over.
#[derive(Default)]
pub struct CutOffs(RwLock<Seconds>);

#[derive(Default)]
struct Seconds {
    users: HashMap<String, i64>,
    /// For those who are no longer known by name.
    everybody: Option<i64>,
}

impl CutOffs {
    pub fn insert(&self, cut_off: &CutOff) {
        let mut seconds = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let second = cut_off.at.timestamp();
        let known = seconds.users.entry(cut_off.user.clone()).or_insert(second);
        *known = second.max(*known);
        if seconds.users.len() > MAX_USERS {
            seconds.forget_the_older_half();
        }
    }

    pub fn cover(&self, user: &str, issued_at: i64) -> bool {
        let seconds = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let known = seconds.users.get(user).copied();
        known.max(seconds.everybody).is_some_and(|second| issued_at <= second)
    }
}

impl Seconds {
    /// Whoever it hits fetches a new token: forgetting must not bring a token back.
    fn forget_the_older_half(&mut self) {
        let mut all: Vec<_> = self.users.values().copied().collect();
        let (_, middle, _) = all.select_nth_unstable(MAX_USERS / 2);
        let everybody = self.everybody.unwrap_or(*middle).max(*middle);
        self.everybody = Some(everybody);
        self.users.retain(|_, second| *second > everybody);
        tracing::warn!(
            "more than {MAX_USERS} users were cut off: all tokens issued up to the older half of these are refused"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 999_000_000).expect("an instant")
    }

    #[test]
    fn a_cut_off_covers_its_second_and_what_was_before() {
        let cut_offs = CutOffs::default();
        assert!(!cut_offs.cover("ann", i64::MIN));
        cut_offs.insert(&CutOff::new("ann", at(100)));
        cut_offs.insert(&CutOff::new("ann", at(90)));
        assert!(cut_offs.cover("ann", 100) && cut_offs.cover("ann", 99));
        assert!(!cut_offs.cover("ann", 101) && !cut_offs.cover("bob", 100));
    }

    #[test]
    fn what_is_forgotten_stays_cut_off() {
        let cut_offs = CutOffs::default();
        for second in 0..=MAX_USERS {
            let second = i64::try_from(second).expect("small");
            cut_offs.insert(&CutOff::new(format!("user {second}"), at(second)));
        }
        let held = cut_offs.0.read().expect("unpoisoned").users.len();
        assert!(held <= MAX_USERS / 2 + 1, "{held}");
        assert!(cut_offs.cover("user 0", 0) && cut_offs.cover("user 100000", 100_000));
        assert!(!cut_offs.cover("user 0", 90_000));
    }
}
