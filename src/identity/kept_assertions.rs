use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};
use http::HeaderValue;
use parking_lot::RwLock;

/// Audiences of one identity that assertions are kept for; a deployment has a few.
const MAX_AUDIENCES: usize = 4;

/// The assertions that were minted for one verdict. They live with it where it is remembered, and are no part of what it says:
/// two identities are the same whatever is kept here.
#[derive(Clone, Default)]
pub struct KeptAssertions(Arc<RwLock<Vec<Minted>>>);

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
    /// The bytes to reckon with where a verdict is remembered: it is weighed before anything is minted, and most are for one
    /// audience.
    pub const SIZE: usize = 1024;

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
        if all.len() == MAX_AUDIENCES {
            all.remove(0);
        }
        all.push(minted);
        Ok(header)
    }
}

impl PartialEq for KeptAssertions {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for KeptAssertions {}

impl fmt::Debug for KeptAssertions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeptAssertions")
    }
}
