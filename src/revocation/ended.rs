use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
};

use parking_lot::RwLock;

use super::name::bounded;
use crate::identity::{EntryDigest, Identity};

/// The most names that are kept; beyond that everything counts as ended.
const MAX_NAMES: usize = 100_000;

/// The ended and changed sessions and users, in the order of their reports. Every revocation has a number.
#[derive(Default)]
pub struct Ended {
    last: AtomicU64,
    numbers: RwLock<Numbers>,
}

#[derive(Default)]
struct Numbers {
    sessions: HashMap<String, u64>,
    users: HashMap<String, u64>,
    entries: HashMap<EntryDigest, u64>,
    /// When everything was invalidated.
    all: u64,
}

impl Ended {
    pub fn session(&self, id: &str) {
        self.note(|numbers, number| numbers.sessions.insert(bounded(id).into_owned(), number));
    }

    pub fn user(&self, id: &str) {
        self.note(|numbers, number| numbers.users.insert(bounded(id).into_owned(), number));
    }

    #[cfg(feature = "secondary-storage")]
    pub fn entry(&self, entry: EntryDigest) {
        self.note(|numbers, number| numbers.entries.insert(entry, number));
    }

    /// A number for an end without a name.
    pub fn next(&self) -> u64 {
        self.note(|_, number| Some(number));
        self.last()
    }

    pub fn last(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }

    /// Whether an identity that was looked up after revocation `number` has ended or changed since.
    pub fn has_ended_since(&self, identity: &Identity, number: u64) -> bool {
        if self.last() == number {
            return false;
        }
        let numbers = self.numbers.read();
        let later = |noted: Option<&u64>| noted.is_some_and(|noted| *noted > number);
        let session = identity.session.as_ref();
        numbers.all > number
            || later(numbers.users.get(&*bounded(&identity.user.id)))
            || later(session.and_then(|session| numbers.sessions.get(&*bounded(session.id.as_deref()?))))
            || later(session.and_then(|session| numbers.entries.get(session.entry.as_deref()?)))
    }

    fn note(&self, put: impl FnOnce(&mut Numbers, u64) -> Option<u64>) {
        let mut numbers = self.numbers.write();
        let number = self.last() + 1;
        put(&mut numbers, number);
        if numbers.sessions.len() + numbers.users.len() + numbers.entries.len() > MAX_NAMES {
            *numbers = Numbers { all: number, ..Numbers::default() };
        }
        // Last, so that a look-up which has this number begins after it.
        self.last.store(number, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;
    use crate::identity::{Session, User};

    fn identity(user: &str, session: &str) -> Identity {
        Identity::of_session(User::new(user), Session::new(session, Utc::now()))
    }

    #[test]
    fn what_ended_ends_what_was_looked_up_before() {
        let ended = Ended::default();
        let (ann, other, bob) = (identity("ann", "1"), identity("ann", "2"), identity("bob", "3"));
        let before = ended.last();
        ended.session("1");
        assert!(ended.has_ended_since(&ann, before) && !ended.has_ended_since(&other, before));
        assert!(!ended.has_ended_since(&ann, ended.last()), "looked up after it");
        ended.user("ann");
        assert!(ended.has_ended_since(&other, before) && !ended.has_ended_since(&bob, before));
    }

    #[test]
    fn too_many_names_are_everything() {
        let ended = Ended::default();
        let before = ended.last();
        for session in 0..=MAX_NAMES {
            ended.session(&format!("session {session}"));
        }
        assert!(ended.has_ended_since(&identity("bob", "3"), before));
        assert!(ended.numbers.read().sessions.is_empty());
        assert!(!ended.has_ended_since(&identity("bob", "3"), ended.last()));
    }
}
