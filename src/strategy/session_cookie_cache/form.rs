//! The forms of a cookie cache, told apart by themselves.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{DEFAULT_VERSION, compact};
use crate::{
    error::Refusal,
    fields::AdditionalFields,
    identity::Identity,
    jose::{Claims, DirectKey, Jwe, Jws},
    strategy::session_json::{SessionJson, Unreadable},
};

const PUBLISHED_TYPE: &str = "better-auth.session-cache+jwt";

/// A cookie cache, opened. Only one that was encrypted is proven by that.
pub struct Form {
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
    session: SessionJson,
    version: Option<String>,
}

impl Form {
    /// Opens a cache of any form: `compact` has no dot, a `jwt` two, a `jwe` four.
    pub fn open(text: &str, keys: &[DirectKey]) -> Result<Self, Refusal> {
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
            None if header.alg == "HS256" => {
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
    /// The token of the session.
    pub fn token(&self) -> Option<&str> {
        self.session.token()
    }

    /// The version it was written with.
    pub fn version(&self) -> &str {
        self.version.as_deref().filter(|version| !version.is_empty()).unwrap_or(DEFAULT_VERSION)
    }

    /// The identity of the session.
    pub fn into_identity(self, fields: &AdditionalFields) -> Result<Identity, Unreadable> {
        self.session.into_identity(fields)
    }
}

/// The registered claims name somebody who issued it, and the same session and user as the content does.
pub fn check_names(claims: &Claims, content: &Content) -> Result<(), Refusal> {
    let issuer = claims.members.get("iss").and_then(Value::as_str);
    if issuer.is_none_or(str::is_empty) {
        return Err(Refusal::InvalidClaim("iss"));
    }
    let session = claims.members.get("sid").and_then(Value::as_str);
    if session.is_none() || session != content.token() {
        return Err(Refusal::InvalidClaim("sid"));
    }
    if content.session.user_id().ok().as_ref() != Some(&claims.subject) {
        return Err(Refusal::InvalidClaim("sub"));
    }
    Ok(())
}
