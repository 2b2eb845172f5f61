//! Public keys of Ed25519 (RFC 8032 section 5.1).

mod fixed_key;
mod small_order;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use aws_lc_rs::signature::{ED25519, ParsedPublicKey};
use parking_lot::RwLock;

use self::{fixed_key::FixedKey, small_order::has_small_order};

/// A public key. One that is in use can be made quick, which takes up 640 KiB: each signature then takes half the time.
pub struct Ed25519Key {
    octets: [u8; 32],
    parsed: ParsedPublicKey,
    speed: RwLock<Speed>,
    /// Whether it has verified a signature since the last such question.
    is_used: AtomicBool,
}

enum Speed {
    Usual,
    /// It is being made quick.
    Rising,
    Quick(Arc<FixedKey>),
    /// It cannot be quick.
    NeverQuick,
}

impl Ed25519Key {
    /// Reads a key; `None` if it is invalid or of small order: with such a key, some signatures fit every message.
    pub fn new(octets: [u8; 32]) -> Option<Self> {
        if has_small_order(octets) {
            return None;
        }
        let parsed = ParsedPublicKey::new(&ED25519, octets).ok()?;
        Some(Self { octets, parsed, speed: RwLock::new(Speed::Usual), is_used: AtomicBool::new(false) })
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let quick = match &*self.speed.read() {
            Speed::Quick(fixed) => Some(fixed.clone()),
            Speed::Usual | Speed::Rising | Speed::NeverQuick => None,
        };
        let holds = match quick {
            Some(fixed) => fixed.verifies(message, signature),
            None => self.parsed.verify_sig(message, signature).is_ok(),
        };
        if holds && !self.is_used.load(Ordering::Relaxed) {
            self.is_used.store(true, Ordering::Relaxed);
        }
        holds
    }

    /// Whether it can be made quick.
    pub fn is_slow(&self) -> bool {
        matches!(*self.speed.read(), Speed::Usual)
    }

    /// Whether it is quick, or is about to be.
    pub fn is_quick(&self) -> bool {
        matches!(*self.speed.read(), Speed::Rising | Speed::Quick(_))
    }

    /// Says that it is about to be [made quick](Self::make_quick).
    pub fn rise(&self) {
        *self.speed.write() = Speed::Rising;
    }

    /// Makes it quick. Works for some milliseconds.
    pub fn make_quick(&self) {
        let fixed = FixedKey::new(self.octets);
        *self.speed.write() = fixed.map_or(Speed::NeverQuick, |fixed| Speed::Quick(fixed.into()));
    }

    /// Gives up its 640 KiB, if it is quick and has verified no signature since this was last asked. Returns whether it has.
    pub fn give_way(&self) -> bool {
        let is_idle = !self.is_used.swap(false, Ordering::Relaxed);
        let gives_way = is_idle && matches!(*self.speed.read(), Speed::Quick(_));
        if gives_way {
            *self.speed.write() = Speed::Usual;
        }
        gives_way
    }
}
