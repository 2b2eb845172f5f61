//! Connections to SQLite, PostgreSQL, MySQL and MariaDB, opened on first use.

use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use sqlx::Connection;
use tokio::time;

/// A connection whose server does not answer by then is given up when it comes back to the pool.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(1);

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading somebody else's tables. A SQLite file is opened read-only and never created.
    Read,
    /// The service's own tables.
    Write,
}

/// Prepares a pool. Nothing is opened before the first query, so that a service starts while its database is away.
///
/// `timeout` bounds the wait for a connection. Statements are not logged: their values are credentials.
///
/// # Errors
///
/// When the address cannot be read.
pub async fn open(url: &str, access: Access, timeout: Duration) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options
        .connect_lazy(true)
        .max_connections(16)
        .acquire_timeout(timeout)
        .connect_timeout(timeout)
        .sqlx_logging(false)
        // A connection that lay idle may have lost its server; one in steady use is not pinged.
        .test_before_acquire(false)
        .test_before_acquire_if_idle_for(Duration::from_secs(1))
        .map_sqlx_sqlite_opts(move |sqlite| match access {
            Access::Read => sqlite.read_only(true).create_if_missing(false).busy_timeout(timeout),
            Access::Write => sqlite.busy_timeout(timeout),
        })
        .map_sqlx_postgres_pool_opts(|pool| pool.after_release(|connection, _| answers(connection)))
        .map_sqlx_mysql_pool_opts(|pool| pool.after_release(|connection, _| answers(connection)));
    Database::connect(options).await
}

/// The pool itself waits for ever for a connection whose peer has silently gone, and one waiting is one less to use.
fn answers<C: Connection>(connection: &mut C) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
    Box::pin(async move {
        let ping = time::timeout(RELEASE_TIMEOUT, connection.ping()).await;
        // An error closes the connection without a farewell that could hang as well.
        ping.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(|()| true)
    })
}
