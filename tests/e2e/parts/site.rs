//! A Better Auth that tests share, with a new user for each.

use std::sync::{
    LazyLock,
    atomic::{AtomicU32, Ordering},
};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    better_auth::BetterAuth, database::Database, mariadb::MariaDb, postgres::Postgres, signed_in::SignedIn,
    sql,
};

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";

/// A Better Auth that nobody stops, with the plugins `jwt`, `bearer` and `admin`.
pub struct Site {
    /// The server.
    pub better_auth: BetterAuth,
}

impl Site {
    /// On a SQLite file, to which nobody else writes: Better Auth gives up when a second writer is faster.
    pub fn sqlite() -> &'static Self {
        static SHARED: LazyLock<Site> = LazyLock::new(Site::own_sqlite);
        &SHARED
    }

    /// On `PostgreSQL`.
    pub fn postgres() -> &'static Self {
        static SHARED: LazyLock<Site> = LazyLock::new(|| {
            Site::start(&Database::Postgres(Postgres::shared().database("site")), json!({}))
        });
        &SHARED
    }

    /// On `MariaDB`.
    pub fn mariadb() -> &'static Self {
        static SHARED: LazyLock<Site> =
            LazyLock::new(|| Site::start(&Database::MySql(MariaDb::shared().database("site")), json!({})));
        &SHARED
    }

    /// On a SQLite file of its own, for a test that writes to it.
    pub fn own_sqlite() -> Self {
        Self::start(&Database::Sqlite, json!({}))
    }

    /// One of its own, with these options beside the plugins.
    pub fn start(database: &Database, settings: Value) -> Self {
        let mut complete = json!({ "plugins": { "admin": {} } });
        let Value::Object(settings) = settings else { panic!("not an object: {settings}") };
        complete.as_object_mut().expect("an object").extend(settings);
        Self { better_auth: BetterAuth::start(database, complete) }
    }

    /// A new user called Ann, signed in.
    pub async fn ann(&self) -> SignedIn {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let email = format!("ann-{}@example.test", COUNT.fetch_add(1, Ordering::Relaxed));
        self.better_auth.sign_up("Ann", &email, PASSWORD).await
    }

    /// Runs a statement in its database.
    pub async fn sql(&self, statement: &str) {
        sql::execute(self.better_auth.database_url(), statement).await;
    }

    /// A date as it stands in a statement.
    pub fn date(&self, date: DateTime<Utc>) -> String {
        sql::date(self.better_auth.database_url(), date)
    }
}
