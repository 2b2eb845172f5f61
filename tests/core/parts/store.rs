//! A store of sessions that is slow, away or wrong when it is told to be, and that tells what has ended.

use std::sync::{Arc, Mutex};

use better_auth_verifier::{
    Chain, Credential, Feed, Feeds, Forms, Identity, NotMine, Refusal, Session, Strategy, Unverified, User,
    Verdict,
};
use chrono::{TimeDelta, Utc};
use tokio::{
    sync::{Semaphore, watch},
    time,
};

use super::{PATIENCE, bearer};

/// What it says of every session from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// It is there.
    Found,
    /// It is not: refused.
    Ended,
    /// An answer that makes no sense: undecidable, for this credential alone.
    Odd,
    /// Nothing: undecidable, for all.
    Away,
}

/// How whoever listens to it stops.
#[derive(Clone, Copy, Debug)]
pub enum Ending {
    Returns,
    Panics,
}

/// Knows `ann/1` as session `1` of the user `ann`, and `ann` without a session as a JWT is; claims `first:ann/1` only if
/// its name is `first`. The user's name is the number of the look-up. Clones are one store.
#[derive(Clone)]
pub struct Store(Arc<Shared>);

struct Shared {
    name: &'static str,
    lives: TimeDelta,
    says: Mutex<Says>,
    gate: Mutex<Arc<Semaphore>>,
    calls: watch::Sender<usize>,
    followed: watch::Sender<Option<(Feeds, Feed)>>,
    ending: watch::Sender<Option<Ending>>,
}

/// Answers that are held until they are released.
pub struct Held(Arc<Semaphore>);

impl Held {
    pub fn release(self) {
        self.0.close();
    }
}

impl Default for Store {
    fn default() -> Self {
        Self::new("store", TimeDelta::hours(1))
    }
}

impl Store {
    /// Its sessions live so long from each look-up on.
    pub fn new(name: &'static str, lives: TimeDelta) -> Self {
        let open = Semaphore::new(0);
        open.close();
        Self(Arc::new(Shared {
            name,
            lives,
            says: Mutex::new(Says::Found),
            gate: Mutex::new(Arc::new(open)),
            calls: watch::Sender::new(0),
            followed: watch::Sender::new(None),
            ending: watch::Sender::new(None),
        }))
    }

    /// What is looked up from now on.
    pub fn says(&self, says: Says) {
        *self.0.says.lock().expect("unpoisoned") = says;
    }

    /// Holds the answers of all look-ups that begin from now on. What they say is what was true when they began.
    pub fn hold(&self) -> Held {
        let gate = Arc::new(Semaphore::new(0));
        *self.0.gate.lock().expect("unpoisoned") = gate.clone();
        Held(gate)
    }

    /// Look-ups so far, under way or not.
    pub fn calls(&self) -> usize {
        *self.0.calls.borrow()
    }

    /// Waits until so many look-ups have begun.
    pub async fn is_asked(&self, calls: usize) {
        let mut asked = self.0.calls.subscribe();
        let arrived = asked.wait_for(|asked| *asked >= calls);
        time::timeout(PATIENCE, arrived).await.expect("in time").expect("a store");
    }

    /// Where it tells what has ended, as soon as somebody follows it.
    pub async fn feeds(&self) -> (Feeds, Feed) {
        let mut given = self.0.followed.subscribe();
        let given = given.wait_for(Option::is_some);
        let given = time::timeout(PATIENCE, given).await.expect("in time").expect("a store");
        given.clone().expect("the feeds")
    }

    /// The feed on which it does.
    pub async fn feed(&self) -> Feed {
        self.feeds().await.1
    }

    /// Lets whoever follows it stop, and waits for that.
    pub async fn stops(&self, ending: Ending) {
        self.0.ending.send_replace(Some(ending));
        self.is_left().await;
    }

    /// Waits until nobody follows it.
    pub async fn is_left(&self) {
        time::timeout(PATIENCE, self.0.ending.closed()).await.expect("in time");
    }
}

impl Strategy for Store {
    fn name(&self) -> &'static str {
        self.0.name
    }

    fn forms(&self) -> Forms {
        Forms::ANY
    }

    fn claims(&self, credential: &Credential) -> Result<(), NotMine> {
        let is_mine = credential.token().split_once(':').is_none_or(|(name, _)| name == self.0.name);
        is_mine.then_some(()).ok_or(NotMine::Other("another store's"))
    }

    fn precheck(&self, credential: &Credential) -> Option<Verdict> {
        credential.token().starts_with("forged").then(|| Err(Refusal::BadSignature.into()))
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        if let Some(verdict) = self.precheck(credential) {
            return verdict;
        }
        let mut number = 0;
        self.0.calls.send_modify(|calls| {
            *calls += 1;
            number = *calls;
        });
        let says = *self.0.says.lock().expect("unpoisoned");
        let gate = self.0.gate.lock().expect("unpoisoned").clone();
        // Nobody waits where it is closed.
        let _ = gate.acquire().await;
        match says {
            Says::Found => Ok(self.identity(credential.token(), number)),
            Says::Ended => Err(Refusal::UnknownSession.into()),
            Says::Odd => Err(Unverified::undecidable("what does this mean?")),
            Says::Away => Err(Unverified::unavailable("nobody answers")),
        }
    }

    async fn probe(&self) -> Result<(), Unverified> {
        let away = *self.0.says.lock().expect("unpoisoned") == Says::Away;
        if away { Err(Unverified::unavailable("nobody answers")) } else { Ok(()) }
    }

    async fn follow(&self, feeds: Feeds) {
        let mut ending = self.0.ending.subscribe();
        let feed = feeds.open(self.0.name);
        self.0.followed.send_replace(Some((feeds, feed)));
        let ending = *ending.wait_for(Option::is_some).await.expect("a store");
        assert!(!matches!(ending, Some(Ending::Panics)), "as it was told");
    }
}

impl Store {
    fn identity(&self, token: &str, number: usize) -> Identity {
        let script = token.split_once(':').map_or(token, |(_, script)| script);
        let (user, session) = script.split_once('/').unwrap_or((script, ""));
        let mut user = User::new(user);
        user.name = Some(number.to_string().into());
        let end = Utc::now() + self.0.lives;
        if session.is_empty() {
            return Identity::new(user, end);
        }
        Identity::of_session(user, Session::new(session, end))
    }
}

/// The number of the look-up that an answer comes from.
pub async fn look_up(chain: &Chain, token: &str) -> usize {
    let identity = chain.judge(&bearer(token)).await.verdict.expect("verified");
    identity.user.name.as_ref().expect("a number").parse().expect("a number")
}
