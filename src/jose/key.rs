//! One public key of a JWKS, used with one algorithm alone (RFC 7517, RFC 8725 section 3.1).

mod jwk;

use aws_lc_rs::signature::ParsedPublicKey;

use self::jwk::Kind;
pub use self::jwk::{Jwk, UnusableKey};
use super::{Algorithm, ed25519::Ed25519Key};
use crate::error::Refusal;

/// A key ready to check signatures.
pub struct Key {
    /// The algorithm that its entry names. Where it names none, those that its type and curve allow.
    algorithms: &'static [Algorithm],
    verifier: Verifier,
}

enum Verifier {
    Ed25519(Ed25519Key),
    /// Parsed once, for each of its algorithms in their order.
    Parsed(Vec<ParsedPublicKey>),
}

impl Key {
    /// The only algorithm that this key may be used with where these are accepted.
    pub fn algorithm(&self, accepted: &[Algorithm]) -> Result<Algorithm, Refusal> {
        let mut usable = self.algorithms.iter().filter(|algorithm| accepted.contains(algorithm));
        match (usable.next(), usable.next()) {
            (Some(only), None) => Ok(*only),
            (None, _) => Err(Refusal::KeyMismatch),
            (Some(_), Some(_)) => Err(Refusal::AmbiguousKey),
        }
    }

    /// The algorithms that it may be used with where any is accepted, for people.
    pub fn algorithms(&self) -> String {
        let names: Vec<_> = self.algorithms.iter().map(|algorithm| algorithm.name()).collect();
        names.join(" or ")
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let Some(at) = self.algorithms.iter().position(|one| *one == algorithm) else { return false };
        match &self.verifier {
            Verifier::Ed25519(key) => key.verifies(message, signature),
            Verifier::Parsed(keys) => keys[at].verify_sig(message, signature).is_ok(),
        }
    }

    /// The same as one of Ed25519, if it is one.
    pub fn ed25519(&self) -> Option<&Ed25519Key> {
        match &self.verifier {
            Verifier::Ed25519(key) => Some(key),
            Verifier::Parsed(_) => None,
        }
    }
}

impl TryFrom<&Jwk> for Key {
    type Error = UnusableKey;

    fn try_from(jwk: &Jwk) -> Result<Self, UnusableKey> {
        jwk.ensure_for_signatures()?;
        let kind = jwk.kind()?;
        let algorithms = jwk.algorithms(kind.algorithms())?;
        let verifier = match kind {
            Kind::Ed25519 => Verifier::Ed25519(jwk.ed25519()?),
            Kind::Ec(curve) => Verifier::Parsed(vec![jwk.ec(curve)?]),
            Kind::Rsa => Verifier::Parsed(jwk.rsa(algorithms)?),
        };
        Ok(Self { algorithms, verifier })
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        rand::SystemRandom,
        rsa::{KeyPair as RsaKeyPair, KeySize},
        signature::{KeyPair, RSA_PKCS1_SHA256},
    };
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::*;

