use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{error::Refusal, strategy::signed_token::SessionToken};

/// The key of Better Auth's signatures: the secret's UTF-8 bytes, used as they are.
pub struct SigningKey(hmac::Key);

impl SigningKey {
    /// The key that `BETTER_AUTH_SECRET` is.
    pub fn new(secret: &str) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
    }

    /// Checks a signature in constant time. A raw token has none and passes: reading it was configured.
    pub fn check(&self, session_token: &SessionToken) -> Result<(), Refusal> {
        let SessionToken::Signed { token, signature } = session_token else {
            return Ok(());
        };
        let signature = BASE64_STANDARD.decode(signature).map_err(|_| Refusal::BadSignature)?;
        hmac::verify(&self.0, token.as_bytes(), &signature).map_err(|_| Refusal::BadSignature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // From a real server.
    const SECRET: &str = "test-secret-0123456789-abcdefghij-KLMNOPQ";
    const TOKEN: &str = "uGrJvFblN4Oy4dQKSk8ESBOEiokafC7t";
    const SIGNATURE: &str = "jpr44ee2+bipNtvKhjPckHVJwnIkw8Zp6ODfXSDMp00=";

    fn check(secret: &str, token: &str, signature: &str) -> Result<(), Refusal> {
        let signed = SessionToken::Signed { token: token.into(), signature: signature.into() };
        SigningKey::new(secret).check(&signed)
    }

    fn changed(text: &str, at: usize) -> String {
        let mut octets = text.as_bytes().to_vec();
        octets[at] = if octets[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(octets).expect("ASCII")
    }

    #[test]
    fn c1_a_signature_is_for_its_token_and_its_secret() {
        assert_eq!(check(SECRET, TOKEN, SIGNATURE), Ok(()));
        assert_eq!(check("another secret", TOKEN, SIGNATURE), Err(Refusal::BadSignature));
    }

    #[test]
    fn c1_every_single_character_change_is_refused() {
        for at in 0..TOKEN.len() {
            assert_eq!(check(SECRET, &changed(TOKEN, at), SIGNATURE), Err(Refusal::BadSignature));
        }
        for at in 0..SIGNATURE.len() {
            assert_eq!(check(SECRET, TOKEN, &changed(SIGNATURE, at)), Err(Refusal::BadSignature));
        }
    }
}
