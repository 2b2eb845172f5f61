use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::{CACHE_COOKIE, CacheForm, SESSION_COOKIE, cookie_cache, known::Known, random, written};

/// Better Auth's default.
const LIFETIME: TimeDelta = TimeDelta::days(7);

/// A session of a [`User`](super::User), in each form in which a client holds it. Clones are the same session.
#[derive(Clone)]
pub struct Session {
    known: Arc<Known>,
    id: Arc<str>,
    token: Arc<str>,
}

impl Session {
    pub(super) fn begin(known: Arc<Known>, user: &str) -> Self {
        let (id, token) = (random(), random());
        known.change(|state| state.sessions.insert(token.clone(), new(&id, &token, user, Utc::now())));
        Self { known, id: id.into(), token: token.into() }
    }

    /// The id, as in the table and in the plugin's events.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The bare token, as in the table and in the answer to a sign-in.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The signed token, as in the header `set-auth-token`.
    #[must_use]
    pub fn signed(&self) -> String {
        let signature = self.known.keys.sign(self.token.as_bytes());
        format!("{}.{}", self.token, BASE64_STANDARD.encode(signature))
    }

    /// The value of an `Authorization` header.
    #[must_use]
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.signed())
    }

    /// The value of a `Cookie` header: the session cookie alone.
    ///
    /// # Panics
    ///
    /// Never: there is a secret.
    #[must_use]
    pub fn cookie(&self) -> String {
        let value = self.known.keys.session_cookies(&self.token).next().expect("a secret");
        format!("{SESSION_COOKIE}={value}")
    }

    /// What Better Auth answers to a sign-in: the `Set-Cookie` header of the session cookie.
    #[must_use]
    pub fn set_cookie(&self) -> String {
        format!("{}; Max-Age={}; Path=/; HttpOnly; SameSite=Lax", self.cookie(), LIFETIME.num_seconds())
    }

    /// The value of a `Cookie` header: the session cookie, and the cookie cache in this form beside it, which counts for five
    /// minutes.
    #[must_use]
    pub fn cookies(&self, form: CacheForm) -> String {
        format!("{}; {CACHE_COOKIE}={}", self.cookie(), self.cookie_cache(form))
    }

    /// The cookie cache alone: the value of the cookie.
    ///
    /// # Panics
    ///
    /// When the session has ended: then nothing is there to be cached.
    #[must_use]
    pub fn cookie_cache(&self, form: CacheForm) -> String {
        let (content, key) = self.known.read(|state| (state.session(&self.token), state.key()));
        let content = content.expect("a session that has not ended");
        cookie_cache::write(form, &content, Utc::now(), self.known.secret, &key, &self.known.url)
    }

    /// Makes the session expire at this time.
    #[must_use]
    pub fn expiring_at(self, end: DateTime<Utc>) -> Self {
        self.member("expiresAt", written(end))
    }

    /// Makes the session expire an hour ago. Better Auth keeps such a session, but does not accept it.
    #[must_use]
    pub fn expired(self) -> Self {
        self.expiring_at(Utc::now() - TimeDelta::hours(1))
    }

    /// Makes the session this old, which the policy [`Fresh`](crate::Fresh) looks at.
    #[must_use]
    pub fn aged(self, age: TimeDelta) -> Self {
        self.member("createdAt", written(Utc::now() - age))
    }

    /// Makes it the session of an admin, by this id, who impersonates the user.
    #[must_use]
    pub fn impersonated_by(self, admin: &str) -> Self {
        self.member("impersonatedBy", admin)
    }

    /// Sets this member, by Better Auth's name for it. Dates are texts as in JSON.
    #[must_use]
    pub fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if let ("id", Some(id)) = (name, value.as_str()) {
            self.id = id.into();
        }
        self.known.change(|state| {
            if let Some(session) = state.sessions.get_mut(&*self.token) {
                session.insert(name.to_owned(), value);
            }
        });
        self
    }

    /// Ends it, as a sign-out does.
    pub fn sign_out(&self) {
        self.known.change(|state| state.sessions.remove(&*self.token));
    }
}

/// In Better Auth's order.
fn new(id: &str, token: &str, user: &str, now: DateTime<Utc>) -> Map<String, Value> {
    let members = json!({
        "expiresAt": written(now + LIFETIME), "token": token, "createdAt": written(now), "updatedAt": written(now),
        "ipAddress": "", "userAgent": "", "userId": user, "impersonatedBy": null, "id": id,
    });
    members.as_object().cloned().expect("an object")
}
