//! One public key of a JWKS, used with one algorithm alone (RFC 7517, RFC 8725 section 3.1).

use std::sync::OnceLock;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey,
    VerificationAlgorithm,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, crypto::aws_lc::DEFAULT_PROVIDER};
use serde::Deserialize;

use super::{
    Algorithm,
    ed25519::{FixedKey, has_small_order},
};
use crate::error::Refusal;

/// RFC 7518 section 3.3.
const MIN_RSA_BITS: usize = 2048;
/// Beyond it a signature costs more than a caller may ask for.
const MAX_RSA_BITS: usize = 8192;

/// A public key as a JWKS lists it. Private members are not read, symmetric keys not known.
#[derive(Deserialize)]
pub struct Jwk {
    pub kid: Option<String>,
    kty: String,
    crv: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

/// Why an entry of a key set is passed over.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnusableKey {
    /// Not a key for checking signatures.
    #[error("it is not for signatures")]
    NotForSignatures,
    /// Its type, curve and algorithm do not name one algorithm of the table.
    #[error("type, curve and algorithm do not fit together or are not known")]
    UnknownAlgorithm,
    /// Missing or broken members, a point off its curve or of small order, an RSA key that is too short or too long.
    #[error("its value is broken or of a refused size")]
    BrokenValue,
}

/// A key ready to check signatures.
pub struct Key {
    /// The algorithm that its entry names. Where it names none, those that its type and curve allow.
    algorithms: &'static [Algorithm],
    verifier: Verifier,
}

enum Verifier {
    Jsonwebtoken(DecodingKey),
    Ed25519 {
        octets: [u8; 32],
        parsed: ParsedPublicKey,
        /// Nothing as long as nobody has made it, or where the key has none.
        fixed: OnceLock<Option<FixedKey>>,
    },
    /// jsonwebtoken knows no ES512.
    P521(ParsedPublicKey),
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

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &Vec<u8>) -> bool {
        match (&self.verifier, of_jsonwebtoken(algorithm)) {
            // The provider by name: an application that brings jsonwebtoken's other one too must not make us ask
            // which is the default.
            (Verifier::Jsonwebtoken(key), Some(algorithm)) => {
                (DEFAULT_PROVIDER.verifier_factory)(&algorithm, key)
                    .is_ok_and(|verifier| verifier.verify(message, signature).is_ok())
            }
            (Verifier::Ed25519 { parsed, fixed, .. }, Some(_)) => match fixed.get() {
                Some(Some(fixed)) => fixed.verifies(message, signature),
                _ => parsed.verify_sig(message, signature).is_ok(),
            },
            (Verifier::P521(key), None) => key.verify_sig(message, signature).is_ok(),
            (Verifier::Jsonwebtoken(_) | Verifier::Ed25519 { .. }, None) | (Verifier::P521(_), Some(_)) => {
                false
            }
        }
    }

    /// Whether it can be made [quicker](Self::make_quick), and has been.
    pub fn is_quick(&self) -> Option<bool> {
        match &self.verifier {
            Verifier::Ed25519 { fixed, .. } => Some(fixed.get().is_some()),
            Verifier::Jsonwebtoken(_) | Verifier::P521(_) => None,
        }
    }

    /// Works for some milliseconds and takes up 640 KiB, so that each signature takes half the time from then on.
    pub fn make_quick(&self) {
        if let Verifier::Ed25519 { octets, fixed, .. } = &self.verifier {
            fixed.get_or_init(|| FixedKey::new(*octets));
        }
    }
}

/// What jsonwebtoken calls an algorithm, if it knows it.
fn of_jsonwebtoken(algorithm: Algorithm) -> Option<jsonwebtoken::Algorithm> {
    match algorithm {
        Algorithm::EdDsa => Some(jsonwebtoken::Algorithm::EdDSA),
        Algorithm::Es256 => Some(jsonwebtoken::Algorithm::ES256),
        Algorithm::Es384 => Some(jsonwebtoken::Algorithm::ES384),
        Algorithm::Es512 => None,
        Algorithm::Rs256 => Some(jsonwebtoken::Algorithm::RS256),
        Algorithm::Rs384 => Some(jsonwebtoken::Algorithm::RS384),
        Algorithm::Rs512 => Some(jsonwebtoken::Algorithm::RS512),
        Algorithm::Ps256 => Some(jsonwebtoken::Algorithm::PS256),
        Algorithm::Ps384 => Some(jsonwebtoken::Algorithm::PS384),
        Algorithm::Ps512 => Some(jsonwebtoken::Algorithm::PS512),
    }
}

impl TryFrom<&Jwk> for Key {
    type Error = UnusableKey;

    fn try_from(jwk: &Jwk) -> Result<Self, UnusableKey> {
        let for_signatures = jwk.usage.as_deref().is_none_or(|usage| usage == "sig")
            && jwk.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|one| one == "verify"));
        if !for_signatures {
            return Err(UnusableKey::NotForSignatures);
        }
        let kind = jwk.kind()?;
        let algorithms = jwk.algorithms(kind.algorithms())?;
        let verifier = match kind {
            Kind::Ed25519 => jwk.ed25519()?,
            Kind::P256 => Verifier::Jsonwebtoken(jwk.ec(&ECDSA_P256_SHA256_FIXED, 32)?),
            Kind::P384 => Verifier::Jsonwebtoken(jwk.ec(&ECDSA_P384_SHA384_FIXED, 48)?),
            Kind::P521 => Verifier::P521(parse(&ECDSA_P521_SHA512_FIXED, &jwk.point(66)?)?),
            Kind::Rsa => Verifier::Jsonwebtoken(jwk.rsa()?),
        };
        Ok(Self { algorithms, verifier })
    }
}

