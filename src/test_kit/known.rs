//! All that a kit knows: who there is, what has been issued, and how it behaves.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use super::{server::Manner, signing_key::SigningKey};
use crate::better_auth::{SessionToken, SigningKeys};

const SECRET: &str = "the-secret-of-the-test-kit-0123456789";

/// What the server, its users and their sessions share.
pub(super) struct Known {
    /// The origin of the server.
    pub url: String,
    pub secret: &'static str,
    /// Made of the secret.
    pub keys: SigningKeys,
    state: Mutex<State>,
    manner: watch::Sender<Manner>,
    asked: Mutex<HashMap<String, usize>>,
    #[cfg(feature = "session-table")]
    database: Mutex<Option<super::database::Database>>,
}

/// What changes.
pub(super) struct State {
    /// By their ids, each as JSON.
    pub users: BTreeMap<String, Map<String, Value>>,
    /// By their tokens, each as JSON.
    pub sessions: BTreeMap<String, Map<String, Value>>,
    /// The published ones; the last one signs.
    pub keys: Vec<Arc<SigningKey>>,
}

impl State {
    pub fn rotate_keys(&mut self) {
        self.keys.push(Arc::new(SigningKey::ed25519(&super::random())));
    }

    /// The key that signs.
    pub fn key(&self) -> Arc<SigningKey> {
        self.keys.last().expect("there is always one").clone()
    }

    /// The session of this token with its user, expired or not.
    pub fn session(&self, token: &str) -> Option<Value> {
        let session = self.sessions.get(token)?;
        let user = self.users.get(session.get("userId")?.as_str()?)?;
        Some(json!({ "session": session, "user": user }))
    }
}

impl Known {
    pub fn new(url: String) -> Self {
        let mut state = State { users: BTreeMap::new(), sessions: BTreeMap::new(), keys: Vec::new() };
        state.rotate_keys();
        Self {
            url,
            secret: SECRET,
            keys: SigningKeys::new([SECRET].into_iter()),
            state: Mutex::new(state),
            manner: watch::Sender::new(Manner::Answers),
            asked: Mutex::default(),
            #[cfg(feature = "session-table")]
            database: Mutex::default(),
        }
    }

    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.lock())
    }

    /// Changes something; the tables follow before this returns.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock();
        let changed = change(&mut state);
        #[cfg(feature = "session-table")]
        if let Some(database) = &mut *self.database.lock() {
            database.follow(&state);
        }
        changed
    }

    /// The token that stands in a signed or, where `raw` permits it, a bare text.
    pub fn token(&self, text: &str, raw: bool) -> Option<String> {
        let read = SessionToken::signed(text).or_else(|| SessionToken::raw(text).filter(|_| raw))?;
        self.keys.verify_token(&read).ok()?;
        Some(read.token().to_owned())
    }

    pub fn behave(&self, manner: Manner) {
        self.manner.send_replace(manner);
    }

    pub fn manner(&self) -> watch::Receiver<Manner> {
        self.manner.subscribe()
    }

    pub fn count(&self, path: &str) {
        *self.asked.lock().entry(path.to_owned()).or_default() += 1;
    }

    pub fn asked(&self, path: &str) -> usize {
        self.asked.lock().get(path).copied().unwrap_or_default()
    }

    #[cfg(feature = "session-table")]
    pub fn database_url(&self) -> String {
        // In this order everywhere, so that nobody waits for the other.
        let state = self.state.lock();
        let mut database = self.database.lock();
        let database = database.get_or_insert_with(|| {
            let mut database = super::database::Database::create();
            database.follow(&state);
            database
        });
        database.url().to_owned()
    }
}
