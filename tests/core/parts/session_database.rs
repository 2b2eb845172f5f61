//! Better Auth's tables in a SQLite file of their own.

use std::time::Duration;

use better_auth_verifier::{Secrets, SessionTable};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use tempfile::TempDir;

/// As Better Auth's own migration makes them, with the admin plugin's columns.
const USER: &str = r#"create table "user" ("id" text not null primary key, "name" text not null,
    "email" text not null unique, "emailVerified" integer not null, "image" text, "createdAt" date not null,
    "updatedAt" date not null, "role" text, "banned" integer, "banReason" text, "banExpires" date)"#;
const SESSION: &str = r#"create table "session" ("id" text not null primary key, "expiresAt" date not null,
    "token" text not null unique, "createdAt" date not null, "updatedAt" date not null, "ipAddress" text,
    "userAgent" text, "userId" text not null references "user" ("id") on delete cascade, "impersonatedBy" text)"#;

const TIMEOUT: Duration = Duration::from_secs(5);

pub struct SessionDatabase {
    writer: DatabaseConnection,
    url: String,
    _folder: TempDir,
}

impl SessionDatabase {
    pub async fn new() -> Self {
        Self::with_session_table(SESSION).await
    }

    /// With tokens compared as MySQL and MariaDB do by default: without regard to case.
    pub async fn that_folds_case() -> Self {
        let folding = SESSION.replace("\"token\" text", "\"token\" text collate nocase");
        Self::with_session_table(&folding).await
    }

    async fn with_session_table(session: &str) -> Self {
        Self::of(&[USER, session]).await
    }

    /// What these statements make.
    pub async fn of(statements: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}/auth.db", folder.path().display());
        let writer = Database::connect(format!("{url}?mode=rwc")).await.expect("a database");
        let database = Self { writer, url, _folder: folder };
        for statement in statements {
            database.execute(statement).await;
        }
        database
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub async fn execute(&self, sql: &str) {
        self.writer.execute_unprepared(sql).await.expect("good SQL");
    }

    /// A user and a session that lives for an hour.
    pub async fn sign_in(&self, user: &str, session: &str, token: &str) {
        let (now, end) = (stored(Utc::now()), stored(Utc::now() + TimeDelta::hours(1)));
        self.execute(&format!(
            r#"insert into "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt")
               values ('{user}', 'Ann', '{user}@example.test', 1, '{now}', '{now}')"#
        ))
        .await;
        self.execute(&format!(
            r#"insert into "session" ("id", "expiresAt", "token", "createdAt", "updatedAt", "userId")
               values ('{session}', '{end}', '{token}', '{now}', '{now}', '{user}')"#
        ))
        .await;
    }

    /// The strategy over this database, opened read-only.
    pub async fn strategy(&self, secrets: impl Into<Secrets>) -> SessionTable {
        let reader = Database::connect(format!("{}?mode=ro", self.url)).await.expect("a database");
        SessionTable::new(reader, secrets, TIMEOUT)
    }
}

/// Better Auth's own form of a date in SQLite.
pub fn stored(date: DateTime<Utc>) -> String {
    date.to_rfc3339_opts(SecondsFormat::Millis, true)
}
