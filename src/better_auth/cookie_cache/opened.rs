use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    better_auth::SessionJson,
    error::Refusal,
    jose::{Claims, Header},
};

/// An opened cookie cache of any form. Opening proves only an encrypted one.
pub struct Opened {
    pub session: SessionJson,
    /// Absent up to Better Auth 1.3.
    pub version: Option<String>,
    /// When it was made, in milliseconds since 1970; the beginning of time if it does not say, as up to Better Auth 1.3.
    pub made_at: i64,
    /// The end of the cache; the session may live longer.
    pub expires_at: DateTime<Utc>,
    pub proof: Proof,
}

/// The check that remains.
pub enum Proof {
    /// None: it was encrypted with the secret.
    Encrypted,
    /// A signature with the secret.
    Secret { message: Vec<u8>, signature: Vec<u8> },
    /// A JWS signed with a published key.
    Published { header: Header, text: String },
}

/// The JSON of a cache.
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
    /// A cache whose content states its end.
    pub fn read(content: serde_json::Result<Content>, proof: Proof) -> Result<Self, Refusal> {
        let content = content.map_err(|_| Refusal::Malformed)?;
        let expires_at = content.exp.as_ref().and_then(Value::as_i64);
        let expires_at = expires_at.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let expires_at = expires_at.ok_or(Refusal::InvalidClaim("exp"))?;
        Ok(Self::new(content, expires_at, proof))
    }

    /// A cache with this content and end.
    pub fn new(content: Content, expires_at: DateTime<Utc>, proof: Proof) -> Self {
        let Content { session, user, version, updated_at, .. } = content;
        let made_at = updated_at.as_ref().and_then(Value::as_i64).unwrap_or(i64::MIN);
        Self { session: SessionJson { session, user }, version, made_at, expires_at, proof }
    }

    /// Whether neither the cache has expired nor the session in it.
    pub fn is_alive(&self, now: DateTime<Utc>) -> bool {
        self.expires_at >= now && self.session.expires_at().is_some_and(|end| end >= now)
    }

    /// Refuses registered claims that name no issuer, or another session or user than the content does.
    pub fn validate_claims(&self, claims: &Claims) -> Result<(), Refusal> {
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
