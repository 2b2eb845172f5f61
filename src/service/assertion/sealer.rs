use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    error::Unspecified,
    hkdf::{HKDF_SHA256, KeyType, Salt},
};
use secrecy::{ExposeSecret, SecretSlice};

use super::{key_ring::Term, signing_key::SigningKey};
use crate::jose::Algorithm;

const LENGTH: usize = 32;
const SALT: &[u8] = b"better-auth-verifier";
const INFO: &[u8] = b"signing keys of assertions";

/// Encrypts private keys for where they are kept (AES-256-GCM), with all that is said of them there: who can only read cannot
/// sign, and who can write cannot slip in a key, or change when one is used.
pub struct Sealer(RandomizedNonceKey);

/// Somebody else has sealed it, under another secret; or it was changed afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was sealed under another secret, or changed afterwards")]
pub struct NotOurs;

impl Sealer {
    /// Under a key derived from the secret (HKDF-SHA256, RFC 5869).
    pub fn new(secret: &str) -> Self {
        let derived = Salt::new(HKDF_SHA256, SALT).extract(secret.as_bytes());
        let mut octets = [0; LENGTH];
        let filled = derived.expand(&[INFO], KeyLength).and_then(|key| key.fill(&mut octets));
        filled.expect("one block is far below HKDF's limit");
        Self(RandomizedNonceKey::new(&AES_256_GCM, &octets).expect("its length"))
    }

    /// The nonce, and behind it the encrypted private key.
    pub fn seal(&self, key: &SigningKey, term: &Term) -> Result<Vec<u8>, Unspecified> {
        let private = key.to_pkcs8().map_err(|_| Unspecified)?;
        let mut sealed = private.expose_secret().to_vec();
        let aad = Aad::from(statement(key.kid(), key.algorithm(), term));
        let nonce = self.0.seal_in_place_append_tag(aad, &mut sealed)?;
        Ok([nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// The key that was sealed with just this said of it.
    pub fn open(
        &self,
        sealed: &[u8],
        kid: &str,
        algorithm: Algorithm,
        term: &Term,
    ) -> Result<SigningKey, NotOurs> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN).ok_or(NotOurs)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| NotOurs)?;
        let mut octets = sealed.to_vec();
        let aad = Aad::from(statement(kid, algorithm, term));
        let private = self.0.open_in_place(nonce, aad, &mut octets).map_err(|_| NotOurs)?.len();
        octets.truncate(private);
        let private = SecretSlice::from(octets);
        let key = SigningKey::from_pkcs8(algorithm, private.expose_secret()).map_err(|_| NotOurs)?;
        if key.kid() == kid { Ok(key) } else { Err(NotOurs) }
    }
}

/// What is said of a key beside it, all of it authenticated. No part can hold a line break.
fn statement(kid: &str, algorithm: Algorithm, term: &Term) -> String {
    let Term { generation, activates_at, retires_at } = term;
    let (activates_at, retires_at) = (activates_at.timestamp_millis(), retires_at.timestamp_millis());
    format!("{generation}\n{kid}\n{algorithm}\n{activates_at}\n{retires_at}")
}

struct KeyLength;

impl KeyType for KeyLength {
    fn len(&self) -> usize {
        LENGTH
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::Utc;

    use super::*;
    use crate::config;

    fn term() -> Term {
        Term::new(1, Utc::now(), Duration::from_hours(30 * 24))
    }

    #[test]
    fn what_was_sealed_is_the_same_key_again() {
        let term = term();
        for algorithm in config::Assertion::ALGORITHMS {
            let key = SigningKey::generate(algorithm).expect("a key");
            let sealed = Sealer::new("secret").seal(&key, &term).expect("sealed");
            let private = key.to_pkcs8().expect("its octets");
            let private = private.expose_secret();
            assert!(!sealed.windows(16).any(|part| private.windows(16).any(|other| part == other)));
            let opened = Sealer::new("secret").open(&sealed, key.kid(), algorithm, &term).expect("opened");
            assert_eq!(opened.jwk(), key.jwk());
        }
    }

    #[test]
    fn another_secret_and_every_change_are_noticed() {
        let (sealer, term) = (Sealer::new("secret"), term());
        let [key, other] = [(), ()].map(|()| SigningKey::generate(Algorithm::Es256).expect("a key"));
        let octets = sealer.seal(&key, &term).expect("sealed");
        let (kid, algorithm) = (key.kid(), Algorithm::Es256);
        assert!(sealer.open(&octets, kid, algorithm, &term).is_ok());

        assert!(Sealer::new("Secret").open(&octets, kid, algorithm, &term).is_err());
        assert!(sealer.open(&octets, other.kid(), algorithm, &term).is_err());
        assert!(sealer.open(&octets, kid, Algorithm::EdDsa, &term).is_err());
        let later = term.retires_at + Duration::from_millis(1);
        for changed in [
            Term { generation: 2, ..term },
            Term { activates_at: later, ..term },
            Term { retires_at: later, ..term },
        ] {
            assert!(sealer.open(&octets, kid, algorithm, &changed).is_err());
        }
        for at in 0..octets.len() {
            let mut changed = octets.clone();
            changed[at] ^= 1;
            assert!(sealer.open(&changed, kid, algorithm, &term).is_err(), "{at}");
            assert!(sealer.open(&octets[..at], kid, algorithm, &term).is_err(), "{at}");
        }
    }
}
