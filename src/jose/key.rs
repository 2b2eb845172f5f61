//! One public key of a JWKS, bound to the one algorithm it may be used with (RFC 7517, RFC 8725 section 3.1).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey, VerificationAlgorithm,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, crypto::aws_lc::DEFAULT_PROVIDER};
use serde::Deserialize;

use super::Algorithm;

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
    /// Missing or broken members, a point off its curve, an RSA key that is too short or too long.
    #[error("its value is broken or of a refused size")]
    BrokenValue,
}

/// A key ready to check signatures of its one algorithm.
pub struct Key {
    algorithm: Algorithm,
    verifier: Verifier,
}

enum Verifier {
    Jsonwebtoken(DecodingKey, jsonwebtoken::Algorithm),
    /// jsonwebtoken knows no ES512.
    P521(ParsedPublicKey),
}

impl Key {
    /// The only algorithm this key may be used with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &Vec<u8>) -> bool {
        match &self.verifier {
            // The provider by name: an application that brings jsonwebtoken's other one too must not make us ask
            // which is the default.
            Verifier::Jsonwebtoken(key, algorithm) => (DEFAULT_PROVIDER.verifier_factory)(algorithm, key)
                .is_ok_and(|verifier| verifier.verify(message, signature).is_ok()),
            Verifier::P521(key) => key.verify_sig(message, signature).is_ok(),
        }
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
        let algorithm = jwk.algorithm()?;
        let verifier = match algorithm {
            Algorithm::EdDsa => {
                let x = octets(jwk.x.as_ref(), 32)?;
                parse(&ED25519, &x)?;
                Verifier::Jsonwebtoken(DecodingKey::from_ed_der(&x), jsonwebtoken::Algorithm::EdDSA)
            }
            Algorithm::Es256 => {
                let point = jwk.point(32)?;
                parse(&ECDSA_P256_SHA256_FIXED, &point)?;
                Verifier::Jsonwebtoken(DecodingKey::from_ec_der(&point), jsonwebtoken::Algorithm::ES256)
            }
            Algorithm::Es512 => Verifier::P521(parse(&ECDSA_P521_SHA512_FIXED, &jwk.point(66)?)?),
            Algorithm::Rs256 => Verifier::Jsonwebtoken(jwk.rsa()?, jsonwebtoken::Algorithm::RS256),
            Algorithm::Ps256 => Verifier::Jsonwebtoken(jwk.rsa()?, jsonwebtoken::Algorithm::PS256),
        };
        Ok(Self { algorithm, verifier })
    }
}

impl Jwk {
    /// The algorithm that `alg` names, if type and curve agree.
    ///
    /// Better Auth 1.2 lists no `alg`: then type and curve name it, and an RSA key, which could be of two, is RS256.
    fn algorithm(&self) -> Result<Algorithm, UnusableKey> {
        let candidates: &[Algorithm] = match (self.kty.as_str(), self.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => &[Algorithm::EdDsa],
            ("EC", Some("P-256")) => &[Algorithm::Es256],
            ("EC", Some("P-521")) => &[Algorithm::Es512],
            ("RSA", _) => &[Algorithm::Rs256, Algorithm::Ps256],
            _ => return Err(UnusableKey::UnknownAlgorithm),
        };
        match &self.alg {
            None => Ok(candidates[0]),
            Some(name) => {
                let named = name.parse().map_err(|_| UnusableKey::UnknownAlgorithm)?;
                candidates.contains(&named).then_some(named).ok_or(UnusableKey::UnknownAlgorithm)
            }
        }
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

    const X: &str = "xBBfTA_JVrOq4lY2Y9dWxasjrDJiJjUTLJsbgosLQzQ";

    fn key(jwk: &Value) -> Result<Algorithm, UnusableKey> {
        let jwk: Jwk = serde_json::from_value(jwk.clone()).expect("a JWK");
        Key::try_from(&jwk).map(|key| key.algorithm())
    }

    #[test]
    fn s10_ed25519_keys_are_known_by_both_names_and_by_none() {
        for alg in [json!("EdDSA"), json!("Ed25519"), json!(null)] {
            let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": X, "alg": alg});
            assert_eq!(key(&jwk), Ok(Algorithm::EdDsa));
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
        assert_eq!(okp("key_ops", json!(["verify"])), Ok(Algorithm::EdDsa));
        assert_eq!(okp("x", json!("AAAA")), Err(UnusableKey::BrokenValue));
    }

    #[test]
    fn s3_points_off_the_curve_are_refused() {
        let zeros = |size| BASE64_URL_SAFE_NO_PAD.encode(vec![1; size]);
        for (curve, size) in [("P-256", 32), ("P-521", 66)] {
            let jwk = json!({"kty": "EC", "crv": curve, "x": zeros(size), "y": zeros(size)});
            assert_eq!(key(&jwk), Err(UnusableKey::BrokenValue), "{curve}");
        }
    }

    #[test]
    fn s3_rsa_keys_have_at_least_2048_bits_and_a_sound_exponent() {
        let rsa = |octets: usize, first: u8, e: &[u8]| {
            let mut n = vec![0xFF; octets];
            n[0] = first;
            let encode = |octets: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(octets);
            key(&json!({"kty": "RSA", "n": encode(&n), "e": encode(e)}))
        };
        let e = [1, 0, 1];
        assert_eq!(rsa(256, 0xFF, &e), Ok(Algorithm::Rs256));
        assert_eq!(rsa(256, 0x7F, &e), Err(UnusableKey::BrokenValue));
        assert_eq!(rsa(128, 0xFF, &e), Err(UnusableKey::BrokenValue));
        assert_eq!(rsa(257, 0x00, &e), Ok(Algorithm::Rs256));
        assert_eq!(rsa(1025, 0xFF, &e), Err(UnusableKey::BrokenValue));
        for e in [&[1_u8][..], &[], &[2], &[0, 1]] {
            assert_eq!(rsa(256, 0xFF, e), Err(UnusableKey::BrokenValue));
        }
    }
}
