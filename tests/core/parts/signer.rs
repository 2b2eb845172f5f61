//! Signs tokens as Better Auth's jwt plugin does, and as it never would.

use std::ops::Deref;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use better_auth_verifier::test_kit::SigningKey;
use chrono::Utc;
use serde_json::{Value, json};

use super::ISSUER;

/// The user of every token.
pub const USER: &str = "UMthJAuppKa0dJzMiVRswKHcraUVLaVb";

/// A key pair with its id.
pub struct Signer(SigningKey);

impl Deref for Signer {
    type Target = SigningKey;

    fn deref(&self) -> &SigningKey {
        &self.0
    }
}

impl Signer {
    pub fn ed25519(kid: &str) -> Self {
        Self(SigningKey::ed25519(kid))
    }

    pub fn es256(kid: &str) -> Self {
        Self(SigningKey::es256(kid))
    }

    pub fn es384(kid: &str) -> Self {
        Self(SigningKey::es384(kid))
    }

    pub fn es512(kid: &str) -> Self {
        Self(SigningKey::es512(kid))
    }

    pub fn rsa(alg: &'static str, kid: &str) -> Self {
        Self(SigningKey::rsa(alg, kid))
    }

    /// The entry of a key set with other members; `null` leaves one out.
    pub fn jwk_with(&self, members: &Value) -> Value {
        merged(self.jwk(), members)
    }

    /// A token that verifies.
    pub fn token(&self) -> String {
        self.token_with(&json!({}), &json!({}))
    }

    /// A token with other members in header and payload; `null` leaves one out.
    pub fn token_with(&self, header: &Value, payload: &Value) -> String {
        let now = Utc::now().timestamp();
        let whole = json!({
            "iat": now, "name": "Ann", "email": "ann@example.test", "emailVerified": false, "id": USER,
            "sub": USER, "exp": now + 900, "iss": ISSUER, "aud": ISSUER,
        });
        let header = merged(self.header(), header);
        self.sign(&header.to_string(), &merged(whole, payload).to_string())
    }
}

/// The document that holds these keys.
pub fn jwks<'a>(signers: impl IntoIterator<Item = &'a Signer>) -> Value {
    json!({ "keys": signers.into_iter().map(|signer| signer.jwk()).collect::<Vec<_>>() })
}

pub fn encoded(octets: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(octets)
}

fn merged(mut base: Value, patch: &Value) -> Value {
    for (name, value) in patch.as_object().expect("an object") {
        let members = base.as_object_mut().expect("an object");
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    base
}
