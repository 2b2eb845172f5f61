//! What is kept in the service's own database.

use std::{path::absolute, time::Duration};

use anyhow::bail;
use tokio::time::timeout;

use super::{
    assertion::KeyRotation, cut_off_store::CutOffStore, ids::Ids, own_tables::OwnTables, todos::Todos,
};
use crate::config::{Config, exposed_file};

/// How long a request waits for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long the start waits for an answer.
const FIRST_LOOK: Duration = Duration::from_secs(5);

/// The stores that are in use, all in one database; it is not opened for none.
#[derive(Default)]
pub struct Stores {
    pub todos: Option<Todos>,
    pub cut_offs: Option<CutOffStore>,
    pub key_rotation: Option<KeyRotation>,
}

impl Stores {
    /// Opens them. A database that is out of reach may come back; one without the tables ends the start.
    pub async fn open(config: &Config, ids: Ids) -> anyhow::Result<Self> {
        if !config.has_own_tables() {
            return Ok(Self::default());
        }
        if let Some(path) = config.database.url.file_to_create().filter(|path| !path.exists()) {
            let path = absolute(path).unwrap_or(path.to_owned());
            bail!(
                "database.url: there is no file {} (a relative path begins where the service was started): run \
                 `better-auth-verifier migrate` to make it, or set todos.enabled and revocation.persist to false and leave the \
                 assertion of every profile empty",
                path.display()
            );
        }
        exposed_file::inspect("database.url", &config.database.url);
        let database = OwnTables::open(&config.database.url, CONNECT_TIMEOUT);
        match timeout(FIRST_LOOK, database.are_migrated()).await {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) => bail!(
                "database.url: tables of this service are missing or out of date: run `better-auth-verifier migrate`, or \
                 set todos.enabled and revocation.persist to false and leave the assertion of every profile empty"
            ),
            Ok(Err(error)) => tracing::warn!(%error, "database.url: out of reach"),
            Err(error) => tracing::warn!(%error, "database.url: out of reach"),
        }
        let key_rotation =
            config.has_assertions().then(|| KeyRotation::new(&config.assertion, database.clone()));
        Ok(Self {
            key_rotation: key_rotation.transpose()?,
            todos: config.todos.enabled.then(|| Todos::new(database.clone(), ids)),
            cut_offs: config
                .revocation
                .persist
                .then(|| CutOffStore::new(database, config.database.url.clone())),
        })
    }
}
