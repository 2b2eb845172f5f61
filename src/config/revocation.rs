use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::SecretSlice;

use super::{confidential::HOOK_SECRET, reader::Reader};

/// The shortest secret that the Standard Webhooks specification permits.
const MIN_BYTES: usize = 24;
const PREFIX: &str = "whsec_";

/// How the service learns that a session or a user has ended.
#[derive(Clone, Debug)]
pub struct Revocation {
    /// The key of the hook's signatures; without one there is no hook.
    pub hook_secret: Option<SecretSlice<u8>>,
    /// Whether cut-offs are kept in the service's own database.
    pub persist: bool,
}

impl Revocation {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let expected =
            "empty, or a secret of at least 24 bytes, which may be given as `whsec_` and their base64";
        let hook_secret = reader.optional(HOOK_SECRET, expected, key);
        Self { hook_secret, persist: reader.get("revocation.persist") }
    }
}

/// The bytes of a secret, as the Standard Webhooks specification writes it or as plain text.
fn key(text: &str) -> Option<SecretSlice<u8>> {
    let bytes = match text.strip_prefix(PREFIX) {
        Some(encoded) => BASE64_STANDARD.decode(encoded).ok()?,
        None => text.as_bytes().to_vec(),
    };
    (bytes.len() >= MIN_BYTES).then(|| bytes.into())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_secret_is_a_text_or_base64_behind_its_prefix() {
        let bytes = |text: &str| key(text).map(|key| key.expose_secret().to_vec());
        assert_eq!(
            bytes("a secret of the tests, 30 bytes"),
            Some(b"a secret of the tests, 30 bytes".to_vec())
        );
        let encoded = format!("whsec_{}", BASE64_STANDARD.encode([7; 24]));
        assert_eq!(bytes(&encoded), Some(vec![7; 24]));
        for short in ["short", "whsec_AAAA", "whsec_not base64 at all, but long enough"] {
            assert_eq!(bytes(short), None, "{short}");
        }
    }
}
