use std::{sync::Arc, time::Duration};

use anyhow::Context;
use better_auth_verifier_entity::signing_key::{ActiveModel, Column, Entity, Model};
use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, SqlErr,
};
use tokio::task;

use super::{
    key_ring::{KeyRing, RingKey, Term},
    sealer::Sealer,
    signing_key::SigningKey,
};
use crate::{
    app::{database_answer::within, own_tables::OwnTables},
    jose::Algorithm,
};

/// A database that hangs is given up after this.
const TIMEOUT: Duration = Duration::from_secs(3);
/// More keys than are ever in use: somebody who writes to the table cannot make the service read without end.
pub const MAX_ROWS: usize = 100;
/// What a key has signed is long over by then.
pub const KEPT: Duration = Duration::from_hours(1);

/// The signing keys in the service's own tables. Only what was sealed under the secret is a key.
#[derive(Clone)]
pub struct KeyStore {
    tables: OwnTables,
    sealer: Arc<Sealer>,
}

impl KeyStore {
    pub fn new(tables: OwnTables, secret: &str) -> Self {
        Self { tables, sealer: Arc::new(Sealer::new(secret)) }
    }

    /// The newest rows, the newest first.
    pub async fn rows(&self) -> Result<Vec<Model>, DbErr> {
        let newest = Entity::find().order_by_desc(Column::Generation).limit(MAX_ROWS as u64);
        within(TIMEOUT, newest.all(&self.tables)).await
    }

    /// The keys in these rows.
    pub fn open(&self, rows: &[Model]) -> KeyRing {
        KeyRing::new(rows.iter().filter_map(|row| self.key(row)).collect())
    }

    /// Those of the rows that hold no key which was sealed under the secret, in the same order.
    pub fn foreign<'a>(&self, rows: &'a [Model]) -> Vec<&'a Model> {
        rows.iter().filter(|row| self.key(row).is_none()).collect()
    }

    fn key(&self, row: &Model) -> Option<RingKey> {
        let term = Term {
            generation: row.generation,
            activates_at: DateTime::from_timestamp_millis(row.activates_at)?,
            retires_at: DateTime::from_timestamp_millis(row.retires_at)?,
        };
        let key = self.sealer.open(&row.sealed, &row.kid, row.algorithm.parse().ok()?, &term).ok()?;
        Some(RingKey { key, term })
    }

    /// Makes a key, sealed and ready to be kept.
    pub async fn make(&self, algorithm: Algorithm, term: Term) -> anyhow::Result<Model> {
        let sealer = self.sealer.clone();
        // The search for primes takes a moment.
        let made = task::spawn_blocking(move || {
            let key = SigningKey::generate(algorithm)?;
            let octets = sealer.seal(&key, &term).context("a signing key could not be sealed")?;
            Ok(Model {
                generation: term.generation,
                kid: key.kid().to_owned(),
                algorithm: algorithm.name().to_owned(),
                activates_at: term.activates_at.timestamp_millis(),
                retires_at: term.retires_at.timestamp_millis(),
                sealed: octets,
            })
        });
        made.await?
    }

    /// Keeps a key, unless another instance has been faster. Returns whether it is kept.
    pub async fn keep(&self, row: Model) -> Result<bool, DbErr> {
        let row: ActiveModel = row.into_active_model();
        match within(TIMEOUT, Entity::insert(row).exec_without_returning(&self.tables)).await {
            Ok(_) => Ok(true),
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Deletes these keys, and all that retired long ago.
    pub async fn forget_superseded(&self, generations: Vec<i64>, now: DateTime<Utc>) -> Result<(), DbErr> {
        let retired = Column::RetiresAt.lt((now - KEPT).timestamp_millis());
        self.forget(Condition::any().add(retired).add(Column::Generation.is_in(generations))).await
    }

    /// Deletes all keys before `generation`, and these.
    pub async fn forget_before(&self, generation: i64, others: Vec<i64>) -> Result<(), DbErr> {
        let older = Column::Generation.lt(generation);
        self.forget(Condition::any().add(older).add(Column::Generation.is_in(others))).await
    }

    /// Deletes all keys.
    pub async fn forget_all(&self) -> Result<(), DbErr> {
        within(TIMEOUT, Entity::delete_many().exec(&self.tables)).await.map(|_| ())
    }

    async fn forget(&self, which: Condition) -> Result<(), DbErr> {
        within(TIMEOUT, Entity::delete_many().filter(which).exec(&self.tables)).await.map(|_| ())
    }
}
