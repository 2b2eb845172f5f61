//! Signs tokens as Better Auth's jwt plugin does, and as it never would.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
        KeyPair,
    },
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::Utc;
use serde_json::{Value, json};

use super::ISSUER;

/// The user of every token.
pub const USER: &str = "UMthJAuppKa0dJzMiVRswKHcraUVLaVb";

/// A key pair with its id.
pub struct Signer {
    kid: String,
    pair: Pair,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Es512(EcdsaKeyPair),
}

impl Signer {
    pub fn ed25519(kid: &str) -> Self {
        Self { kid: kid.into(), pair: Pair::Ed25519(Ed25519KeyPair::generate().expect("a key")) }
    }

    pub fn es256(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        Self { kid: kid.into(), pair: Pair::Es256(pair) }
    }

    pub fn es512(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P521_SHA512_FIXED_SIGNING).expect("a key");
        Self { kid: kid.into(), pair: Pair::Es512(pair) }
    }

    pub fn alg(&self) -> &'static str {
        match self.pair {
            Pair::Ed25519(_) => "EdDSA",
            Pair::Es256(_) => "ES256",
            Pair::Es512(_) => "ES512",
        }
    }

    /// The public key as it stands in the pair: 32 octets, or an uncompressed point.
    pub fn public(&self) -> &[u8] {
        match &self.pair {
            Pair::Ed25519(pair) => pair.public_key().as_ref(),
            Pair::Es256(pair) | Pair::Es512(pair) => pair.public_key().as_ref(),
        }
    }

    /// The entry of a key set, as Better Auth publishes it.
    pub fn jwk(&self) -> Value {
        let (public, alg) = (self.public(), self.alg());
        if let Pair::Ed25519(_) = self.pair {
            return json!({ "alg": alg, "crv": "Ed25519", "kty": "OKP", "x": encoded(public), "kid": self.kid });
        }
        let (x, y) = public[1..].split_at(public.len() / 2);
        let crv = if alg == "ES256" { "P-256" } else { "P-521" };
        json!({ "alg": alg, "crv": crv, "kty": "EC", "x": encoded(x), "y": encoded(y), "kid": self.kid })
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
        let header = merged(json!({ "alg": self.alg(), "kid": self.kid }), header);
        self.sign(&header.to_string(), &merged(whole, payload).to_string())
    }

    /// Signs texts that need not be JSON.
    pub fn sign(&self, header: &str, payload: &str) -> String {
        self.sign_encoded(&format!("{}.{}", encoded(header.as_bytes()), encoded(payload.as_bytes())))
    }

    /// Signs header and payload as they stand here.
    pub fn sign_encoded(&self, message: &str) -> String {
        let octets = message.as_bytes();
        let signature = match &self.pair {
            Pair::Ed25519(pair) => encoded(pair.sign(octets).as_ref()),
            Pair::Es256(pair) | Pair::Es512(pair) => {
                encoded(pair.sign(&SystemRandom::new(), octets).expect("a signature").as_ref())
            }
        };
        format!("{message}.{signature}")
    }
}

/// The document that holds these keys.
pub fn jwks<'a>(signers: impl IntoIterator<Item = &'a Signer>) -> Value {
    json!({ "keys": signers.into_iter().map(Signer::jwk).collect::<Vec<_>>() })
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