    fn encoded(octets: &[u8]) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(octets)
    }

    const X: &str = "xBBfTA_JVrOq4lY2Y9dWxasjrDJiJjUTLJsbgosLQzQ";

    fn key(jwk: &Value) -> Result<&'static [Algorithm], UnusableKey> {
        let jwk: Jwk = serde_json::from_value(jwk.clone()).expect("a JWK");
        Key::try_from(&jwk).map(|key| key.algorithms)
    }

    #[test]
    fn s10_ed25519_keys_are_known_by_both_names_and_by_none() {
        for alg in [json!("EdDSA"), json!("Ed25519"), json!(null)] {
            let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": X, "alg": alg});
            assert_eq!(key(&jwk), Ok(&[Algorithm::EdDsa][..]));
        }
    }

    #[test]
    fn s2_type_curve_algorithm_and_use_must_agree() {
        let okp = |member: &str, value: Value| {
            let mut jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": X});
            jwk[member] = value;
            key(&jwk)
        };
        assert_eq!(okp("alg", json!("ES256")), Err(UnusableKey::UnknownAlgorithm));
        assert_eq!(okp("crv", json!("X25519")), Err(UnusableKey::UnknownAlgorithm));
        assert_eq!(okp("crv", json!("Ed448")), Err(UnusableKey::UnknownAlgorithm));
        assert_eq!(okp("kty", json!("oct")), Err(UnusableKey::UnknownAlgorithm));
        assert_eq!(okp("use", json!("enc")), Err(UnusableKey::NotForSignatures));
        assert_eq!(okp("key_ops", json!(["sign"])), Err(UnusableKey::NotForSignatures));
        assert_eq!(okp("key_ops", json!(["verify"])), Ok(&[Algorithm::EdDsa][..]));
        assert_eq!(okp("x", json!("AAAA")), Err(UnusableKey::BrokenValue));
    }

    /// RFC 7517 section 4.4: `alg` may be absent, but no key is used with two algorithms (RFC 8725 section 3.1).
    #[test]
    fn s2_a_key_without_alg_counts_where_one_accepted_algorithm_is_left_for_it() {
        let jwk = json!({ "kty": "RSA", "n": encoded(&[0xFF; 256]), "e": "AQAB" });
        let key = Key::try_from(&serde_json::from_value::<Jwk>(jwk).expect("a JWK")).expect("a key");
        for (accepted, expected) in [
            (Algorithm::DEFAULT, Err(Refusal::AmbiguousKey)),
            (Algorithm::ALL, Err(Refusal::AmbiguousKey)),
            (&[Algorithm::Ps256][..], Ok(Algorithm::Ps256)),
            (&[Algorithm::EdDsa, Algorithm::Rs512, Algorithm::Es256], Ok(Algorithm::Rs512)),
            (&[Algorithm::EdDsa, Algorithm::Es256], Err(Refusal::KeyMismatch)),
            (&[], Err(Refusal::KeyMismatch)),
        ] {
            assert_eq!(key.algorithm(accepted), expected, "{accepted:?}");
        }
    }

    #[test]
    fn s3_points_off_the_curve_or_at_infinity_are_refused() {
        for (curve, size) in [("P-256", 32), ("P-384", 48), ("P-521", 66)] {
            // (0, 0) stands for infinity in some formats; the last is larger than the field.
            for octet in [0, 1, 0xFF] {
                let coordinate = encoded(&vec![octet; size]);
                let jwk = json!({ "kty": "EC", "crv": curve, "x": coordinate, "y": coordinate });
                assert_eq!(key(&jwk), Err(UnusableKey::BrokenValue), "{curve}: {octet}");
            }
            // The octet that SEC 1 writes for infinity, and a point without its second coordinate.
            for (x, y) in [("AA", "AA"), ("", ""), (&*encoded(&vec![1; size]), "")] {
                let jwk = json!({ "kty": "EC", "crv": curve, "x": x, "y": y });
                assert_eq!(key(&jwk), Err(UnusableKey::BrokenValue), "{curve}: {x} {y}");
            }
        }
    }

    #[test]
    fn s3_rsa_keys_have_at_least_2048_bits_and_a_sound_exponent() {
        let rsa = |octets: usize, first: u8, e: &[u8]| {
            let mut n = vec![0xFF; octets];
            n[0] = first;
            key(&json!({"kty": "RSA", "alg": "RS256", "n": encoded(&n), "e": encoded(e)}))
        };
        let (e, usable) = ([1, 0, 1], Ok(&[Algorithm::Rs256][..]));
        assert_eq!(rsa(256, 0xFF, &e), usable);
        assert_eq!(rsa(256, 0x7F, &e), Err(UnusableKey::BrokenValue));
        assert_eq!(rsa(128, 0xFF, &e), Err(UnusableKey::BrokenValue));
        assert_eq!(rsa(257, 0x00, &e), usable);
        assert_eq!(rsa(1025, 0xFF, &e), Err(UnusableKey::BrokenValue));
        for e in [&[1_u8][..], &[], &[2], &[0, 1]] {
            assert_eq!(rsa(256, 0xFF, e), Err(UnusableKey::BrokenValue));
        }
    }

    #[test]
    fn a_zero_before_the_modulus_changes_nothing() {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), b"message", &mut signature).expect("a signature");
        let modulus = pair.public_key().modulus().big_endian_without_leading_zero().to_vec();
        for modulus in [modulus.clone(), [vec![0], modulus].concat()] {
            let jwk = json!({ "kty": "RSA", "n": encoded(&modulus), "e": "AQAB" });
            let key = Key::try_from(&serde_json::from_value::<Jwk>(jwk).expect("a JWK")).expect("a key");
            let by = |algorithm, message: &[u8]| key.verifies(algorithm, message, &signature);
            assert!(by(Algorithm::Rs256, b"message"));
            assert!(!by(Algorithm::Rs256, b"another"));
            for another in [Algorithm::Rs512, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa] {
                assert!(!by(another, b"message"), "{another}");
            }
        }
    }
}
