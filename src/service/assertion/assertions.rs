use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use http::HeaderValue;
use parking_lot::RwLock;
use serde_json::{Value, json};

use super::{
    claims::Claims,
    kept_assertions::{KeptAssertions, Minted},
    key_ring::KeyRing,
    signing_key::SigningKey,
};
use crate::{
    error::{Refusal, Undecidable, Unverified},
    identity::Identity,
    jose::Algorithm,
};

/// Mints assertions with the key whose turn it is. Clones share the keys.
#[derive(Clone)]
pub struct Assertions {
    issuer: Arc<str>,
    algorithm: Algorithm,
    lifetime: Duration,
    ring: Arc<RwLock<Arc<KeyRing>>>,
}

impl Assertions {
    /// They name `issuer`, are signed with `algorithm`, and live for `lifetime`. Until there are [keys](Self::replace) none is
    /// minted.
    pub fn new(issuer: &str, algorithm: Algorithm, lifetime: Duration) -> Self {
        Self { issuer: issuer.into(), algorithm, lifetime, ring: Arc::default() }
    }

    /// From now on these are the keys.
    pub fn replace(&self, ring: KeyRing) {
        *self.ring.write() = Arc::new(ring);
    }

    /// The keys.
    pub fn ring(&self) -> Arc<KeyRing> {
        self.ring.read().clone()
    }

    /// An assertion of `identity` for `audience`, fit to be a header: the one that was minted for the same verdict, until half of
    /// its life is over or another key signs.
    ///
    /// # Errors
    ///
    /// Where the identity is over, or ends in this very second: a strategy may allow for clocks that differ, but an assertion that
    /// is over is of no use, and its dates are whole seconds. And while there is no key to sign with.
    pub fn assertion(
        &self,
        identity: &Identity,
        audience: &str,
        now: DateTime<Utc>,
    ) -> Result<HeaderValue, Unverified> {
        if identity.expires_at.timestamp() <= now.timestamp() {
            return Err(Refusal::Expired.into());
        }
        let ring = self.ring();
        let key = ring.signing(self.algorithm, now).ok_or_else(|| {
            Unverified::unavailable("assertion: there is no key to sign with yet, or no longer")
        })?;
        let mint = || self.mint(key, identity, audience, now);
        Ok(identity.memo::<KeptAssertions>().get_or_mint(audience, key.kid(), now, mint)?)
    }

    fn mint(
        &self,
        key: &SigningKey,
        identity: &Identity,
        audience: &str,
        now: DateTime<Utc>,
    ) -> Result<Minted, Undecidable> {
        let expires_at = identity.expires_at.min(now + self.lifetime);
        // One that ends with its identity would not live longer for being minted anew.
        let renew_at = if expires_at < now + self.lifetime { expires_at } else { now + self.lifetime / 2 };
        let claims = Claims::new(&self.issuer, audience, identity, now, expires_at);
        let token = key.sign(&claims).map_err(Undecidable::unavailable)?;
        let mut header = HeaderValue::try_from(token).expect("base64 and dots");
        header.set_sensitive(true);
        Ok(Minted { audience: audience.into(), kid: key.kid().into(), from: now, renew_at, header })
    }

    /// The JWKS of the keys that an assertion may be signed with (RFC 7517 section 5); nothing while there are none.
    pub fn key_set(&self, now: DateTime<Utc>) -> Option<Value> {
        let ring = self.ring();
        let keys: Vec<_> = ring.published(self.lifetime, now).map(SigningKey::jwk).collect();
        (!keys.is_empty()).then(|| json!({ "keys": keys }))
    }
}

#[cfg(test)]
mod tests;
