use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::Utc;
use moka::{Expiry, future::Cache};

use super::{Strategy, Verdict};
use crate::{credential::Credential, error::Unverified, identity::Identity};

/// Remembers what `S` verified, for at most `max_age` and never past the identity's own expiry.
///
/// Concurrent misses for one credential share one lookup. Refusals and outages are not remembered. The key is
/// [`Credential::digest`], so that neither tokens are kept nor a bearer's verdict is used for a cookie.
pub struct Cached<S> {
    inner: S,
    verified: Cache<[u8; 32], Identity>,
}

impl<S: Strategy> Cached<S> {
    /// `max_age` is how late a sign-out may be seen; `capacity` the number of identities kept.
    pub fn new(inner: S, max_age: Duration, capacity: u64) -> Self {
        let verified = Cache::builder().max_capacity(capacity).expire_after(UntilExpiry(max_age)).build();
        Self { inner, verified }
    }
}

impl<S: Strategy> Strategy for Cached<S> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn claims(&self, credential: &Credential) -> bool {
        self.inner.claims(credential)
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        let key = credential.digest(self.name());
        let remembered = self.verified.try_get_with(key, self.inner.verify(credential)).await;
        let identity = remembered.map_err(|shared: Arc<Unverified>| Arc::unwrap_or_clone(shared))?;
        if identity.expires_at < Utc::now() {
            // The cache counts time that passes, not what the clock says; a clock that was set or a machine that slept
            // makes them differ.
            return self.inner.verify(credential).await;
        }
        Ok(identity)
    }

    async fn probe(&self) -> Result<(), Unverified> {
        self.inner.probe().await
    }
}

struct UntilExpiry(Duration);

impl Expiry<[u8; 32], Identity> for UntilExpiry {
    fn expire_after_create(&self, _: &[u8; 32], identity: &Identity, _: Instant) -> Option<Duration> {
        let left = (identity.expires_at - Utc::now()).to_std().unwrap_or_default();
        Some(left.min(self.0))
    }
}
