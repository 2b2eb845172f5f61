use sea_orm::DbErr;

use super::naming::NamingFault;

/// The most names that a message lists.
const MAX_LISTED: usize = 40;

/// A table or column of Better Auth is missing, or this role may not read it.
#[derive(Debug, thiserror::Error)]
pub enum SchemaFault {
    /// No such table.
    #[error(
        "this role sees no table \"{table}\"; it sees {}. Check that this is Better Auth's database and is migrated, that the role has SELECT, and the name and schema of the table",
        listed(found)
    )]
    Table {
        /// The table looked for.
        table: String,
        /// The tables that are there.
        found: Vec<String>,
    },
    /// The table lacks a column.
    #[error(
        "table \"{table}\" has no column \"{column}\" for Better Auth's field \"{field}\"; it has {}: check the configured names of columns, and that the role has SELECT on this one",
        listed(found)
    )]
    Column {
        /// The table looked at.
        table: String,
        /// The column looked for.
        column: String,
        /// Better Auth's name for it.
        field: String,
        /// The columns that are there.
        found: Vec<String>,
    },
    /// MySQL hides columns that the role may not read, so bans may be hidden.
    #[error(
        "this role may not read all columns of table \"{0}\", and a ban might stand in one of them: grant SELECT on the whole table, or on a view of it"
    )]
    Hidden(String),
    /// The configured names contradict themselves.
    #[error("the names of columns: expected {0}")]
    Naming(#[from] NamingFault),
    /// The role may not read the tables.
    #[error("this role may not read Better Auth's tables: {0}; grant it SELECT on both")]
    Denied(DbErr),
    /// The columns do not fit the query.
    #[error(
        "Better Auth's tables cannot be read: {0}. Compare type and collation of the columns that refer to each other, such \
         as session.userId and user.id"
    )]
    Unreadable(DbErr),
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        _ if names.len() > MAX_LISTED => format!("{} and more", names[..MAX_LISTED].join(", ")),
        _ => names.join(", "),
    }
}
