//! Better Auth's own database.

use std::{error::Error, time::Duration};

use better_auth_verifier::{
    AnyStrategy, Cached, Chain, Fallback, Guarded, Revocations, SessionTable,
    database::{self, Access},
};

const TIMEOUT: Duration = Duration::from_secs(3);
const MAX_AGE: Duration = Duration::from_secs(10);

pub(crate) fn table() -> Result<SessionTable, Box<dyn Error>> {
    let database = database::open("postgres://reader@localhost/auth", Access::Read, TIMEOUT)?;
    Ok(SessionTable::new(database, "a secret of at least thirty-two bytes", TIMEOUT))
}

/// The recommended one first.
pub fn chain(revocations: &Revocations) -> Result<Chain, Box<dyn Error>> {
    Ok(Chain::default()
        .push(
            Cached::new(Guarded::new(table()?, TIMEOUT), MAX_AGE, 100_000)
                .with_revocations(revocations.clone())
                .with_stale_if_unavailable(Duration::from_secs(60)),
        )
        .push(Cached::new(table()?, MAX_AGE, 100_000))
        .push(Guarded::new(table()?, TIMEOUT))
        .push(table()?)
        .push(Fallback::new(Cached::new(Guarded::new(table()?, TIMEOUT), MAX_AGE, 100_000), table()?))
        .push(Cached::new(AnyStrategy::new(Guarded::new(table()?, TIMEOUT)), MAX_AGE, 100_000)))
}
