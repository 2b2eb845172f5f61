use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED, ParsedPublicKey, VerificationAlgorithm};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use serde::Deserialize;

use crate::jose::{Algorithm, ed25519::Ed25519Key};

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

/// Type and curve of a key.
#[derive(Clone, Copy)]
pub enum Kind {
    Ed25519,
    P256,
    P384,
    P521,
    Rsa,
}

impl Kind {
    /// What keys of this kind may be used with.
    pub fn algorithms(self) -> &'static [Algorithm] {
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
    pub fn ensure_for_signatures(&self) -> Result<(), UnusableKey> {
        let is_for_signatures = self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|one| one == "verify"));
        if is_for_signatures { Ok(()) } else { Err(UnusableKey::NotForSignatures) }
    }

    pub fn kind(&self) -> Result<Kind, UnusableKey> {
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

    pub fn ec(
        &self,
        algorithm: &'static dyn VerificationAlgorithm,
        size: usize,
    ) -> Result<DecodingKey, UnusableKey> {
        let point = self.point(size)?;
        parse(algorithm, &point)?;
        Ok(DecodingKey::from_ec_der(&point))
    }

    pub fn p521(&self) -> Result<ParsedPublicKey, UnusableKey> {
        parse(&ECDSA_P521_SHA512_FIXED, &self.point(66)?)
    }

    /// The uncompressed point (SEC 1 section 2.3.3) of a curve whose coordinates have `size` octets.
    fn point(&self, size: usize) -> Result<Vec<u8>, UnusableKey> {
        Ok([vec![0x04], octets(self.x.as_ref(), size)?, octets(self.y.as_ref(), size)?].concat())
    }

    pub fn rsa(&self) -> Result<DecodingKey, UnusableKey> {
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
