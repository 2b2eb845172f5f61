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
use serde_json::{Value, json};

use super::encoded;

/// A key pair with its id: signs as Better Auth's `jwt` plugin does, and whatever else a test wants signed.
pub struct SigningKey {
    kid: String,
    pair: Pair,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    Ec(&'static str, EcdsaKeyPair),
    Rsa(&'static str, RsaKeyPair),
}

impl SigningKey {
    /// An Ed25519 key, which Better Auth uses unless it is configured otherwise.
    ///
    /// # Panics
    ///
    /// When this machine gives no random numbers, as all that make a key.
    #[must_use]
    pub fn ed25519(kid: &str) -> Self {
        Self { kid: kid.into(), pair: Pair::Ed25519(Ed25519KeyPair::generate().expect("a key")) }
    }

    /// A P-256 key.
    #[must_use]
    pub fn es256(kid: &str) -> Self {
        Self::ec("ES256", kid, &ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    /// A P-384 key.
    #[must_use]
    pub fn es384(kid: &str) -> Self {
        Self::ec("ES384", kid, &ECDSA_P384_SHA384_FIXED_SIGNING)
    }

    /// A P-521 key.
    #[must_use]
    pub fn es512(kid: &str) -> Self {
        Self::ec("ES512", kid, &ECDSA_P521_SHA512_FIXED_SIGNING)
    }

    /// An RSA key of 2048 bits; `alg` is one of RS256, RS384, RS512, PS256, PS384 and PS512. It takes a tenth of a second.
    ///
    /// # Panics
    ///
    /// When this machine gives no random numbers.
    #[must_use]
    pub fn rsa(alg: &'static str, kid: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        Self { kid: kid.into(), pair: Pair::Rsa(alg, pair) }
    }

    fn ec(alg: &'static str, kid: &str, algorithm: &'static EcdsaSigningAlgorithm) -> Self {
        let pair = EcdsaKeyPair::generate(algorithm).expect("a key");
        Self { kid: kid.into(), pair: Pair::Ec(alg, pair) }
    }

    /// Its id.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The algorithm by its name in JOSE.
    #[must_use]
    pub fn alg(&self) -> &'static str {
        match self.pair {
            Pair::Ed25519(_) => "EdDSA",
            Pair::Ec(alg, _) | Pair::Rsa(alg, _) => alg,
        }
    }

    /// The public key as it stands in the pair: 32 octets, an uncompressed point, or DER.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        match &self.pair {
            Pair::Ed25519(pair) => pair.public_key().as_ref(),
            Pair::Ec(_, pair) => pair.public_key().as_ref(),
            Pair::Rsa(_, pair) => pair.public_key().as_ref(),
        }
    }

    /// The entry of a key set, as Better Auth publishes it.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let (public, alg) = (self.public(), self.alg());
        match &self.pair {
            Pair::Ed25519(_) => {
                json!({ "alg": alg, "crv": "Ed25519", "x": encoded(public), "kty": "OKP", "kid": self.kid })
            }
            Pair::Ec(..) => {
                let (x, y) = public[1..].split_at(public.len() / 2);
                let crv = format!("P-{}", &alg[2..]).replace("512", "521");
                json!({ "alg": alg, "crv": crv, "x": encoded(x), "y": encoded(y), "kty": "EC", "kid": self.kid })
            }
            Pair::Rsa(_, pair) => {
                let RsaPublicKeyComponents { n, e } =
                    RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "alg": alg, "kty": "RSA", "n": encoded(&n), "e": encoded(&e), "kid": self.kid })
            }
        }
    }

    /// The header that Better Auth gives a token: `alg` and `kid`, and no `typ`.
    #[must_use]
    pub fn header(&self) -> Value {
        json!({ "alg": self.alg(), "kid": self.kid })
    }

    /// Signs a header and a payload, which need not be JSON.
    #[must_use]
    pub fn sign(&self, header: &str, payload: &str) -> String {
        self.sign_encoded(&format!("{}.{}", encoded(header.as_bytes()), encoded(payload.as_bytes())))
    }

    /// Signs header and payload as they stand in `message`: in base64url, with a dot between them.
    ///
    /// # Panics
    ///
    /// When this machine gives no random numbers.
    #[must_use]
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
