//! Signs tokens as Better Auth's jwt plugin does, and as it never would.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING,
        EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
        RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaKeyPair, RsaPublicKeyComponents,
        RsaSignatureEncoding,
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
    Ec(&'static str, EcdsaKeyPair),
    Rsa(&'static str, RsaKeyPair),
}

impl Signer {
    pub fn ed25519(kid: &str) -> Self {
        Self { kid: kid.into(), pair: Pair::Ed25519(Ed25519KeyPair::generate().expect("a key")) }
    }

    pub fn es256(kid: &str) -> Self {
        Self::ec("ES256", kid, &ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    pub fn es384(kid: &str) -> Self {
        Self::ec("ES384", kid, &ECDSA_P384_SHA384_FIXED_SIGNING)
    }

    pub fn es512(kid: &str) -> Self {
        Self::ec("ES512", kid, &ECDSA_P521_SHA512_FIXED_SIGNING)
    }

    /// `alg` is one of RS256 to PS512.
    pub fn rsa(alg: &'static str, kid: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        Self { kid: kid.into(), pair: Pair::Rsa(alg, pair) }
    }

    fn ec(alg: &'static str, kid: &str, algorithm: &'static EcdsaSigningAlgorithm) -> Self {
        let pair = EcdsaKeyPair::generate(algorithm).expect("a key");
        Self { kid: kid.into(), pair: Pair::Ec(alg, pair) }
    }

    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub fn alg(&self) -> &'static str {
        match self.pair {
            Pair::Ed25519(_) => "EdDSA",
            Pair::Ec(alg, _) | Pair::Rsa(alg, _) => alg,
        }
    }

    /// The public key as it stands in the pair: 32 octets, an uncompressed point, or DER.
    pub fn public(&self) -> &[u8] {
        match &self.pair {
            Pair::Ed25519(pair) => pair.public_key().as_ref(),
            Pair::Ec(_, pair) => pair.public_key().as_ref(),
            Pair::Rsa(_, pair) => pair.public_key().as_ref(),
        }
    }

    /// The entry of a key set, as Better Auth publishes it.
    pub fn jwk(&self) -> Value {
        let (public, alg) = (self.public(), self.alg());
        match &self.pair {
            Pair::Ed25519(_) => {
                json!({ "alg": alg, "crv": "Ed25519", "kty": "OKP", "x": encoded(public), "kid": self.kid })
            }
            Pair::Ec(..) => {
                let (x, y) = public[1..].split_at(public.len() / 2);
                let crv = format!("P-{}", &alg[2..]).replace("512", "521");
                json!({ "alg": alg, "crv": crv, "kty": "EC", "x": encoded(x), "y": encoded(y), "kid": self.kid })
            }
            Pair::Rsa(_, pair) => {
                let RsaPublicKeyComponents { n, e } =
                    RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "alg": alg, "kty": "RSA", "n": encoded(&n), "e": encoded(&e), "kid": self.kid })
            }
        }
    }

    /// The same with other members; `null` leaves one out.
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

    /// The header of a token.
    pub fn header(&self) -> Value {
        json!({ "alg": self.alg(), "kid": self.kid })
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
            Pair::Ec(_, pair) => {
                encoded(pair.sign(&SystemRandom::new(), octets).expect("a signature").as_ref())
            }
            Pair::Rsa(alg, pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding(alg), &SystemRandom::new(), octets, &mut signature).expect("a signature");
                encoded(&signature)
            }
        };
        format!("{message}.{signature}")
    }
}

fn padding(alg: &str) -> &'static RsaSignatureEncoding {
    match alg {
        "RS256" => &RSA_PKCS1_SHA256,
        "RS384" => &RSA_PKCS1_SHA384,
        "RS512" => &RSA_PKCS1_SHA512,
        "PS256" => &RSA_PSS_SHA256,
        "PS384" => &RSA_PSS_SHA384,
        "PS512" => &RSA_PSS_SHA512,
        other => panic!("{other} is no algorithm of RSA"),
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
