//! Connections to SQLite, PostgreSQL, MySQL and MariaDB, opened on first use.

mod address;
#[cfg(feature = "server")]
mod own_tables;
mod pool;
mod statement;

use std::{borrow::Cow, time::Duration};

use sea_orm::{DatabaseConnection, DbErr, RuntimeErr};
use sqlx::error::DatabaseError;
use tokio::time;

pub use self::address::{Address, AddressFault};
pub(crate) use self::statement::query;
#[cfg(feature = "server")]
pub(crate) use self::{
    address::{Transport, is_loopback},
    own_tables::OwnTables,
};

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
/// `url` is an [`Address`]. Where it names a PostgreSQL schema, connections begin in that one; behind a pooler that refuses
/// this open the [`Address`] itself, and name its schema to [`Naming`](crate::strategy::Naming). `timeout` bounds the wait for a
/// connection. Statements are not logged: their values are credentials.
///
/// # Errors
///
/// When the address cannot be read.
pub fn open(url: &str, access: Access, timeout: Duration) -> Result<DatabaseConnection, DbErr> {
    let address: Address = url.parse().map_err(|fault: AddressFault| {
        DbErr::Custom(format!("the address of the database: expected {fault}"))
    })?;
    Ok(address.in_its_schema().open(access, timeout))
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

/// Whether an error is the database's own answer that something is missing or not permitted, and no outage.
pub(crate) fn is_refusal(error: &DbErr) -> bool {
    // Class 42 of SQLSTATE: no such table or column, no permission. SQLite says 1 for all of them.
    code(error).is_some_and(|code| code.starts_with("42") || code == "1")
}

/// Whether an error is the database's own answer that it cannot take the value it was asked with.
pub(crate) fn is_about_value(error: &DbErr) -> bool {
    // Class 22 of SQLSTATE: data exceptions.
    code(error).is_some_and(|code| code.starts_with("22"))
}

/// Whether an error is MySQL's answer that there is no such column, and not that it is nobody's business.
pub(crate) fn is_unknown_column(error: &DbErr) -> bool {
    code(error).is_some_and(|code| code == "42S22")
}

fn code(error: &DbErr) -> Option<Cow<'_, str>> {
    let (DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Exec(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    error.as_database_error().and_then(DatabaseError::code)
}
