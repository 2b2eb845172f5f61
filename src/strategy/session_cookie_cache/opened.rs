use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::compact;
use crate::{
    better_auth::SessionJson,
    error::Refusal,
    jose::{Claims, DirectKey, HS256, Header, Jwe, Jws},
};

const PUBLISHED_TYPE: &str = "better-auth.session-cache+jwt";

/// A cookie cache of any form, opened. Only one that was encrypted is proven by that.
pub struct Opened {
    pub session: SessionJson,
    /// Absent up to Better Auth 1.3.
    pub version: Option<String>,
    /// When it was made, in milliseconds since 1970; the beginning of time where it does not say, as up to Better Auth 1.3.
    pub made_at: i64,
    /// The end of the cache; the session may live longer.
    pub expires_at: DateTime<Utc>,
    pub proof: Proof,
}

/// What is left to be checked.
pub enum Proof {
    /// Nothing: who encrypted it knew the secret.
    Encrypted,
    /// A signature with the secret.
    Secret { message: Vec<u8>, signature: Vec<u8> },
    /// A JWS signed with a published key.
    Published { header: Header, text: String },
}

/// What a cache holds, as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    session: Map<String, Value>,
    user: Map<String, Value>,
    version: Option<String>,
    /// Milliseconds since 1970.
    updated_at: Option<Value>,
    /// Seconds since 1970, in all forms but `compact`.
    exp: Option<Value>,
}

impl Opened {
    /// Opens a cache. Its form is told by itself: `compact` has no dot, a `jwt` two, a `jwe` four.
    pub fn read(text: &str, keys: &[DirectKey]) -> Result<Self, Refusal> {
        if !text.contains('.') {
            return compact::open(text);
        }
        match Jwe::split(text) {
            Some(encrypted) => Self::of(serde_json::from_slice(&encrypted.open(keys)?), Proof::Encrypted),
            None => Self::signed(text),
        }
    }

    fn signed(text: &str) -> Result<Self, Refusal> {
        let token = Jws::split(text).ok_or(Refusal::Malformed)?;
        let header = token.header()?;
        let proof = match header.typ.as_deref() {
            Some(PUBLISHED_TYPE) => Proof::Published { header, text: text.to_owned() },
            None if header.has_extension => return Err(Refusal::UnsupportedHeader),
            None if header.alg == HS256 => {
                Proof::Secret { message: token.message.to_vec(), signature: token.signature()? }
            }
            _ => return Err(Refusal::AlgorithmNotAllowed),
        };
        Self::of(serde_json::from_value(token.payload()?.into()), proof)
    }

    fn of(content: serde_json::Result<Content>, proof: Proof) -> Result<Self, Refusal> {
        let content = content.map_err(|_| Refusal::Malformed)?;
        let expires_at = content.exp.as_ref().and_then(Value::as_i64);
        let expires_at = expires_at.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let expires_at = expires_at.ok_or(Refusal::InvalidClaim("exp"))?;
        Ok(Self::new(content, expires_at, proof))
    }

    /// A cache that holds this and ends then.
    pub fn new(content: Content, expires_at: DateTime<Utc>, proof: Proof) -> Self {
        let Content { session, user, version, updated_at, .. } = content;
        let made_at = updated_at.as_ref().and_then(Value::as_i64).unwrap_or(i64::MIN);
        Self { session: SessionJson { session, user }, version, made_at, expires_at, proof }
    }

    /// Whether neither the cache has expired nor the session in it.
    pub fn is_alive(&self, now: DateTime<Utc>) -> bool {
        self.expires_at >= now && self.session.expires_at().is_some_and(|end| end >= now)
    }

    /// The registered claims name somebody who issued it, and the same session and user as the content does.
    pub fn check_claims(&self, claims: &Claims) -> Result<(), Refusal> {
        let claim =
            |name: &str| claims.members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        if claim("iss").is_none() {
            return Err(Refusal::InvalidClaim("iss"));
        }
        if claim("sid").is_none() || claim("sid") != self.session.token() {
            return Err(Refusal::InvalidClaim("sid"));
        }
        if self.session.user_id().ok().as_ref() != Some(&claims.subject) {
            return Err(Refusal::InvalidClaim("sub"));
        }
        Ok(())
    }
}
