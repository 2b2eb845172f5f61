//! Better Auth's Redis.

use std::{error::Error, time::Duration};

use better_auth_verifier::{Cached, Chain, Fallback, Guarded, SecondaryStorage};

const TIMEOUT: Duration = Duration::from_secs(3);
const MAX_AGE: Duration = Duration::from_secs(10);

fn storage() -> Result<SecondaryStorage, Box<dyn Error>> {
    Ok(SecondaryStorage::new("redis://localhost", "a secret of at least thirty-two bytes", TIMEOUT)?)
}

#[cfg(feature = "session-table")]
fn with_table() -> Result<SecondaryStorage, Box<dyn Error>> {
    Ok(storage()?.with_table(crate::session_table::table()?))
}

pub fn chain() -> Result<Chain, Box<dyn Error>> {
    let chain = Chain::default();
    #[cfg(feature = "session-table")]
    let chain = chain.push(with_table()?);
    Ok(chain
        .push(Cached::new(Guarded::new(storage()?, TIMEOUT), MAX_AGE, 100_000))
        .push(Guarded::new(storage()?, TIMEOUT))
        .push(storage()?)
        .push(Cached::new(Fallback::new(Guarded::new(storage()?, TIMEOUT), storage()?), MAX_AGE, 100_000)))
}
