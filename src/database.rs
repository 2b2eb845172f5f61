//! Connections to SQLite, PostgreSQL, MySQL and MariaDB, opened on first use.

mod concern;

use std::{str::FromStr, sync::Arc, time::Duration};

use sea_orm::{
    DatabaseConnection, DbBackend, DbErr, QueryResult, RuntimeErr, SqlxMySqlConnector, SqlxPostgresConnector,
    SqlxSqliteConnector, sqlx,
};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Database, Encode, Executor, IntoArguments, Pool, Type,
    mysql::MySqlConnectOptions,
    pool::{PoolConnection, PoolOptions},
    postgres::PgConnectOptions,
    sqlite::SqliteConnectOptions,
};
use tokio::time;

pub(crate) use self::concern::{is_about_value, is_denied, is_refusal, is_unknown_column};

/// A connection that lay idle longer may have lost its server; one in steady use is not asked.
const FRESH: Duration = Duration::from_secs(1);
/// A connection whose server does not answer by then is given up.
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
            SqlxSqliteConnector::from_sqlx_sqlite_pool(pool(access, timeout).connect_lazy_with(options))
        }
        Some("mysql") => {
            let options = parse::<MySqlConnectOptions>(url)?;
            let options = match access {
                // Better Auth's driver leaves the zone to the server: with the same zone its dates read as it wrote them.
                Access::Read if !url.contains("timezone=") => options.timezone(None::<String>),
                _ => options,
            };
            SqlxMySqlConnector::from_sqlx_mysql_pool(pool(access, timeout).connect_lazy_with(options))
        }
        _ => {
            let options = parse::<PgConnectOptions>(url)?;
            SqlxPostgresConnector::from_sqlx_postgres_pool(pool(access, timeout).connect_lazy_with(options))
        }
    };
    Ok(pool)
}

fn parse<O: ConnectOptions + FromStr<Err = sqlx::Error>>(url: &str) -> Result<O, DbErr> {
    let options: O = url.parse().map_err(|error: sqlx::Error| DbErr::Custom(error.to_string()))?;
    Ok(options.disable_statement_logging())
}

fn pool<D: Database>(access: Access, timeout: Duration) -> PoolOptions<D> {
    let bound = RELEASE_TIMEOUT.min(timeout / 2);
    let options = PoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(timeout)
        .test_before_acquire(false)
        .before_acquire(move |connection: &mut D::Connection, about| {
            Box::pin(async move {
                if about.idle_for > FRESH { answers(connection, bound).await } else { Ok(true) }
            })
        });
    match access {
        // Look-ups see to it themselves, see `Lent`.
        Access::Read => options,
        Access::Write => options.after_release(move |connection, _| Box::pin(answers(connection, bound))),
    }
}

/// An error closes the connection without a farewell, which could hang as well.
async fn answers<C: Connection>(connection: &mut C, bound: Duration) -> Result<bool, sqlx::Error> {
    let ping = time::timeout(bound, connection.ping()).await;
    ping.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(|()| true)
}

/// A connection that goes back to its pool in time or not at all.
///
/// The pool itself waits for ever for one whose peer has silently gone, and one waiting is one less to use (sqlx 0.9).
struct Lent<D: Database>(PoolConnection<D>);

impl<D: Database> Drop for Lent<D> {
    fn drop(&mut self) {
        tokio::spawn(time::timeout(RELEASE_TIMEOUT, self.0.return_to_pool()));
    }
}

/// The rows of a query with these values.
///
/// # Errors
///
/// When no connection can be had, or the database refuses.
pub(crate) async fn query(
    database: &DatabaseConnection,
    sql: &Arc<str>,
    values: Vec<String>,
) -> Result<Vec<QueryResult>, DbErr> {
    let rows = match database.get_database_backend() {
        DbBackend::Postgres => rows(database.get_postgres_connection_pool(), sql, values).await,
        DbBackend::MySql => rows(database.get_mysql_connection_pool(), sql, values).await,
        _ => rows(database.get_sqlite_connection_pool(), sql, values).await,
    };
    rows.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))
}

async fn rows<D: Database>(
    pool: &Pool<D>,
    sql: &Arc<str>,
    values: Vec<String>,
) -> Result<Vec<QueryResult>, sqlx::Error>
where
    String: for<'q> Encode<'q, D> + Type<D>,
    D::Arguments: IntoArguments<D>,
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    QueryResult: From<D::Row>,
{
    let mut lent = Lent(pool.acquire().await?);
    let query = sqlx::query::<D>(AssertSqlSafe(sql.clone()));
    let query = values.into_iter().fold(query, sqlx::query::Query::bind);
    Ok(query.fetch_all(&mut *lent.0).await?.into_iter().map(QueryResult::from).collect())
}

/// What the database itself says of an error, without what the driver wraps around it.
#[cfg(feature = "server")]
pub(crate) fn message(error: &DbErr) -> String {
    match error {
        DbErr::Query(RuntimeErr::SqlxError(inner)) | DbErr::Exec(RuntimeErr::SqlxError(inner)) => {
            inner.as_database_error().map_or_else(|| inner.to_string(), |error| error.message().to_owned())
        }
        _ => error.to_string(),
    }
}

/// Gives up what takes too long.
#[cfg(feature = "server")]
pub(crate) async fn within<T>(
    bound: Duration,
    work: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    let late = || DbErr::Custom(format!("no answer within {bound:?}"));
    time::timeout(bound, work).await.unwrap_or_else(|_| Err(late()))
}
