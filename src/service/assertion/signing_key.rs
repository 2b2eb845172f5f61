use aws_lc_rs::{
    digest,
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
        RsaKeyPair,
    },
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::SecretSlice;
use serde::Serialize;
use serde_json::{Value, json};

use crate::jose::Algorithm;

/// Assertions say what they are, so that none is taken for a token of another kind (RFC 8725 section 3.11).
const TYPE: &str = "auth-assertion+jwt";

/// A private key that signs assertions.
pub struct SigningKey {
    algorithm: Algorithm,
    pair: KeyPair,
    /// The RFC 7638 thumbprint: it stands for this very key, and cannot be given to another.
    kid: String,
    jwk: Value,
    /// The first part of each token.
    header: String,
}

enum KeyPair {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

/// It is no private key of the algorithm, or the algorithm [does not sign assertions](crate::config::Assertion::ALGORITHMS).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no key that signs with {0}")]
pub struct UnusableKey(Algorithm);

impl SigningKey {
    /// A new key. One for RS256 takes a moment: the search for two primes.
    pub fn generate(algorithm: Algorithm) -> Result<Self, UnusableKey> {
        let pair = match algorithm {
            Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(KeyPair::Es256),
            Algorithm::Rs256 => RsaKeyPair::generate(KeySize::Rsa2048).map(KeyPair::Rs256),
            Algorithm::EdDsa => Ed25519KeyPair::generate().map(KeyPair::EdDsa),
            _ => return Err(UnusableKey(algorithm)),
        };
        pair.map(|pair| Self::new(algorithm, pair)).map_err(|_| UnusableKey(algorithm))
    }

    /// The key that [`to_pkcs8`](Self::to_pkcs8) has written.
    pub fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, UnusableKey> {
        let pair = match algorithm {
            Algorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(KeyPair::Es256)
            }
            Algorithm::Rs256 => RsaKeyPair::from_pkcs8(pkcs8).map(KeyPair::Rs256),
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8(pkcs8).map(KeyPair::EdDsa),
            _ => return Err(UnusableKey(algorithm)),
        };
        pair.map(|pair| Self::new(algorithm, pair)).map_err(|_| UnusableKey(algorithm))
    }

    fn new(algorithm: Algorithm, pair: KeyPair) -> Self {
        let mut jwk = pair.jwk();
        let kid = encoded(digest::digest(&digest::SHA256, jwk.to_string().as_bytes()));
        for (name, value) in [("kid", &*kid), ("alg", algorithm.name()), ("use", "sig")] {
            jwk[name] = json!(value);
        }
        let header = encoded(json!({ "alg": algorithm.name(), "typ": TYPE, "kid": kid }).to_string());
        Self { algorithm, pair, kid, jwk, header }
    }

    /// The private key, as PKCS #8 in DER.
    pub fn to_pkcs8(&self) -> Result<SecretSlice<u8>, UnusableKey> {
        let octets = match &self.pair {
            KeyPair::Es256(pair) => pair.to_pkcs8v1().map(|document| document.as_ref().to_vec()),
            KeyPair::Rs256(pair) => {
                AsDer::<Pkcs8V1Der>::as_der(pair).map(|document| document.as_ref().to_vec())
            }
            KeyPair::EdDsa(pair) => pair.to_pkcs8().map(|document| document.as_ref().to_vec()),
        };
        octets.map(SecretSlice::from).map_err(|_| UnusableKey(self.algorithm))
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key (RFC 7517).
    pub fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// A JWT of these claims.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, UnusableKey> {
        let payload = serde_json::to_vec(claims).map_err(|_| UnusableKey(self.algorithm))?;
        let message = format!("{}.{}", self.header, encoded(payload));
        let signature = self.pair.sign(message.as_bytes()).map_err(|_| UnusableKey(self.algorithm))?;
        Ok(format!("{message}.{}", encoded(signature)))
    }
}

impl KeyPair {
    /// The members that make up the public key and no others, in the order of RFC 7638 section 3.
    fn jwk(&self) -> Value {
        match self {
            Self::Es256(pair) => {
                // Uncompressed (SEC 1 section 2.3.3): an octet, then both coordinates.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "crv": "P-256", "kty": "EC", "x": encoded(x), "y": encoded(y) })
            }
            Self::Rs256(pair) => {
                let public = pair.public_key();
                let (e, n) = (public.exponent(), public.modulus());
                let octets = |number| encoded(number);
                json!({
                    "e": octets(e.big_endian_without_leading_zero()),
                    "kty": "RSA",
                    "n": octets(n.big_endian_without_leading_zero()),
                })
            }
            Self::EdDsa(pair) => {
                json!({ "crv": "Ed25519", "kty": "OKP", "x": encoded(pair.public_key()) })
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
        match self {
            Self::Es256(pair) => {
                pair.sign(&SystemRandom::new(), message).map(|signature| signature.as_ref().to_vec())
            }
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)?;
                Ok(signature)
            }
            Self::EdDsa(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

fn encoded(octets: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(octets)
}
