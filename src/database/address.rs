mod encryption;
mod fault;
mod mysql;
mod parameters;
mod parts;
mod postgres;
mod sqlite;
#[cfg(test)]
mod tests;
mod transport;

use std::{fmt, path::Path, str::FromStr};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{mysql::MySqlConnectOptions, postgres::PgConnectOptions};

use self::sqlite::{File, Mode};
pub use self::{
    fault::AddressFault,
    transport::{Transport, is_loopback},
};

/// The address of a database, in the spelling of any driver: libpq and `sqlx`, Prisma, JDBC, `SQLAlchemy`, node-postgres and
/// mysql2. Parameters that change the connection are applied; those that concern only another driver are ignored; any
/// other parameter is a fault.
#[derive(Clone)]
pub struct Address {
    written: SecretString,
    pub(super) driver: Driver,
    schema: Option<String>,
}

/// The options of the connection.
#[derive(Clone)]
pub(super) enum Driver {
    Sqlite(Box<File>),
    Postgres(Box<PgConnectOptions>),
    MySql(Box<MySqlConnectOptions>),
}

impl Address {
    /// The address as it was written, its password with it.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.written.expose_secret()
    }

    /// Its target, for people: without the account and without parameters.
    #[must_use]
    pub fn place(&self) -> String {
        let server = |kind: &str, host: &str, port: u16, database: Option<&str>| {
            format!("{kind} at {host}:{port}, database {:?}", database.unwrap_or_default())
        };
        match &self.driver {
            Driver::Sqlite(file) => format!("SQLite in {}", file.options.get_filename().display()),
            Driver::Postgres(options) => {
                server("PostgreSQL", options.get_host(), options.get_port(), options.get_database())
            }
            Driver::MySql(options) => {
                server("MySQL", options.get_host(), options.get_port(), options.get_database())
            }
        }
    }

    /// The PostgreSQL schema it names for tables: Prisma's `schema`, JDBC's `currentSchema`, a `search_path` of one.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The same, and connections begin in its schema.
    pub(super) fn in_its_schema(mut self) -> Self {
        if let (Driver::Postgres(options), Some(schema)) = (&mut self.driver, self.schema.take()) {
            let path = format!("\"{}\"", schema.replace('"', "\"\""));
            **options = options.as_ref().clone().options([("search_path", path)]);
        }
        self
    }

    /// The file of a SQLite database, unless that is kept in memory.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.driver {
            Driver::Sqlite(file) if file.mode != Mode::Memory => Some(file.options.get_filename()),
            _ => None,
        }
    }

    /// The file of a SQLite database that is created if it is missing.
    #[must_use]
    pub fn file_to_create(&self) -> Option<&Path> {
        match &self.driver {
            Driver::Sqlite(file) if file.mode == Mode::Created => Some(file.options.get_filename()),
            _ => None,
        }
    }

    /// Whether it leads to a SQLite database.
    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        matches!(self.driver, Driver::Sqlite(_))
    }

    /// Whether it leads to a PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self.driver, Driver::Postgres(_))
    }
}

impl FromStr for Address {
    type Err = AddressFault;

    fn from_str(written: &str) -> Result<Self, AddressFault> {
        let (driver, schema) = read(written.trim())?;
        Ok(Self { written: written.into(), driver, schema })
    }
}

/// Equal if written alike.
impl PartialEq for Address {
    fn eq(&self, other: &Self) -> bool {
        self.expose_secret() == other.expose_secret()
    }
}

impl Eq for Address {}

/// Without the address itself, which may hold a password.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.driver {
            Driver::Sqlite(_) => "Address(sqlite)",
            Driver::Postgres(_) => "Address(postgres)",
            Driver::MySql(_) => "Address(mysql)",
        })
    }
}

fn read(text: &str) -> Result<(Driver, Option<String>), AddressFault> {
    if text.starts_with(['"', '\'']) {
        return Err(AddressFault::Quoted);
    }
    if sqlite::is_path(text) {
        return Ok((Driver::Sqlite(Box::new(sqlite::read_path(text)?)), None));
    }
    let (scheme, rest) = text.split_once(':').ok_or(AddressFault::Scheme)?;
    let scheme = scheme.to_ascii_lowercase();
    // SQLAlchemy names its driver behind a plus.
    let (base, of_sqlalchemy) =
        scheme.split_once('+').map_or((&*scheme, false), |(base, driver)| (base, !driver.is_empty()));
    match base {
        "jdbc" => read(rest),
        "sqlite" | "sqlite3" if of_sqlalchemy => {
            Ok((Driver::Sqlite(Box::new(sqlite::read_of_sqlalchemy(rest)?)), None))
        }
        "sqlite" | "sqlite3" | "file" => Ok((Driver::Sqlite(Box::new(sqlite::read(rest)?)), None)),
        "postgres" | "postgresql" | "pgsql" | "psql" => {
            let (options, search_path) = postgres::read(rest)?;
            Ok((Driver::Postgres(Box::new(options)), search_path))
        }
        "mysql" | "mysql2" | "mariadb" => Ok((Driver::MySql(Box::new(mysql::read(rest)?)), None)),
        "prisma" => Err(AddressFault::Foreign(
            "only Prisma speaks its own protocol: write the direct address of its PostgreSQL (postgres://)",
        )),
        "libsql" => Err(AddressFault::Foreign(
            "libSQL servers are not supported: use the strategy get_session, which asks Better Auth",
        )),
        "mongodb" | "sqlserver" | "mssql" | "oracle" => Err(AddressFault::Foreign(
            "other databases are not supported: use the strategies jwt and get_session, which ask Better Auth",
        )),
        _ => Err(AddressFault::Scheme),
    }
}
