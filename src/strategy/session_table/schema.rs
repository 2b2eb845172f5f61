//! What Better Auth's tables look like in this database.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use super::InspectError;

const SESSION: &str = "session";
const USER: &str = "user";

/// The columns of Better Auth's two tables.
pub struct Schema {
    session: BTreeSet<String>,
    user: BTreeSet<String>,
}

/// A table or column that Better Auth makes is not there.
#[derive(Debug, thiserror::Error)]
pub enum SchemaFault {
    /// No such table.
    #[error(
        "there is no table \"{0}\" that this role can see: is this Better Auth's database, has Better Auth migrated it, and may the role read it?"
    )]
    Table(&'static str),
    /// The table lacks a column.
    #[error("table \"{table}\" has no column \"{column}\"; it has {} (only Better Auth's default names are read, and the role needs SELECT on this column)", found.join(", "))]
    Column {
        /// The table looked at.
        table: &'static str,
        /// The column looked for.
        column: &'static str,
        /// The columns that are there.
        found: Vec<String>,
    },
    /// The role may not read what is there.
    #[error("Better Auth's tables cannot be read: {0}; the role needs SELECT on \"session\" and \"user\"")]
    Unreadable(DbErr),
}

impl Schema {
    /// Reads the columns from the database's own catalogue.
    pub async fn read(database: &DatabaseConnection) -> Result<Self, InspectError> {
        let schema =
            Self { session: columns(database, SESSION).await?, user: columns(database, USER).await? };
        require(SESSION, &schema.session, &["id", "token", "userId", "expiresAt"])?;
        require(USER, &schema.user, &["id", "email", "emailVerified", "name", "image"])?;
        Ok(schema)
    }

    /// Whether the session table has a column that a plugin adds.
    pub fn session_has(&self, column: &str) -> bool {
        self.session.contains(column)
    }

    /// Whether the user table has a column that a plugin adds.
    pub fn user_has(&self, column: &str) -> bool {
        self.user.contains(column)
    }
}

async fn columns(database: &DatabaseConnection, table: &'static str) -> Result<BTreeSet<String>, DbErr> {
    let backend = database.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => "SELECT name FROM pragma_table_info(?)",
        // The catalogue itself: `information_schema` hides what this role may not read, and a ban with it.
        DbBackend::Postgres => {
            "SELECT CAST(attname AS text) FROM pg_catalog.pg_attribute \
             WHERE attrelid = to_regclass(quote_ident($1)) AND attnum > 0 AND NOT attisdropped"
        }
        _ => {
            "SELECT CAST(column_name AS CHAR) FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND table_name = ?"
        }
    };
    let rows = database.query_all_raw(Statement::from_sql_and_values(backend, sql, [table.into()])).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

fn require(
    table: &'static str,
    found: &BTreeSet<String>,
    needed: &[&'static str],
) -> Result<(), SchemaFault> {
    if found.is_empty() {
        return Err(SchemaFault::Table(table));
    }
    match needed.iter().find(|column| !found.contains(**column)) {
        Some(column) => Err(SchemaFault::Column { table, column, found: found.iter().cloned().collect() }),
        None => Ok(()),
    }
}
