//! Connections to SQLite, PostgreSQL, MySQL and MariaDB, opened on first use.

use std::{str::FromStr, time::Duration};

use futures_util::future::BoxFuture;
use sea_orm::{
    DatabaseConnection, DbErr, SqlxMySqlConnector, SqlxPostgresConnector, SqlxSqliteConnector, sqlx,
};
use sqlx::{
    ConnectOptions, Connection, Database, mysql::MySqlConnectOptions, pool::PoolOptions,
    postgres::PgConnectOptions, sqlite::SqliteConnectOptions,
};
use tokio::time;

/// A connection that lay idle longer may have lost its server; one in steady use is not asked.
const FRESH: Duration = Duration::from_secs(1);
/// A connection whose server does not answer by then is given up when it comes back to the pool.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(1);
const MAX_CONNECTIONS: u32 = 16;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading Better Auth's tables. A SQLite file is opened read-only and never created.
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
pub fn open(url: &str, access: Access, timeout: Duration) -> Result<DatabaseConnection, DbErr> {
    let pool = match url.split(':').next() {
        Some("sqlite") => {
            let options = parse::<SqliteConnectOptions>(url)?.busy_timeout(timeout);
            let options = match access {
                Access::Read => options.read_only(true).create_if_missing(false),
                Access::Write => options,
            };
            SqlxSqliteConnector::from_sqlx_sqlite_pool(pool(timeout).connect_lazy_with(options))
        }
        Some("mysql") => {
            let options = parse::<MySqlConnectOptions>(url)?;
            let options = match access {
                // Better Auth's driver leaves the zone to the server: with the same zone its dates read as it wrote them.
                Access::Read if !url.contains("timezone=") => options.timezone(None::<String>),
                _ => options,
            };
            SqlxMySqlConnector::from_sqlx_mysql_pool(pool(timeout).connect_lazy_with(options))
        }
        _ => {
            let options = parse::<PgConnectOptions>(url)?;
            SqlxPostgresConnector::from_sqlx_postgres_pool(pool(timeout).connect_lazy_with(options))
        }
    };
    Ok(pool)
}

fn parse<O: ConnectOptions + FromStr<Err = sqlx::Error>>(url: &str) -> Result<O, DbErr> {
    let options: O = url.parse().map_err(|error: sqlx::Error| DbErr::Custom(error.to_string()))?;
    Ok(options.disable_statement_logging())
}

fn pool<D: Database>(timeout: Duration) -> PoolOptions<D> {
    PoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(timeout)
        .test_before_acquire(false)
        .before_acquire(|connection: &mut D::Connection, about| {
            Box::pin(async move {
                if about.idle_for > FRESH { connection.ping().await.map(|()| true) } else { Ok(true) }
            })
        })
        .after_release(|connection, _| answers(connection))
}

/// The pool itself waits for ever for a connection whose peer has silently gone, and one waiting is one less to use.
fn answers<C: Connection>(connection: &mut C) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
    Box::pin(async move {
        let ping = time::timeout(RELEASE_TIMEOUT, connection.ping()).await;
        // An error closes the connection without a farewell that could hang as well.
        ping.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(|()| true)
    })
}
