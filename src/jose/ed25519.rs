//! Public keys of Ed25519 (RFC 8032 section 5.1).

mod fixed_key;
mod small_order;

use std::sync::OnceLock;

use aws_lc_rs::signature::{ED25519, ParsedPublicKey};

use self::{fixed_key::FixedKey, small_order::has_small_order};

/// A public key.
pub struct Ed25519Key {
    octets: [u8; 32],
    parsed: ParsedPublicKey,
    /// `None` where this key cannot be quick.
    fixed: OnceLock<Option<FixedKey>>,
}

impl Ed25519Key {
    /// The key that is written so, unless it is none, or of small order: with that, some signatures are right for every message.
    pub fn new(octets: [u8; 32]) -> Option<Self> {
        if has_small_order(octets) {
            return None;
        }
        let parsed = ParsedPublicKey::new(&ED25519, octets).ok()?;
        Some(Self { octets, parsed, fixed: OnceLock::new() })
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.fixed.get() {
            Some(Some(fixed)) => fixed.verifies(message, signature),
            _ => self.parsed.verify_sig(message, signature).is_ok(),
        }
    }

    /// Whether it has been made quick.
    pub fn is_quick(&self) -> bool {
        self.fixed.get().is_some()
    }

    /// Works for some milliseconds and takes up 640 KiB, so that each signature takes half the time from then on.
    pub fn make_quick(&self) {
        self.fixed.get_or_init(|| FixedKey::new(self.octets));
    }
}
