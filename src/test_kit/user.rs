use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{Session, Token, known::Known, token, written};

/// A user of a [`TestKit`](super::TestKit). A change counts at once, also in the sessions that the user has. A JWT stays as it was
/// issued. Clones are the same user.
#[derive(Clone)]
pub struct User {
    known: Arc<Known>,
    id: Arc<str>,
}

impl User {
    pub(super) fn of(known: Arc<Known>, id: &str) -> Self {
        if known.read(|state| !state.users.contains_key(id)) {
            known.change(|state| state.users.insert(id.to_owned(), new(id)));
        }
        Self { known, id: id.into() }
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Gives the user this role of the `admin` plugin, or several with commas between.
    #[must_use]
    pub fn role(self, role: &str) -> Self {
        self.member("role", role)
    }

    /// Marks the user's e-mail address as verified.
    #[must_use]
    pub fn verified(self) -> Self {
        self.member("emailVerified", true)
    }

    /// Bans the user for ever. It only sets the flag, as a change in the database does: the sessions stay, and a strategy that reads
    /// the flag refuses them.
    #[must_use]
    pub fn banned(self) -> Self {
        self.member("banned", true)
    }

    /// Bans the user until this time.
    #[must_use]
    pub fn banned_until(self, end: DateTime<Utc>) -> Self {
        self.banned().member("banExpires", written(end))
    }

    /// Sets this member, by Better Auth's name for it: `name`, `email`, or a field of your own. Dates are texts as in JSON.
    #[must_use]
    pub fn member(self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.known.change(|state| {
            if let Some(user) = state.users.get_mut(&*self.id) {
                user.insert(name.to_owned(), value);
            }
        });
        self
    }

    /// A JWT that counts for 15 minutes.
    #[must_use]
    pub fn jwt(&self) -> String {
        self.token().sign()
    }

    /// A JWT with something of your choice in it, or wrong with it.
    pub fn token(&self) -> Token {
        let (key, user) = self.known.read(|state| (state.key(), state.users[&*self.id].clone()));
        Token::new(key, token::claims(&self.known.url, &user, Utc::now()))
    }

    /// Signs in: a session of seven days that begins now.
    #[must_use]
    pub fn session(&self) -> Session {
        Session::begin(self.known.clone(), &self.id)
    }

    /// Ends all sessions.
    pub fn sign_out(&self) {
        self.known.change(|state| state.sessions.retain(|_, session| session["userId"] != *self.id));
    }
}

/// In Better Auth's order; those of the `admin` plugin stand before the id.
fn new(id: &str) -> Map<String, Value> {
    let now = written(Utc::now());
    let members = json!({
        "name": id, "email": format!("{id}@example.test"), "emailVerified": false, "image": null,
        "createdAt": now, "updatedAt": now,
        "role": "user", "banned": false, "banReason": null, "banExpires": null,
        "id": id,
    });
    members.as_object().cloned().expect("an object")
}
