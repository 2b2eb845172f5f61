//! Better Auth's tables in a SQLite file.

use std::{
    collections::BTreeSet,
    sync::mpsc::{self, Receiver, Sender},
    thread,
};

use sea_orm::ConnectionTrait;
use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio::runtime;

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

/// Statements, and who waits until they are done.
type Order = (String, Sender<()>);

/// Follows what a kit knows.
pub(super) struct Database {
    writer: Sender<Order>,
    url: String,
    /// Each table with a column that some member has asked for.
    added: BTreeSet<String>,
    _folder: TempDir,
}

impl Database {
    pub fn create() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}/auth.db", folder.path().display());
        let (writer, orders) = mpsc::channel();
        let address = format!("{url}?mode=rwc");
        thread::spawn(move || write(&address, &orders));
        let database = Self { writer, url, added: BTreeSet::new(), _folder: folder };
        database.execute(TABLES.to_owned());
        database
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Writes all rows anew: a test has few.
    pub fn follow(&mut self, state: &State) {
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
        self.execute(statements);
    }

    fn execute(&self, statements: String) {
        let (done, is_done) = mpsc::channel();
        self.writer.send((statements, done)).expect("the thread that writes");
        is_done.recv().expect("good SQL");
    }
}

/// On a thread of its own: who waits for it may be in a runtime, which must not begin another.
fn write(address: &str, orders: &Receiver<Order>) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let database = runtime.block_on(sea_orm::Database::connect(address)).expect("a database");
    for (statements, done) in orders {
        runtime.block_on(database.execute_unprepared(&statements)).expect("good SQL");
        let _ = done.send(());
    }
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
