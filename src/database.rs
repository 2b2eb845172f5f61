//! Connections to SQLite, PostgreSQL, MySQL and MariaDB, opened on first use.

use std::time::Duration;

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr};
use sqlx::{mysql::MySqlSslMode, postgres::PgSslMode};

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading somebody else's tables. A SQLite file is opened read-only and never created.
    Read,
    /// The service's own tables.
    Write,
}

/// Whether a database on another machine may be spoken to in clear text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// sqlx alone would fall back to clear text silently where the server offers no TLS.
    Required,
    /// As the address says, by default encrypted where the server offers it.
    Preferred,
}

/// Prepares a pool. Nothing is opened before the first query, so that a service starts while its database is away.
///
/// `timeout` bounds the wait for a connection. Statements are not logged: their values are credentials.
///
/// # Errors
///
/// When the address cannot be read.
pub async fn open(
    url: &str,
    access: Access,
    encryption: Encryption,
    timeout: Duration,
) -> Result<DatabaseConnection, DbErr> {
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
        });
    if encryption == Encryption::Required {
        options.map_sqlx_postgres_opts(|postgres| match postgres.get_ssl_mode() {
            PgSslMode::VerifyCa | PgSslMode::VerifyFull => postgres,
            _ => postgres.ssl_mode(PgSslMode::Require),
        });
        options.map_sqlx_mysql_opts(|mysql| match mysql.get_ssl_mode() {
            MySqlSslMode::VerifyCa | MySqlSslMode::VerifyIdentity => mysql,
            _ => mysql.ssl_mode(MySqlSslMode::Required),
        });
    }
    Database::connect(options).await
}
