use std::{
    collections::{BTreeSet, HashMap},
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{
    cut_offs::{CutOff, MAX_USERS},
    name::bounded,
};

/// The most that wait. A store with more users than are known by name cuts off everybody before them, so the oldest beyond
/// this number may be left out.
const MOST: usize = MAX_USERS + 1;

/// Cut-offs that feeds have reported and a store has yet to keep: the newest of each user, see
/// [`Revocations::keep`](super::Revocations::keep).
pub struct Unkept {
    waiting: Arc<Waiting>,
    /// Which keeper it belongs to, the first being 1.
    keeper: u64,
}

/// The shared part of [`Unkept`].
#[derive(Default)]
pub struct Waiting {
    users: Mutex<Users>,
    arrival: Notify,
    /// The newest keeper; zero where there was never one.
    keeper: AtomicU64,
    /// The newest keeper that has reported everything it kept.
    complete: AtomicU64,
    /// The newest keeper after which nothing is kept; at first, nothing is.
    retired: AtomicU64,
}

#[derive(Default)]
struct Users {
    newest: HashMap<Arc<str>, DateTime<Utc>>,
    by_time: BTreeSet<(DateTime<Utc>, Arc<str>)>,
}

impl Unkept {
    /// For a new keeper. From now on the keeper before it gets nothing.
    pub(super) fn new(waiting: Arc<Waiting>) -> Self {
        let keeper = waiting.keeper.fetch_add(1, Ordering::AcqRel) + 1;
        Self { waiting, keeper }
    }

    /// The keeper has reported everything it kept.
    pub fn complete(&self) {
        self.waiting.complete.fetch_max(self.keeper, Ordering::AcqRel);
    }

    /// Waits for the oldest, and takes it. A dropped future loses nothing. Never returns once there is another keeper.
    pub async fn recv(&mut self) -> CutOff {
        loop {
            if let Some(cut_off) = self.try_recv() {
                return cut_off;
            }
            if !self.is_current() {
                // The wake-up was for the other keeper.
                self.waiting.arrival.notify_one();
                return pending().await;
            }
            self.waiting.arrival.notified().await;
        }
    }

    /// Gives back what this keeper took and could not keep. Returns whether another keeper takes it.
    #[must_use]
    pub fn put_back(self, cut_off: &CutOff) -> bool {
        self.waiting.put(cut_off);
        !self.is_current() && self.waiting.is_kept()
    }

    /// Takes the oldest, if there is one.
    pub fn try_recv(&mut self) -> Option<CutOff> {
        if self.is_current() { self.waiting.users.lock().take_oldest() } else { None }
    }

    fn is_current(&self) -> bool {
        self.waiting.keeper.load(Ordering::Acquire) == self.keeper
    }
}

impl Waiting {
    /// Without a keeper nothing waits.
    pub fn put(&self, cut_off: &CutOff) {
        if !self.is_kept() {
            return;
        }
        self.users.lock().put(&bounded(&cut_off.user), cut_off.at);
        self.arrival.notify_one();
    }

    /// From now on there is no keeper: everything that waits is dropped, and no report is awaited.
    pub fn retire(&self) {
        let nobody = self.keeper.fetch_add(1, Ordering::AcqRel) + 1;
        self.retired.fetch_max(nobody, Ordering::AcqRel);
        self.complete.fetch_max(nobody, Ordering::AcqRel);
        if !self.is_kept() {
            *self.users.lock() = Users::default();
        }
    }

    fn is_kept(&self) -> bool {
        self.retired.load(Ordering::Acquire) != self.keeper.load(Ordering::Acquire)
    }

    /// Whether the newest keeper, if there is one, has reported everything.
    pub fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire) == self.keeper.load(Ordering::Acquire)
    }
}

impl Users {
    fn put(&mut self, user: &str, at: DateTime<Utc>) {
        match self.newest.get_key_value(user) {
            Some((_, known)) if *known >= at => return,
            Some((user, known)) => drop(self.by_time.remove(&(*known, user.clone()))),
            None => {}
        }
        let user: Arc<str> = user.into();
        self.newest.insert(user.clone(), at);
        self.by_time.insert((at, user));
        if self.newest.len() > MOST {
            self.take_oldest();
        }
    }

