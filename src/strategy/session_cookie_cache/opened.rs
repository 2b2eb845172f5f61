use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::compact;
use crate::{
    error::Refusal,
    jose::{Claims, DirectKey, HS256, Jwe, Jws},
    strategy::session_json::SessionJson,
};

const PUBLISHED_TYPE: &str = "better-auth.session-cache+jwt";

/// A cookie cache of any form, opened. Only one that was encrypted is proven by that.
pub struct Opened {
    pub content: Content,
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
    Published(String),
}

/// What a cache holds.
#[derive(Deserialize)]
pub struct Content {
    #[serde(flatten)]
    pub session: SessionJson,
    /// Absent up to Better Auth 1.3.
    pub version: Option<String>,
}

impl Opened {
    /// Opens a cache. Its form is told by itself: `compact` has no dot, a `jwt` two, a `jwe` four.
    pub fn read(text: &str, keys: &[DirectKey]) -> Result<Self, Refusal> {
        if !text.contains('.') {
            return compact::open(text);
        }
        match Jwe::split(text) {
            Some(encrypted) => Self::of(encrypted.open(keys)?, Proof::Encrypted),
            None => Self::signed(text),
        }
    }

    fn signed(text: &str) -> Result<Self, Refusal> {
        let token = Jws::split(text).ok_or(Refusal::Malformed)?;
        let header = token.header()?;
        let proof = match header.typ.as_deref() {
            Some(PUBLISHED_TYPE) => Proof::Published(text.to_owned()),
            None if header.has_extension => return Err(Refusal::UnsupportedHeader),
            None if header.alg == HS256 => {
                Proof::Secret { message: token.message.to_vec(), signature: token.signature()? }
            }
            _ => return Err(Refusal::AlgorithmNotAllowed),
        };
        Self::of(token.payload()?, proof)
    }

    fn of(payload: Map<String, Value>, proof: Proof) -> Result<Self, Refusal> {
        let expires_at = payload.get("exp").and_then(Value::as_i64);
        let expires_at = expires_at.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let expires_at = expires_at.ok_or(Refusal::InvalidClaim("exp"))?;
        let content = serde_json::from_value(payload.into()).map_err(|_| Refusal::Malformed)?;
        Ok(Self { content, expires_at, proof })
    }

    /// Whether neither the cache has expired nor the session in it.
    pub fn is_alive(&self, now: DateTime<Utc>) -> bool {
        let session = self.content.session.expires_at();
        self.expires_at >= now && session.is_some_and(|end| end >= now)
    }
}

impl Content {
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
