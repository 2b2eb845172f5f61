use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};

use crate::jose::DirectKey;

const LENGTH: usize = 64;
const SALT: &[u8] = b"better-auth-session";
const INFO: &[u8] = b"BetterAuth.js Generated Encryption Key";

/// The key with which Better Auth encrypts its cookie cache: HKDF-SHA256 over the secret (RFC 5869).
pub fn encryption_key(secret: &str) -> DirectKey {
    let derived = Salt::new(HKDF_SHA256, SALT).extract(secret.as_bytes());
    let mut octets = [0; LENGTH];
    let filled = derived.expand(&[INFO], OutputLength).and_then(|key| key.fill(&mut octets));
    filled.expect("two blocks are far below HKDF's limit");
    DirectKey::new(&octets)
}

struct OutputLength;

impl KeyType for OutputLength {
    fn len(&self) -> usize {
        LENGTH
    }
}
