use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, EcdsaVerificationAlgorithm,
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;

use crate::jose::{Algorithm, ed25519::Ed25519Key};

/// RFC 7518 section 3.3.
const MIN_RSA_BITS: usize = 2048;
/// A check of a longer key would cost more than a caller may ask for.
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

/// Type and curve of a key.
#[derive(Clone, Copy)]
pub enum Kind {
    Ed25519,
    Ec(Curve),
    Rsa,
}

/// A curve of ECDSA (RFC 7518 section 3.4).
#[derive(Clone, Copy)]
pub enum Curve {
    P256,
    P384,
    P521,
}

impl Kind {
    /// What keys of this kind may be used with.
    pub fn algorithms(self) -> &'static [Algorithm] {
        match self {
            Self::Ed25519 => &[Algorithm::EdDsa],
            Self::Ec(Curve::P256) => &[Algorithm::Es256],
            Self::Ec(Curve::P384) => &[Algorithm::Es384],
            Self::Ec(Curve::P521) => &[Algorithm::Es512],
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

impl Curve {
    /// How many octets a coordinate has.
    fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }

    fn verification(self) -> &'static EcdsaVerificationAlgorithm {
        match self {
            Self::P256 => &ECDSA_P256_SHA256_FIXED,
            Self::P384 => &ECDSA_P384_SHA384_FIXED,
            Self::P521 => &ECDSA_P521_SHA512_FIXED,
        }
    }
}

impl Jwk {
    pub fn ensure_for_signatures(&self) -> Result<(), UnusableKey> {
        let is_for_signatures = self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|one| one == "verify"));
        if is_for_signatures { Ok(()) } else { Err(UnusableKey::NotForSignatures) }
    }

    pub fn kind(&self) -> Result<Kind, UnusableKey> {
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => Ok(Kind::Ed25519),
            ("EC", Some("P-256")) => Ok(Kind::Ec(Curve::P256)),
            ("EC", Some("P-384")) => Ok(Kind::Ec(Curve::P384)),
            ("EC", Some("P-521")) => Ok(Kind::Ec(Curve::P521)),
            ("RSA", _) => Ok(Kind::Rsa),
            _ => Err(UnusableKey::UnknownAlgorithm),
        }
    }

    /// The one of `possible` that `alg` names. It may be absent (RFC 7517 section 4.4), as with Better Auth 1.2: then all.
    pub fn algorithms(&self, possible: &'static [Algorithm]) -> Result<&'static [Algorithm], UnusableKey> {
        let Some(name) = &self.alg else { return Ok(possible) };
        let named = name.parse().map_err(|_| UnusableKey::UnknownAlgorithm)?;
        let at = possible.iter().position(|one| *one == named).ok_or(UnusableKey::UnknownAlgorithm)?;
        Ok(&possible[at..=at])
    }

    pub fn ed25519(&self) -> Result<Ed25519Key, UnusableKey> {
        let octets = decode(self.x.as_ref())?.try_into().map_err(|_| UnusableKey::BrokenValue)?;
        Ed25519Key::new(octets).ok_or(UnusableKey::BrokenValue)
    }

    /// Refuses a malformed point when the set is read, not when the first token needs it.
    pub fn ec(&self, curve: Curve) -> Result<ParsedPublicKey, UnusableKey> {
        let (x, y) = (octets(self.x.as_ref(), curve.size())?, octets(self.y.as_ref(), curve.size())?);
        // Uncompressed (SEC 1 section 2.3.3).
        let point = [vec![0x04], x, y].concat();
        ParsedPublicKey::new(curve.verification(), point).map_err(|_| UnusableKey::BrokenValue)
    }

    /// The key for each of these algorithms.
    pub fn rsa(&self, algorithms: &[Algorithm]) -> Result<Vec<ParsedPublicKey>, UnusableKey> {
        let (modulus, exponent) = (decode(self.n.as_ref())?, decode(self.e.as_ref())?);
        // Some write a zero before the modulus, which RFC 7518 section 6.3.1.1 does not and aws-lc refuses.
        let (modulus, exponent) = (without_zeros(&modulus), without_zeros(&exponent));
        let bits = modulus.len() * 8 - modulus.first().map_or(0, |octet| octet.leading_zeros() as usize);
        // An even or tiny exponent is no RSA exponent; e = 1 would let every signature pass.
        let exponent_is_sound =
            exponent.last().is_some_and(|octet| octet % 2 == 1) && exponent.len() <= 8 && exponent != [1];
        if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(&bits) || !exponent_is_sound {
            return Err(UnusableKey::BrokenValue);
        }
        let components = RsaPublicKeyComponents { n: modulus, e: exponent };
        let parse = |algorithm: &Algorithm| {
            let parameters = rsa_parameters(*algorithm).ok_or(UnusableKey::UnknownAlgorithm)?;
            components.to_parsed_public_key(parameters).map_err(|_| UnusableKey::BrokenValue)
        };
        algorithms.iter().map(parse).collect()
    }
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::Rs256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => Some(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => Some(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps256 => Some(&RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => Some(&RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => Some(&RSA_PSS_2048_8192_SHA512),
        Algorithm::EdDsa | Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 => None,
    }
}

fn without_zeros(octets: &[u8]) -> &[u8] {
    &octets[octets.iter().take_while(|octet| **octet == 0).count()..]
}

fn decode(value: Option<&String>) -> Result<Vec<u8>, UnusableKey> {
    let value = value.ok_or(UnusableKey::BrokenValue)?;
    BASE64_URL_SAFE_NO_PAD.decode(value).map_err(|_| UnusableKey::BrokenValue)
}

fn octets(value: Option<&String>, size: usize) -> Result<Vec<u8>, UnusableKey> {
    decode(value)
        .and_then(|octets| if octets.len() == size { Ok(octets) } else { Err(UnusableKey::BrokenValue) })
}
