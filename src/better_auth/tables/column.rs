use sea_orm::DbBackend;

use super::table::Table;
use crate::fields::FieldKind;

/// A column that is there.
pub struct Column {
    /// Whose it is.
    pub table: Table,
    /// Better Auth's name for it.
    pub field: String,
    /// Its name in the database.
    pub name: String,
    /// What it means.
    pub kind: FieldKind,
    /// What the database holds.
    pub holds: ColumnType,
}

/// The type of a column, as far as it matters for reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// A date that the database knows to be one, with its zone.
    Instant,
    /// The same without a zone: what some clock showed. `MySQL`'s `timestamp` is one, too: it is written and read in the
    /// zone of the connection, whatever the driver takes for it.
    Local,
    /// An array of PostgreSQL's.
    Array,
    /// Anything else, by the database's name for it.
    Other(String),
}

impl ColumnType {
    /// Reads the database's name for a type. SQLite's are no more than advice: what it holds is read as it is.
    pub fn new(backend: DbBackend, name: String) -> Self {
        let begins = |names: &[&str]| names.iter().any(|begin| name.starts_with(begin));
        match backend {
            DbBackend::Sqlite => Self::Other(name),
            DbBackend::Postgres if name.ends_with("[]") => Self::Array,
            DbBackend::Postgres if name == "timestamp with time zone" => Self::Instant,
            _ if begins(&["date", "timestamp"]) => Self::Local,
            // Compared with each other as they are, and by their indexes.
            _ if begins(&["text", "char", "varchar"]) => Self::Other("text".into()),
            _ if name.contains("int") => Self::Other("integer".into()),
            _ => Self::Other(name),
        }
    }
}
