use std::str::FromStr;

use base64::{Engine, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret, SecretSlice};

/// The secret that the plugin and a [`Hook`](super::Hook) share. Parse it from its text: any of at least 24 bytes, or `whsec_`
/// and the base64 of that many, as the Standard Webhooks specification writes it.
#[derive(Clone, Debug)]
pub struct HookSecret(SecretSlice<u8>);

/// A text is no secret for a [`Hook`](super::Hook).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a secret of at least 24 bytes, which may be given as `whsec_` and their base64")]
pub struct ShortHookSecret;

impl HookSecret {
    /// The least number of bytes that the Standard Webhooks specification permits.
    pub(crate) const MIN_BYTES: usize = 24;
    pub(crate) const PREFIX: &str = "whsec_";

    /// The bytes themselves, the key of the signatures.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl FromStr for HookSecret {
    type Err = ShortHookSecret;

    fn from_str(text: &str) -> Result<Self, ShortHookSecret> {
        let bytes = match text.strip_prefix(Self::PREFIX) {
            Some(encoded) => BASE64_STANDARD.decode(encoded).map_err(|_| ShortHookSecret)?,
            None => text.as_bytes().to_vec(),
        };
        if bytes.len() < Self::MIN_BYTES {
            return Err(ShortHookSecret);
        }
        Ok(Self(bytes.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_a_text_or_base64_behind_its_prefix() {
        let bytes = |text: &str| text.parse().ok().map(|secret: HookSecret| secret.expose_secret().to_vec());
        assert_eq!(
            bytes("a secret of the tests, 30 bytes"),
            Some(b"a secret of the tests, 30 bytes".to_vec())
        );
        let encoded = format!("whsec_{}", BASE64_STANDARD.encode([7; 24]));
        assert_eq!(bytes(&encoded), Some(vec![7; 24]));
        for short in ["", "short", "whsec_AAAA", "whsec_not base64 at all, but long enough"] {
            assert_eq!(bytes(short), None, "{short}");
        }
    }
}
