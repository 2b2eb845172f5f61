use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{
    cut_offs::{CutOff, MAX_USERS},
    name::bounded,
};

/// The most that wait. A store that tells of more users than are known by name has everybody cut off who was before them,
/// so the oldest of so many may be left out.
const MOST: usize = MAX_USERS + 1;

/// Cut-offs that feeds have heard of and a store has yet to keep: the newest of each user, see
/// [`Revocations::keep`](super::Revocations::keep).
pub struct Unkept(Arc<Waiting>);

/// See [`Unkept`], which it belongs to.
#[derive(Default)]
pub struct Waiting {
    users: Mutex<Users>,
    arrival: Notify,
}

#[derive(Default)]
struct Users {
    newest: HashMap<Arc<str>, DateTime<Utc>>,
    by_time: BTreeSet<(DateTime<Utc>, Arc<str>)>,
}

impl Unkept {
    pub(super) fn new(waiting: Arc<Waiting>) -> Self {
        Self(waiting)
    }

    /// Waits for the oldest, and takes it. Given up, it has taken nothing.
    pub async fn recv(&mut self) -> CutOff {
        loop {
            if let Some(cut_off) = self.try_recv() {
                return cut_off;
            }
            self.0.arrival.notified().await;
        }
    }

    /// Takes the oldest, if there is one.
    pub fn try_recv(&mut self) -> Option<CutOff> {
        self.0.users.lock().take_oldest()
    }
}

impl Waiting {
    pub fn put(&self, cut_off: &CutOff) {
        self.users.lock().put(&bounded(&cut_off.user), cut_off.at);
        self.arrival.notify_one();
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

    #[test]
    fn too_many_users_are_the_newest() {
        let waiting = Waiting::default();
        for second in 0..MOST + 10 {
            waiting.put(&CutOff::new(format!("user {second}"), at(second)));
        }
        let mut users = waiting.users.lock();
        assert_eq!((users.newest.len(), users.by_time.len()), (MOST, MOST));
        assert_eq!(users.take_oldest(), Some(CutOff::new("user 10", at(10))));
    }
}
