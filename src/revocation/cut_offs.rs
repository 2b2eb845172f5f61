use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::RwLock;

use super::name::bounded;

/// Users whose cut-offs are known by name. Beyond, the older half becomes one cut-off for everybody, so a store need not
/// give back more than one row above this.
pub const MAX_USERS: usize = 100_000;

/// All tokens issued to a user up to then are over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CutOff {
    /// The user's id.
    pub user: String,
    /// When it ended.
    pub at: DateTime<Utc>,
}

impl CutOff {
    /// All tokens issued to `user` up to `at`.
    pub fn new(user: impl Into<String>, at: DateTime<Utc>) -> Self {
        Self { user: user.into(), at }
    }
}

/// The time up to which the tokens of each user are over, in milliseconds since 1970.
#[derive(Default)]
pub struct CutOffs {
    instants: RwLock<Instants>,
}

#[derive(Default)]
struct Instants {
    users: HashMap<String, i64>,
    /// For users who are no longer known by name.
    everybody: Option<i64>,
    /// How long a token that is cut off would be accepted, where that is bounded.
    lifetime: Option<Duration>,
    /// The newest forgotten one: no token from before it was accepted any more.
    forgotten: Option<i64>,
}

impl CutOffs {
    pub fn insert(&self, cut_off: &CutOff, now: DateTime<Utc>) {
        let mut instants = self.instants.write();
        let at = cut_off.at.timestamp_millis();
        let known = instants.users.entry(bounded(&cut_off.user).into_owned()).or_insert(at);
        *known = at.max(*known);
        if instants.users.len() > MAX_USERS {
            if let Some(lifetime) = instants.lifetime {
                instants.forget_the_expired(lifetime, now);
            }
            // Not for a few at a time: each time costs a pass over all of them.
            if instants.users.len() > MAX_USERS / 4 * 3 {
                instants.forget_the_older_half();
            }
        }
    }

    /// Tokens live no longer than this, so an older cut-off has nothing left to refuse.
    pub fn expire_after(&self, lifetime: Option<Duration>) {
        let mut instants = self.instants.write();
        let shortest = instants.lifetime.unwrap_or(Duration::MAX);
        // Tokens that had expired may be accepted again.
        if lifetime.unwrap_or(Duration::MAX) > shortest {
            instants.everybody = instants.everybody.max(instants.forgotten.take());
        }
        instants.lifetime = lifetime;
    }

    /// When the user was last cut off.
    pub fn last(&self, user: &str) -> Option<i64> {
        let instants = self.instants.read();
        instants.users.get(&*bounded(user)).copied().max(instants.everybody)
    }
}

impl Instants {
    fn forget_the_expired(&mut self, lifetime: Duration, now: DateTime<Utc>) {
        let lifetime = TimeDelta::from_std(lifetime).ok();
        let oldest = lifetime.and_then(|lifetime| now.checked_sub_signed(lifetime));
        // The second of a cut-off is cut off as a whole.
        let oldest = oldest.map_or(i64::MIN, |oldest| oldest.timestamp_millis() - 1000);
        let forgotten = &mut self.forgotten;
        self.users.retain(|_, at| {
            let is_needed = *at >= oldest;
            if !is_needed {
                *forgotten = (*forgotten).max(Some(*at));
            }
            is_needed
        });
    }

    /// Affected users fetch a new token: forgetting must not bring a token back.
    fn forget_the_older_half(&mut self) {
        let mut all: Vec<_> = self.users.values().copied().collect();
        let (_, middle, _) = all.select_nth_unstable(MAX_USERS / 2);
        let everybody = self.everybody.unwrap_or(*middle).max(*middle);
        self.everybody = Some(everybody);
        self.users.retain(|_, at| *at > everybody);
        tracing::warn!(
            "more than {MAX_USERS} users have cut-offs: the older half becomes one cut-off for everybody, and all tokens \
             from before it are refused. Clients fetch new ones. A jwt.max_lifetime prevents this (without \
             session_cookie_cache)"
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
        cut_offs.insert(&CutOff::new("ann", at(100)), at(100));
        cut_offs.insert(&CutOff::new("ann", at(90)), at(100));
        assert_eq!(cut_offs.last("ann"), Some(100_999));
        assert_eq!(cut_offs.last("bob"), None);
    }

    #[test]
    fn what_is_forgotten_stays_cut_off() {
        let cut_offs = CutOffs::default();
        for second in 0..=MAX_USERS {
            let second = i64::try_from(second).expect("small");
            cut_offs.insert(&CutOff::new(format!("user {second}"), at(second)), at(second));
        }
        let held = cut_offs.instants.read().users.len();
        assert!(held <= MAX_USERS / 2 + 1, "{held}");
        assert_eq!(cut_offs.last("user 100000"), Some(100_000_999));
        let forgotten = cut_offs.last("user 0").expect("cut off with the others");
        assert!((1_000..90_000_000).contains(&forgotten), "{forgotten}");
    }

    #[test]
    fn what_has_expired_is_forgotten_first_and_nothing_else() {
        const LIFETIME: Duration = Duration::from_mins(15);
        let now = at(1_000_000);
        for bounded in [true, false] {
            let cut_offs = CutOffs::default();
            if bounded {
                cut_offs.expire_after(Some(LIFETIME));
            }
            for (group, ago) in [("old", LIFETIME * 2), ("late", LIFETIME / 2)] {
                for number in 0..=MAX_USERS / 2 {
                    cut_offs.insert(&CutOff::new(format!("{group} {number}"), now - ago), now);
                }
            }
            let everybody = cut_offs.instants.read().everybody;
            assert_eq!(everybody.is_none(), bounded, "only what cannot have expired falls together");
            assert_eq!(cut_offs.last("old 0").is_none(), bounded);
            assert_eq!(cut_offs.last("late 0"), Some((now - LIFETIME / 2).timestamp_millis()));
        }
    }

    #[test]
    fn a_lifetime_that_grows_lets_no_forgotten_token_back_in() {
        const LIFETIME: Duration = Duration::from_mins(15);
        let now = at(1_000_000);
        for longer in [Some(LIFETIME * 3), None] {
            let cut_offs = CutOffs::default();
            cut_offs.expire_after(Some(LIFETIME));
            for number in 0..=MAX_USERS {
                cut_offs.insert(&CutOff::new(format!("user {number}"), now - LIFETIME * 2), now);
            }
            assert_eq!(cut_offs.last("user 0"), None);
            cut_offs.expire_after(Some(LIFETIME / 2));
            assert_eq!(cut_offs.last("user 0"), None);
            cut_offs.expire_after(longer);
            assert_eq!(cut_offs.last("user 0"), Some((now - LIFETIME * 2).timestamp_millis()));
        }
    }

    #[test]
    fn a_long_name_is_cut_off_too() {
        let cut_offs = CutOffs::default();
        let long = "x".repeat(8000);
        cut_offs.insert(&CutOff::new(&*long, at(100)), at(100));
        assert_eq!(cut_offs.last(&long), Some(100_999));
        assert!(cut_offs.instants.read().users.keys().all(|name| name.len() < 256));
    }
}
