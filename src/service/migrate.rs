//! What the command `migrate` does.

use std::time::Duration;

use anyhow::{anyhow, bail};
use sea_orm::ConnectionTrait;

use crate::{
    app::own_tables::OwnTables,
    config::Config,
    database::{Access, Transport, message},
    strategy::Triggers,
};

/// The database is there, or it is not.
const TRIGGER_TIMEOUT: Duration = Duration::from_secs(5);

/// What becomes of the triggers.
#[derive(Clone, Copy, Debug)]
pub enum TriggerChange {
    /// They are installed, or replaced by those of this version.
    Install,
    /// They are removed.
    Remove,
}

/// Creates or updates the service's own tables. Returns what was done, for people.
///
/// # Errors
///
/// When the database cannot be reached or refuses.
pub async fn migrate(config: &Config) -> anyhow::Result<&'static str> {
    if !config.has_own_tables() {
        bail!(
            "todos.enabled = false, revocation.persist = false and no profile of [forward_auth.profiles] has an assertion: \
             without to-dos, cut-offs and assertions this service has no tables of its own"
        );
    }
    OwnTables::create(&config.database.url).await?;
    Ok("database.url: the service's own tables are there and up to date")
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

/// Installs or removes the triggers by these statements, and changes nothing else. Returns what was done, for people.
///
/// # Errors
///
/// When the database cannot be reached or the role does not own the tables.
pub async fn change_triggers(config: &Config, change: TriggerChange) -> anyhow::Result<&'static str> {
    let database = config.kinds.session_table.database_url.open(Access::Write, TRIGGER_TIMEOUT);
    let triggers = revocation_triggers(config)?;
    let (statements, done) = match change {
        TriggerChange::Install => (
            triggers.install_sql(),
            "session_table.database_url: the revocation triggers are installed. The log of the service says `postgresql: ended \
             sessions are seen within …` once it hears them",
        ),
        TriggerChange::Remove => (
            triggers.remove_sql(),
            "session_table.database_url: the revocation triggers are removed. A sign-out is seen when cache.max_age is over",
        ),
    };
    database.execute_unprepared(&statements).await.map(|_| done).map_err(|error| {
        anyhow!(
            "session_table.database_url: the triggers could not be changed (it takes a role that owns Better Auth's \
             tables): {}",
            message(&error)
        )
    })
}
