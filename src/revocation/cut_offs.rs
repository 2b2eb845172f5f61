use std::collections::HashMap;

use chrono::{DateTime, Utc};
use parking_lot::RwLock;

/// Users whose cut-offs are known by name.
pub const MAX_USERS: usize = 100_000;

/// All that was issued to a user up to then is over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CutOff {
    /// The user's id.
    pub user: String,
    /// When it ended.
    pub at: DateTime<Utc>,
}

impl CutOff {
    /// All that was issued to `user` up to `at`.
    pub fn new(user: impl Into<String>, at: DateTime<Utc>) -> Self {
        Self { user: user.into(), at }
    }
}

/// Up to when the tokens of each user are over, in milliseconds since 1970.
#[derive(Default)]
pub struct CutOffs(RwLock<Instants>);

#[derive(Default)]
struct Instants {
    users: HashMap<String, i64>,
    /// For those who are no longer known by name.
    everybody: Option<i64>,
}

impl CutOffs {
    pub fn insert(&self, cut_off: &CutOff) {
        let mut instants = self.0.write();
        let at = cut_off.at.timestamp_millis();
        let known = instants.users.entry(cut_off.user.clone()).or_insert(at);
        *known = at.max(*known);
        if instants.users.len() > MAX_USERS {
            instants.forget_the_older_half();
        }
    }

    /// When the user was last cut off.
    pub fn last(&self, user: &str) -> Option<i64> {
        let instants = self.0.read();
        instants.users.get(user).copied().max(instants.everybody)
    }
}

impl Instants {
    /// Whoever it hits fetches a new token: forgetting must not bring a token back.
    fn forget_the_older_half(&mut self) {
        let mut all: Vec<_> = self.users.values().copied().collect();
        let (_, middle, _) = all.select_nth_unstable(MAX_USERS / 2);
        let everybody = self.everybody.unwrap_or(*middle).max(*middle);
        self.everybody = Some(everybody);
        self.users.retain(|_, at| *at > everybody);
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
    fn the_latest_of_a_user_counts() {
        let cut_offs = CutOffs::default();
        assert_eq!(cut_offs.last("ann"), None);
        cut_offs.insert(&CutOff::new("ann", at(100)));
        cut_offs.insert(&CutOff::new("ann", at(90)));
        assert_eq!(cut_offs.last("ann"), Some(100_999));
        assert_eq!(cut_offs.last("bob"), None);
    }

    #[test]
    fn what_is_forgotten_stays_cut_off() {
        let cut_offs = CutOffs::default();
        for second in 0..=MAX_USERS {
            let second = i64::try_from(second).expect("small");
            cut_offs.insert(&CutOff::new(format!("user {second}"), at(second)));
        }
        let held = cut_offs.0.read().users.len();
        assert!(held <= MAX_USERS / 2 + 1, "{held}");
        assert_eq!(cut_offs.last("user 100000"), Some(100_000_999));
        let forgotten = cut_offs.last("user 0").expect("cut off with the others");
        assert!((1_000..90_000_000).contains(&forgotten), "{forgotten}");
    }
}