/// Type and curve of a key.
#[derive(Clone, Copy)]
enum Kind {
    Ed25519,
    P256,
    P384,
    P521,
    Rsa,
}

impl Kind {
    /// What keys of this kind may be used with.
    fn algorithms(self) -> &'static [Algorithm] {
        match self {
            Self::Ed25519 => &[Algorithm::EdDsa],
            Self::P256 => &[Algorithm::Es256],
            Self::P384 => &[Algorithm::Es384],
            Self::P521 => &[Algorithm::Es512],
            Self::Rsa => &[
                Algorithm::Rs256,
                Algorithm::Rs384,
                Algorithm::Rs512,
                Algorithm::Ps256,
                Algorithm::Ps384,
                Algorithm::Ps512,
            ],
        }
    }
}

impl Jwk {
    fn kind(&self) -> Result<Kind, UnusableKey> {
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => Ok(Kind::Ed25519),
            ("EC", Some("P-256")) => Ok(Kind::P256),
            ("EC", Some("P-384")) => Ok(Kind::P384),
            ("EC", Some("P-521")) => Ok(Kind::P521),
            ("RSA", _) => Ok(Kind::Rsa),
            _ => Err(UnusableKey::UnknownAlgorithm),
        }
    }

    /// The one of `possible` that `alg` names. It may be absent (RFC 7517 section 4.4), as with Better Auth 1.2: then all.
    fn algorithms(&self, possible: &'static [Algorithm]) -> Result<&'static [Algorithm], UnusableKey> {
        let Some(name) = &self.alg else { return Ok(possible) };
        let named = name.parse().map_err(|_| UnusableKey::UnknownAlgorithm)?;
        let at = possible.iter().position(|one| *one == named).ok_or(UnusableKey::UnknownAlgorithm)?;
        Ok(&possible[at..=at])
    }

    fn ed25519(&self) -> Result<Verifier, UnusableKey> {
        let octets: [u8; 32] = decode(self.x.as_ref())?.try_into().map_err(|_| UnusableKey::BrokenValue)?;
        // With such a key some signatures are right for every message.
        if has_small_order(octets) {
            return Err(UnusableKey::BrokenValue);
        }
        let parsed = parse(&ED25519, &octets)?;
        Ok(Verifier::Ed25519 { octets, parsed, fixed: OnceLock::new() })
    }

    fn ec(
        &self,
        algorithm: &'static dyn VerificationAlgorithm,
        size: usize,
    ) -> Result<DecodingKey, UnusableKey> {
        let point = self.point(size)?;
        parse(algorithm, &point)?;
        Ok(DecodingKey::from_ec_der(&point))
    }

    /// The uncompressed point (SEC 1 section 2.3.3) of a curve whose coordinates have `size` octets.
    fn point(&self, size: usize) -> Result<Vec<u8>, UnusableKey> {
        Ok([vec![0x04], octets(self.x.as_ref(), size)?, octets(self.y.as_ref(), size)?].concat())
    }

    fn rsa(&self) -> Result<DecodingKey, UnusableKey> {
        let modulus = decode(self.n.as_ref())?;
        let exponent = decode(self.e.as_ref())?;
        let exponent = &exponent[exponent.iter().take_while(|octet| **octet == 0).count()..];
        let leading = modulus.iter().take_while(|octet| **octet == 0).count();
        let bits = modulus[leading..].len() * 8
            - modulus.get(leading).map_or(0, |octet| octet.leading_zeros() as usize);
        // An even or tiny exponent is no RSA exponent; e = 1 would let every signature pass.
        let exponent_is_sound =
            exponent.last().is_some_and(|octet| octet % 2 == 1) && exponent.len() <= 8 && exponent != [1];
        if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits) || !exponent_is_sound {
            return Err(UnusableKey::BrokenValue);
        }
        Ok(DecodingKey::from_rsa_raw_components(&modulus, exponent))
    }
}

fn decode(value: Option<&String>) -> Result<Vec<u8>, UnusableKey> {
    let value = value.ok_or(UnusableKey::BrokenValue)?;
    BASE64_URL_SAFE_NO_PAD.decode(value).map_err(|_| UnusableKey::BrokenValue)
}

fn octets(value: Option<&String>, size: usize) -> Result<Vec<u8>, UnusableKey> {
    decode(value)
        .and_then(|octets| if octets.len() == size { Ok(octets) } else { Err(UnusableKey::BrokenValue) })
}

/// Refuses a malformed point when the set is read, not when the first token needs it.
fn parse(
    algorithm: &'static dyn VerificationAlgorithm,
    value: &[u8],
) -> Result<ParsedPublicKey, UnusableKey> {
    ParsedPublicKey::new(algorithm, value).map_err(|_| UnusableKey::BrokenValue)
}

#[cfg(test)]
mod tests {
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
}