    fn take_oldest(&mut self) -> Option<CutOff> {
        let (at, user) = self.by_time.pop_first()?;
        self.newest.remove(&user);
        Some(CutOff::new(&*user, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: usize) -> DateTime<Utc> {
        DateTime::from_timestamp(i64::try_from(second).expect("small"), 0).expect("an instant")
    }

    #[tokio::test]
    async fn the_newest_of_each_user_waits_and_the_oldest_comes_first() {
        let waiting = Arc::<Waiting>::default();
        let mut unkept = Unkept::new(waiting.clone());
        for (user, second) in [("ann", 5), ("bob", 3), ("ann", 1), ("bob", 4), ("bob", 4)] {
            waiting.put(&CutOff::new(user, at(second)));
        }
        assert_eq!(unkept.recv().await, CutOff::new("bob", at(4)));
        assert_eq!(unkept.recv().await, CutOff::new("ann", at(5)));
        assert_eq!(unkept.try_recv(), None);
        let later = tokio::spawn(async move { unkept.recv().await });
        tokio::task::yield_now().await;
        waiting.put(&CutOff::new("eve", at(6)));
        assert_eq!(later.await.expect("it comes"), CutOff::new("eve", at(6)));
    }

    #[tokio::test]
    async fn the_next_keeper_takes_over_and_the_last_gets_no_more() {
        let waiting = Arc::<Waiting>::default();
        let mut first = Unkept::new(waiting.clone());
        let idle = tokio::spawn(async move { first.recv().await });
        tokio::task::yield_now().await;
        let mut second = Unkept::new(waiting.clone());
        let next = tokio::spawn(async move { second.recv().await });
        tokio::task::yield_now().await;
        waiting.put(&CutOff::new("ann", at(1)));
        assert_eq!(next.await.expect("it comes"), CutOff::new("ann", at(1)));
        assert!(!idle.is_finished());
        waiting.put(&CutOff::new("bob", at(2)));
        let mut third = Unkept::new(waiting);
        assert_eq!(third.try_recv(), Some(CutOff::new("bob", at(2))), "what was left");
    }

    #[test]
    fn only_the_newest_keeper_can_say_that_all_is_told() {
        let waiting = Arc::<Waiting>::default();
        assert!(waiting.is_complete());
        let [first, second] = [(), ()].map(|()| Unkept::new(waiting.clone()));
        first.complete();
        assert!(!waiting.is_complete());
        second.complete();
        assert!(waiting.is_complete());
    }

    #[test]
    fn what_a_keeper_could_not_keep_goes_to_the_next() {
        let waiting = Arc::<Waiting>::default();
        let mut first = Unkept::new(waiting.clone());
        waiting.put(&CutOff::new("ann", at(1)));
        let taken = first.try_recv().expect("it waits");
        let mut second = Unkept::new(waiting.clone());
        assert!(first.put_back(&taken));
        assert_eq!(second.try_recv(), Some(taken.clone()));
        assert!(!second.put_back(&taken), "nobody else takes it");
    }

    #[test]
    fn once_nobody_keeps_anything_nothing_waits_and_all_is_told() {
        let waiting = Arc::<Waiting>::default();
        let mut unkept = Unkept::new(waiting.clone());
        waiting.put(&CutOff::new("ann", at(1)));
        assert!(!waiting.is_complete());
        waiting.retire();
        assert!(waiting.is_complete());
        waiting.put(&CutOff::new("bob", at(2)));
        assert!(waiting.users.lock().newest.is_empty());
        assert_eq!(unkept.try_recv(), None);
        let mut next = Unkept::new(waiting.clone());
        assert!(!waiting.is_complete());
        waiting.put(&CutOff::new("eve", at(3)));
        assert_eq!(next.try_recv(), Some(CutOff::new("eve", at(3))));
    }

    #[test]
    fn too_many_users_are_the_newest() {
        let waiting = Arc::<Waiting>::default();
        let _unkept = Unkept::new(waiting.clone());
        for second in 0..MOST + 10 {
            waiting.put(&CutOff::new(format!("user {second}"), at(second)));
        }
        let mut users = waiting.users.lock();
        assert_eq!((users.newest.len(), users.by_time.len()), (MOST, MOST));
        assert_eq!(users.take_oldest(), Some(CutOff::new("user 10", at(10))));
    }
}
