use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::SigningKey;

/// Better Auth's default.
const LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// A JWT before it is signed, with the claims that Better Auth's `jwt` plugin gives it. Each method changes what you name; what
/// is left is in order, so that one thing alone is wrong with it.
#[must_use = "it is no token before `sign`"]
pub struct Token {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    key: Arc<SigningKey>,
}

impl Token {
    pub(super) fn new(key: Arc<SigningKey>, claims: Map<String, Value>) -> Self {
        let header = key.header().as_object().cloned().expect("an object");
        Self { header, claims, key }
    }

    /// With this claim, whatever it was; `null` leaves it out.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        put(&mut self.claims, name, value.into());
        self
    }

    /// With this member in its header, whatever it was; `null` leaves it out.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        put(&mut self.header, name, value.into());
        self
    }

    /// Issued a day ago, and over since.
    pub fn expired(self) -> Self {
        let issued_at = Utc::now() - TimeDelta::days(1);
        self.claim("iat", issued_at.timestamp()).claim("exp", (issued_at + LIFETIME).timestamp())
    }

    /// Issued by another deployment.
    pub fn issuer(self, issuer: &str) -> Self {
        self.claim("iss", issuer)
    }

    /// Meant for somebody else.
    pub fn audience(self, audience: &str) -> Self {
        self.claim("aud", audience)
    }

    /// Under the id of a key that nobody has published.
    pub fn unknown_key(self) -> Self {
        let kid = super::random();
        self.header("kid", kid)
    }

    /// Signed by this key, whichever its header names: as by somebody who has not the key of Better Auth.
    pub fn signed_by(self, key: SigningKey) -> Self {
        Self { key: Arc::new(key), ..self }
    }

    /// Signed by a key of nobody's, under the id of the right one.
    pub fn forged(self) -> Self {
        self.signed_by(SigningKey::ed25519("forged"))
    }

    /// The token.
    #[must_use]
    pub fn sign(&self) -> String {
        self.key.sign(&json!(self.header).to_string(), &json!(self.claims).to_string())
    }
}

fn put(members: &mut Map<String, Value>, name: &str, value: Value) {
    if value.is_null() {
        members.shift_remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
}

/// A token without further ado.
pub(super) fn sign(key: &SigningKey, claims: &Map<String, Value>) -> String {
    key.sign(&key.header().to_string(), &json!(claims).to_string())
}

/// The claims about a user, in Better Auth's order.
pub(super) fn claims(url: &str, user: &Map<String, Value>, now: DateTime<Utc>) -> Map<String, Value> {
    let mut claims = Map::from_iter([("iat".to_owned(), json!(now.timestamp()))]);
    claims.extend(user.clone());
    let id = user["id"].clone();
    let rest =
        [("sub", id), ("exp", json!((now + LIFETIME).timestamp())), ("iss", json!(url)), ("aud", json!(url))];
    claims.extend(rest.map(|(name, value)| (name.to_owned(), value)));
    claims
}
