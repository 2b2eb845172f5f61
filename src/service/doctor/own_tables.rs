//! The tables of this service.

use std::time::Duration;

use tokio::time::timeout;

use super::{
    database::unreachable,
    finding::{Area, Finding},
};
use crate::{
    app::own_tables::OwnTables,
    config::{Config, exposed_file},
    database::Access,
};

const TIMEOUT: Duration = Duration::from_secs(5);
const KEY: &str = "database.url";

/// Looks whether they are there, and makes none.
pub async fn examine(config: &Config) -> Vec<Finding> {
    if !config.has_own_tables() {
        return Vec::new();
    }
    let address = &config.database.url;
    let migrate = "Run `better-auth-verifier migrate`; or do without them: todos.enabled = false, revocation.persist = false \
                   and no profile with an assertion";
    if address.file().is_some_and(|file| !file.exists()) {
        let found = format!("this service has no tables of its own yet: {} is not there", address.place());
        return vec![Finding::broken(Area::OwnTables, found).key(KEY).remedy(migrate)];
    }
    let mut findings: Vec<_> = exposed_file::concerns(address)
        .into_iter()
        .map(|concern| {
            Finding::warning(Area::OwnTables, concern).key(KEY).remedy("Keep others from this file")
        })
        .collect();
    let tables = OwnTables::open_for(Access::Read, address, TIMEOUT);
    if let Some(finding) = unreachable(tables.database(), address, Area::OwnTables, KEY).await {
        findings.push(finding);
        return findings;
    }
    findings.push(match timeout(TIMEOUT, tables.are_migrated()).await {
        Ok(Ok(true)) => Finding::fine(
            Area::OwnTables,
            format!("this service's own tables are there ({})", address.place()),
        )
        .key(KEY),
        Ok(Ok(false)) => Finding::broken(
            Area::OwnTables,
            format!("tables of this service are missing or out of date ({})", address.place()),
        )
        .key(KEY)
        .remedy(migrate),
        Ok(Err(error)) => {
            Finding::broken(Area::OwnTables, format!("this service's tables cannot be read: {error}"))
                .key(KEY)
                .remedy("Look into the database's own log")
        }
        Err(_) => {
            Finding::broken(Area::OwnTables, format!("this service's tables: no answer within {TIMEOUT:?}"))
                .key(KEY)
                .remedy("Look into the database's own log")
        }
    });
    findings
}
