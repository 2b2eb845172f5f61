//! Tokens as Better Auth's jwt plugin signs them.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const KEY_ID: &str = "key-of-the-tests";

/// Who signs them.
pub struct Signer(Ed25519KeyPair);

impl Signer {
    pub fn new() -> Self {
        Self(Ed25519KeyPair::generate().expect("a key"))
    }

    /// What is published of it.
    pub fn key_set(&self) -> Value {
        let public = encoded(self.0.public_key().as_ref());
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": KEY_ID, "x": public }] })
    }

    /// A token for this user, issued at this second by `issuer` for itself, that lives for 15 minutes.
    pub fn token(&self, issuer: &str, user: &str, issued_at: i64) -> String {
        let header = json!({ "alg": "EdDSA", "kid": KEY_ID });
        let payload = json!({
            "sub": user, "iat": issued_at, "exp": issued_at + 900, "iss": issuer, "aud": issuer, "id": user,
        });
        let [header, payload] = [header, payload].map(|part| encoded(part.to_string().as_bytes()));
        let message = format!("{header}.{payload}");
        let signature = encoded(self.0.sign(message.as_bytes()).as_ref());
        format!("{message}.{signature}")
    }
}

fn encoded(octets: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(octets)
}
