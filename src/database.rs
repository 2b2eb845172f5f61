//! Connections to SQLite, PostgreSQL, MySQL and MariaDB, opened on first use.

mod address;
mod concern;
mod pool;
mod reader;
mod statement;

use std::time::Duration;

use sea_orm::{DatabaseConnection, DbErr};

pub use self::{
    address::{Address, AddressFault, Transport, is_loopback},
    concern::{is_about_value, is_refusal},
};
pub(crate) use self::{
    concern::{code, is_answer, is_denied, is_unknown_column, is_unsupported, message},
    reader::Reader,
    statement::{Statement, query},
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
/// `url` is an [`Address`]. If it names a PostgreSQL schema, connections begin in that schema. Behind a pooler that refuses
/// this, open the [`Address`] itself, and give its schema to [`Naming`](crate::strategy::Naming). `timeout` bounds the wait
/// for a connection. Statements are not logged: their values are credentials.
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
