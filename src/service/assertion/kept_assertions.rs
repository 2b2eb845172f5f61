use chrono::{DateTime, Utc};
use http::HeaderValue;
use parking_lot::RwLock;

/// The assertions that were minted for one verdict: a [memo](crate::Identity::memo) of its identity. There is at most one for each
/// audience, and audiences come from the configuration alone.
#[derive(Default)]
pub struct KeptAssertions(RwLock<Vec<Minted>>);

/// An assertion, and for whom and how long it may be handed out.
pub struct Minted {
    pub audience: Box<str>,
    /// The key that signed.
    pub kid: Box<str>,
    pub from: DateTime<Utc>,
    /// From then on another is minted.
    pub renew_at: DateTime<Utc>,
    pub header: HeaderValue,
}

impl KeptAssertions {
    /// The one for `audience` that the key `kid` has signed, or another.
    pub fn get_or_mint<E>(
        &self,
        audience: &str,
        kid: &str,
        now: DateTime<Utc>,
        mint: impl FnOnce() -> Result<Minted, E>,
    ) -> Result<HeaderValue, E> {
        // A clock that was set back would make one come from the future.
        let is_good = |minted: &&Minted| {
            minted.audience.as_ref() == audience
                && minted.kid.as_ref() == kid
                && (minted.from..minted.renew_at).contains(&now)
        };
        if let Some(minted) = self.0.read().iter().find(is_good) {
            return Ok(minted.header.clone());
        }
        // Requests that waited here find what another has minted.
        let mut all = self.0.write();
        if let Some(minted) = all.iter().find(is_good) {
            return Ok(minted.header.clone());
        }
        let minted = mint()?;
        let header = minted.header.clone();
        all.retain(|older| older.audience != minted.audience);
        all.push(minted);
        Ok(header)
    }
}
