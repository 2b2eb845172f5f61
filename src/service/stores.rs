//! What is kept in the service's own database.

use super::{assertion::KeyRotation, todos::Todos};
use crate::{
    app::{cut_off_store::CutOffStore, ids::Ids, own_tables::OwnTables},
    config::Config,
};

const REMEDY: &str = "run `better-auth-verifier migrate`, or set todos.enabled and revocation.persist to false and leave the \
                      assertion of every profile empty";

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
        let database = OwnTables::open_created(&config.database.url, REMEDY).await?;
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
