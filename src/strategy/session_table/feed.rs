//! Feeds of session changes in the tables: each database has its own way.

mod mysql;
mod postgres;
mod sqlite;
mod triggers;

use std::{convert::Infallible, sync::Arc, time::Duration};

use sea_orm::DbBackend;
use sqlx::sqlite::SqliteConnectOptions;
use tokio::time;

pub use self::triggers::Triggers;
use super::SessionTable;
use crate::{
    backoff::backoff,
    better_auth::tables::InspectError,
    revocation::{Feed, Feeds},
};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
enum FeedError {
    #[error("{}", words(.0))]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Table(#[from] InspectError),
    #[error("no answer in time")]
    Timeout(#[from] time::error::Elapsed),
    #[error("the database has returned to an earlier state (failover or restored backup?)")]
    Rewound,
    #[error("so many sessions have ended at once that reading them takes longer than usual")]
    Behind,
}

/// The database's own words, where it answered: without what the driver wraps around them.
fn words(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |answer| answer.message().to_owned())
}

/// The source of a database's changes.
enum Source<'a> {
    Sqlite(Arc<SqliteConnectOptions>),
    Postgres(postgres::Channel),
    MySql(&'a SessionTable),
}

/// Follows the tables for as long as it is polled. After each failure it begins anew.
pub async fn follow(table: &SessionTable, feeds: &Feeds) {
    let source = Source::of(table);
    let feed = feeds.open(source.name());
    feed.awaited();
    let mut pauses = backoff(FIRST_PAUSE, MAX_PAUSE);
    loop {
        let begun = time::Instant::now();
        let Err(error) = source.listen(feeds, &feed).await;
        feed.lost(error);
        if begun.elapsed() > MAX_PAUSE {
            pauses = backoff(FIRST_PAUSE, MAX_PAUSE);
        }
        time::sleep(pauses.next().unwrap_or(MAX_PAUSE)).await;
    }
}

impl<'a> Source<'a> {
    fn of(table: &'a SessionTable) -> Self {
        let database = table.reader.database();
        match database.get_database_backend() {
            DbBackend::Sqlite => Self::Sqlite(database.get_sqlite_connection_pool().connect_options()),
            DbBackend::Postgres => {
                let options = database.get_postgres_connection_pool().connect_options();
                Self::Postgres(postgres::Channel::new(options, Triggers::new(&table.naming)))
            }
            _ => Self::MySql(table),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgresql",
            Self::MySql(_) => "mysql",
        }
    }

    async fn listen(&self, feeds: &Feeds, feed: &Feed) -> Result<Infallible, FeedError> {
        match self {
            Self::Sqlite(options) => sqlite::listen(options, feed).await,
            Self::Postgres(channel) => channel.listen(feed).await,
            Self::MySql(table) => mysql::poll(table, feeds, feed).await,
        }
    }
}
