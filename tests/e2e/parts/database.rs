//! The database a Better Auth is put on.

use std::path::Path;

use serde_json::{Value, json};

/// Which one; a server's database is named by its URL.
pub enum Database {
    /// A file in Better Auth's own folder.
    Sqlite,
    /// `PostgreSQL`.
    Postgres(String),
    /// `MariaDB`.
    MySql(String),
    /// None: what Better Auth knows stands in cookies, or in its secondary storage.
    Stateless,
}

impl Database {
    /// As the Better Auth of the tests is told.
    pub fn setting(&self, folder: &Path) -> Value {
        match self {
            Self::Sqlite => json!({ "kind": "sqlite", "file": sqlite_file(folder) }),
            Self::Postgres(url) => json!({ "kind": "postgres", "url": url }),
            Self::MySql(url) => json!({ "kind": "mysql", "url": url }),
            Self::Stateless => Value::Null,
        }
    }

    /// As sqlx reads it; empty where there is none.
    pub fn url(&self, folder: &Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite://{}", sqlite_file(folder)),
            Self::Postgres(url) | Self::MySql(url) => url.clone(),
            Self::Stateless => String::new(),
        }
    }
}

fn sqlite_file(folder: &Path) -> String {
    folder.join("better-auth.db").display().to_string()
}
