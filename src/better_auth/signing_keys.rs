//! The keys of HMAC signatures: on Better Auth's session tokens, in two forms of its cookie cache, on your own tokens.

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::SessionToken;
use crate::error::Refusal;

/// The secrets' UTF-8 bytes, used as they are. They do not print. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SigningKeys(Arc<[hmac::Key]>);

impl SigningKeys {
    /// The keys of these secrets. The first signs, all verify.
    pub fn new<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        Self(secrets.map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())).collect())
    }

    /// The signature over `message`.
    pub fn sign(&self, message: &[u8]) -> hmac::Tag {
        hmac::sign(&self.0[0], message)
    }

    /// A session token signed with each of the keys, as it stands in a cookie.
    pub fn session_cookies(&self, token: &str) -> impl Iterator<Item = String> {
        self.0.iter().map(move |key| {
            let signature = BASE64_STANDARD.encode(hmac::sign(key, token.as_bytes()));
            format!("{token}.{}", utf8_percent_encode(&signature, NON_ALPHANUMERIC))
        })
    }

    /// Validates a session token and verifies its signature. A raw one has none and passes: the configuration allows it.
    pub fn verify_token(&self, session_token: &SessionToken) -> Result<(), Refusal> {
        session_token.validate()?;
        let Some(signature) = session_token.signature() else { return Ok(()) };
        let signature = BASE64_STANDARD.decode(signature).map_err(|_| Refusal::BadSignature)?;
        self.verify(session_token.token().as_bytes(), &signature)
    }

    /// Whether these are clones of the same keys; equal keys do not count.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Verifies a signature over `message` in constant time.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Refusal> {
        #[cfg(test)]
        crate::tally::count("HMAC");
        let signed = self.0.iter().any(|key| hmac::verify(key, message, signature).is_ok());
        signed.then_some(()).ok_or(Refusal::BadSignature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // From a real server.
    const SECRET: &str = "test-secret-0123456789-abcdefghij-KLMNOPQ";
    const TOKEN: &str = "uGrJvFblN4Oy4dQKSk8ESBOEiokafC7t";
    const SIGNATURE: &str = "jpr44ee2+bipNtvKhjPckHVJwnIkw8Zp6ODfXSDMp00=";

    fn verify(secret: &str, token: &str, signature: &str) -> Result<(), Refusal> {
        let signed = SessionToken::signed(&format!("{token}.{signature}")).ok_or(Refusal::BadSignature)?;
        SigningKeys::new([secret].into_iter()).verify_token(&signed)
    }

    fn changed(text: &str, at: usize) -> String {
        let mut octets = text.as_bytes().to_vec();
        octets[at] = if octets[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(octets).expect("ASCII")
    }

    #[test]
    fn c1_a_signature_is_for_its_token_and_its_secret() {
        assert_eq!(verify(SECRET, TOKEN, SIGNATURE), Ok(()));
        assert_eq!(verify("another secret", TOKEN, SIGNATURE), Err(Refusal::BadSignature));
    }

    #[test]
    fn c1_every_single_character_change_is_refused() {
        for at in 0..TOKEN.len() {
            assert_eq!(verify(SECRET, &changed(TOKEN, at), SIGNATURE), Err(Refusal::BadSignature));
        }
        for at in 0..SIGNATURE.len() {
            assert_eq!(verify(SECRET, TOKEN, &changed(SIGNATURE, at)), Err(Refusal::BadSignature));
        }
    }
}
