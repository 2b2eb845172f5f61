use sea_orm::DbBackend;

use super::table::Table;
use crate::fields::FieldKind;

/// A column that exists.
pub struct Column {
    /// Its table.
    pub table: Table,
    /// Better Auth's name for it.
    pub field: String,
    /// Its name in the database.
    pub name: String,
    /// Its type at Better Auth.
    pub kind: FieldKind,
    /// Its type in the database.
    pub holds: ColumnType,
}

/// The type of a column, as far as it matters for reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// A date with a time zone, by its type.
    Instant,
    /// A date without a time zone: local time. `MySQL`'s `timestamp` is one, too: the database converts it to and from the zone
    /// of the connection, whatever the driver assumes.
    Local,
    /// A PostgreSQL array.
    Array,
    /// Anything else, by the database's name for it.
    Other(String),
}

impl ColumnType {
    /// Reads the database's name for a type. SQLite's types are only hints: its values are read as they are.
    pub fn new(backend: DbBackend, name: String) -> Self {
        let begins = |names: &[&str]| names.iter().any(|begin| name.starts_with(begin));
        match backend {
            DbBackend::Sqlite => Self::Other(name),
            DbBackend::Postgres if name.ends_with("[]") => Self::Array,
            DbBackend::Postgres if name == "timestamp with time zone" => Self::Instant,
            _ if begins(&["date", "timestamp"]) => Self::Local,
            // These compare with each other directly, and with their indexes.
            _ if begins(&["text", "char", "varchar"]) => Self::Other("text".into()),
            _ if name.contains("int") => Self::Other("integer".into()),
            _ => Self::Other(name),
        }
    }
}
