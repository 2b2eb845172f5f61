//! Compact JWE with a key that both sides have (RFC 7516 section 7.1; RFC 7518 sections 4.5 and 5.2.5).

use aws_lc_rs::{
    cipher::{AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey},
    constant_time::verify_slices_are_equal,
    digest, hmac,
    iv::FixedLength,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use super::jws::members;
use crate::error::Refusal;

/// Half of the key authenticates, half encrypts.
const HALF: usize = 32;
/// The authentication tag is the first half of an HMAC-SHA512.
const TAG: usize = 32;
const IV: usize = 16;

/// The parts of an encrypted text, as they stand in it.
pub struct Jwe<'a> {
    header: &'a str,
    iv: &'a str,
    ciphertext: &'a str,
    tag: &'a str,
}

impl<'a> Jwe<'a> {
    /// Five parts, of which only the second, the encrypted key, is empty.
    pub fn split(text: &'a str) -> Option<Self> {
        let mut parts = text.split('.');
        let mut part = || parts.next();
        let (header, key, iv, ciphertext, tag) = (part()?, part()?, part()?, part()?, part()?);
        let complete = key.is_empty() && ![header, iv, ciphertext, tag].contains(&"");
        (complete && parts.next().is_none()).then_some(Self { header, iv, ciphertext, tag })
    }

    /// The decrypted text, with the key of the header's `kid`, or without a `kid` with any key that fits.
    pub fn open(&self, keys: &[DirectKey]) -> Result<Vec<u8>, Refusal> {
        let header = members(self.header)?;
        let text = |name: &str| header.get(name).and_then(Value::as_str);
        if text("alg") != Some("dir") || text("enc") != Some("A256CBC-HS512") {
            return Err(Refusal::AlgorithmNotAllowed);
        }
        if header.contains_key("crit") || header.contains_key("zip") {
            return Err(Refusal::UnsupportedHeader);
        }
        let mut named = keys.iter().filter(|key| text("kid").is_none_or(|kid| kid == key.kid)).peekable();
        if named.peek().is_none() {
            return Err(Refusal::UnknownKey);
        }
        let sealed = self.decode()?;
        named.find_map(|key| key.open(&sealed)).ok_or(Refusal::BadSignature)
    }

    fn decode(&self) -> Result<Sealed<'a>, Refusal> {
        let octets = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed);
        let iv = octets(self.iv)?.try_into().map_err(|_| Refusal::Malformed)?;
        Ok(Sealed { header: self.header, iv, ciphertext: octets(self.ciphertext)?, tag: octets(self.tag)? })
    }
}

struct Sealed<'a> {
    /// Authenticated in the form in which it was sent.
    header: &'a str,
    iv: [u8; IV],
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
}

/// A key of 64 bytes for `A256CBC-HS512`.
pub struct DirectKey {
    /// Its thumbprint (RFC 7638).
    kid: String,
    authenticates: hmac::Key,
    encrypts: PaddedBlockDecryptingKey,
}

impl DirectKey {
    /// The key that these bytes are.
    pub fn new(octets: &[u8; 2 * HALF]) -> Self {
        let jwk = format!(r#"{{"k":"{}","kty":"oct"}}"#, BASE64_URL_SAFE_NO_PAD.encode(octets));
        let thumbprint = digest::digest(&digest::SHA256, jwk.as_bytes());
        let (authenticates, encrypts) = octets.split_at(HALF);
        let encrypts =
            UnboundCipherKey::new(&AES_256, encrypts).and_then(PaddedBlockDecryptingKey::cbc_pkcs7);
        Self {
            kid: BASE64_URL_SAFE_NO_PAD.encode(thumbprint),
            authenticates: hmac::Key::new(hmac::HMAC_SHA512, authenticates),
            encrypts: encrypts.expect("32 bytes are an AES-256 key"),
        }
    }

    /// Nothing is decrypted before its tag is found right, so the padding reveals nothing.
    fn open(&self, sealed: &Sealed) -> Option<Vec<u8>> {
        let Sealed { header, iv, ciphertext, tag } = sealed;
        let mut context = hmac::Context::with_key(&self.authenticates);
        let header_bits = u64::try_from(header.len() * 8).ok()?;
        for part in [header.as_bytes(), iv, ciphertext, &header_bits.to_be_bytes()] {
            context.update(part);
        }
        verify_slices_are_equal(&context.sign().as_ref()[..TAG], tag).ok()?;
        let mut text = ciphertext.clone();
        let iv = DecryptionContext::Iv128(FixedLength::from(iv));
        let plain = self.encrypts.decrypt(&mut text, iv).ok()?.len();
        text.truncate(plain);
        Some(text)
    }
}
