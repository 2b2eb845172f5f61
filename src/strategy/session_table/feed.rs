//! How the tables tell that a session or a user has changed: each database has its own way.

mod mysql;
mod postgres;
mod sqlite;
mod triggers;

use std::{convert::Infallible, sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use sea_orm::DbBackend;
use sqlx::{postgres::PgConnectOptions, sqlite::SqliteConnectOptions};
use tokio::time;

pub use self::triggers::Triggers;
use super::SessionTable;
use crate::revocation::Feed;

/// Whoever listens does not wait longer for a connection or an answer.
const PATIENCE: Duration = Duration::from_millis(500);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
enum FeedError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Table(#[from] super::InspectError),
    #[error("no answer within {PATIENCE:?}")]
    Timeout(#[from] time::error::Elapsed),
    #[error("the connection has ended")]
    Closed,
    #[error("the queue of notifications is filling up: does a session that listens stand in a transaction?")]
    QueueIsFull,
}

/// What a database tells of its changes.
enum Source<'a> {
    Sqlite(Arc<SqliteConnectOptions>),
    Postgres(Arc<PgConnectOptions>, Triggers),
    MySql(&'a SessionTable),
}

/// Follows the tables for as long as it is polled. Whenever that ends it begins anew.
pub async fn follow(table: &SessionTable, feed: &Feed) {
    let source = Source::of(table);
    let line = feed.line(source.name());
    line.lost("nobody listens yet");
    let mut pauses = pauses();
    loop {
        let begun = time::Instant::now();
        let Err(error) = source.listen(&line).await;
        line.lost(error);
        if begun.elapsed() > MAX_PAUSE {
            pauses = self::pauses();
        }
        time::sleep(pauses.next().unwrap_or(MAX_PAUSE)).await;
    }
}

impl<'a> Source<'a> {
    fn of(table: &'a SessionTable) -> Self {
        let database = &table.database;
        match database.get_database_backend() {
            DbBackend::Sqlite => Self::Sqlite(database.get_sqlite_connection_pool().connect_options()),
            DbBackend::Postgres => {
                let options = database.get_postgres_connection_pool().connect_options();
                Self::Postgres(options, Triggers::new(&table.naming))
            }
            _ => Self::MySql(table),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(..) => "postgresql",
            Self::MySql(_) => "mysql",
        }
    }

    async fn listen(&self, line: &Feed) -> Result<Infallible, FeedError> {
        match self {
            Self::Sqlite(options) => sqlite::listen(options, line).await,
            Self::Postgres(options, triggers) => postgres::listen(options, triggers, line).await,
            Self::MySql(table) => mysql::poll(table, line).await,
        }
    }
}

fn pauses() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(MAX_PAUSE)
        .with_jitter()
        .without_max_times()
        .build()
}
