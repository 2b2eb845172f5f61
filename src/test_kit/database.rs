//! Better Auth's tables in a SQLite file.

use std::{collections::BTreeSet, sync::mpsc};

use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio::runtime::Handle;

use super::known::State;

/// As Better Auth's own migration makes them, with the columns of the `admin` plugin.
const TABLES: &str = r#"
    create table "user" ("id" text not null primary key, "name" text not null, "email" text not null unique,
        "emailVerified" integer not null, "image" text, "createdAt" date not null, "updatedAt" date not null, "role" text,
        "banned" integer, "banReason" text, "banExpires" date);
    create table "session" ("id" text not null primary key, "expiresAt" date not null, "token" text not null unique,
        "createdAt" date not null, "updatedAt" date not null, "ipAddress" text, "userAgent" text,
        "userId" text not null references "user" ("id") on delete cascade, "impersonatedBy" text);
"#;

/// Follows what a kit knows.
pub(super) struct Database {
    writer: DatabaseConnection,
    url: String,
    /// Each table with a column that some member has asked for.
    added: BTreeSet<String>,
    _folder: TempDir,
}

impl Database {
    pub fn create(runtime: &Handle) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}/auth.db", folder.path().display());
        let address = format!("{url}?mode=rwc");
        let writer =
            wait(runtime, async move { sea_orm::Database::connect(address).await.expect("a database") });
        let database = Self { writer, url, added: BTreeSet::new(), _folder: folder };
        database.execute(runtime, TABLES.to_owned());
        database
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Writes all rows anew: a test has few.
    pub fn follow(&mut self, runtime: &Handle, state: &State) {
        let mut statements = String::new();
        let tables = [("user", &state.users), ("session", &state.sessions)];
        for (table, row) in tables.iter().flat_map(|(table, rows)| rows.values().map(move |row| (table, row)))
        {
            for column in row.keys().map(|name| quoted(name, '"')) {
                let is_known = TABLES.contains(&column) || !self.added.insert(format!("{table}.{column}"));
                if !is_known {
                    statements.extend([format!("alter table \"{table}\" add column {column};")]);
                }
            }
        }
        statements += "begin immediate; delete from \"session\"; delete from \"user\";";
        for (table, rows) in tables {
            statements.extend(rows.values().map(|row| insert(table, row)));
        }
        statements += "commit;";
        self.execute(runtime, statements);
    }

    fn execute(&self, runtime: &Handle, statements: String) {
        let writer = self.writer.clone();
        wait(runtime, async move { writer.execute_unprepared(&statements).await.expect("good SQL") });
    }
}

/// Lets the kit's own thread do it: who waits here may be in another runtime.
fn wait<T: Send + 'static>(runtime: &Handle, work: impl Future<Output = T> + Send + 'static) -> T {
    let (done, result) = mpsc::sync_channel(1);
    runtime.spawn(async move {
        let _ = done.send(work.await);
    });
    result.recv().expect("the kit's database")
}

fn insert(table: &str, row: &Map<String, Value>) -> String {
    let columns: Vec<_> = row.keys().map(|name| quoted(name, '"')).collect();
    let values: Vec<_> = row.values().map(literal).collect();
    format!("insert into \"{table}\" ({}) values ({});", columns.join(", "), values.join(", "))
}

/// As Better Auth stores it in SQLite.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => u8::from(*flag).to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text, '\''),
        other => quoted(&other.to_string(), '\''),
    }
}

fn quoted(text: &str, quote: char) -> String {
    format!("{quote}{}{quote}", text.replace(quote, &format!("{quote}{quote}")))
}
