//! What the command `migrate` does.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use sea_orm::ConnectionTrait;

use super::{database_answer::message, own_tables::OwnTables, private_files};
use crate::{
    config::Config,
    database::{Access, Transport},
    strategy::Triggers,
};

/// A migration may wait longer for its connection than a request.
pub const MIGRATION_TIMEOUT: Duration = Duration::from_secs(30);
/// The database is there, or it is not.
const TRIGGER_TIMEOUT: Duration = Duration::from_secs(5);

/// Creates or updates the service's own tables.
///
/// # Errors
///
/// When the database cannot be reached or refuses.
pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    if !config.has_own_tables() {
        bail!(
            "todos.enabled = false, revocation.persist = false and no profile of [forward_auth.profiles] has an assertion: \
             without to-dos, cut-offs and assertions this service has no tables of its own"
        );
    }
    let address = &config.database.url;
    private_files::create(address).context("database.url")?;
    let tables = OwnTables::open(address, MIGRATION_TIMEOUT);
    tables.migrate().await.context("database.url: the tables could not be created")
}

/// The triggers by which PostgreSQL tells of revocations, for Better Auth's tables as they are called here.
///
/// # Errors
///
/// When the tables are not in a PostgreSQL.
pub fn revocation_triggers(config: &Config) -> anyhow::Result<Triggers> {
    let address = &config.kinds.session_table.database_url;
    if !address.is_postgres() {
        bail!(
            "session_table.database_url: only PostgreSQL has revocation triggers; SQLite, MySQL and MariaDB need none"
        );
    }
    if let (Transport::Plain(mode), false) = (address.transport(), config.better_auth.allow_insecure) {
        bail!(
            "session_table.database_url: expected {mode} or stricter, or better_auth.allow_insecure = true"
        );
    }
    Ok(Triggers::new(&config.kinds.session_table.naming))
}

/// Installs or removes the triggers, and changes nothing else.
///
/// # Errors
///
/// When the database cannot be reached or the role does not own the tables.
pub async fn change_triggers(config: &Config, statements: &str) -> anyhow::Result<()> {
    let database = config.kinds.session_table.database_url.open(Access::Write, TRIGGER_TIMEOUT);
    database.execute_unprepared(statements).await.map(|_| ()).map_err(|error| {
        anyhow!(
            "session_table.database_url: the triggers could not be changed (it takes a role that owns Better Auth's \
             tables): {}",
            message(&error)
        )
    })
}
