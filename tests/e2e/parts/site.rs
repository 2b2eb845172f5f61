//! A Better Auth that tests share, with a new user for each.

use std::sync::{
    LazyLock,
    atomic::{AtomicU32, Ordering},
};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    better_auth::{BetterAuth, extend},
    database::Database,
    mariadb::MariaDb,
    postgres::Postgres,
    redis::Redis,
    signed_in::SignedIn,
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

    /// With its sessions in the shared Redis alone, and the users in a SQLite file.
    pub fn redis() -> &'static Self {
        static SHARED: LazyLock<Site> = LazyLock::new(|| Site::on_redis(Redis::shared(), json!({})));
        &SHARED
    }

    /// With its sessions in this Redis; whether in tables, too, the options say.
    pub fn on_redis(redis: &Redis, settings: Value) -> Self {
        let mut complete = json!({ "secondaryStorage": { "redis": redis.url() } });
        extend(&mut complete, settings);
        Self::start(&Database::Sqlite, complete)
    }

    /// On a SQLite file of its own, for a test that writes to it.
    pub fn own_sqlite() -> Self {
        Self::start(&Database::Sqlite, json!({}))
    }

    /// One of its own, with these options beside the plugins.
    pub fn start(database: &Database, settings: Value) -> Self {
        let mut complete = json!({ "plugins": { "admin": {} } });
        extend(&mut complete, settings);
        Self { better_auth: BetterAuth::start(database, complete) }
    }

    /// A new user called Ann, signed in.
    pub async fn ann(&self) -> SignedIn {
        self.better_auth.sign_up("Ann", &new_address(), PASSWORD).await
    }

    /// A new user who may do everything, signed in.
    pub async fn admin(&self) -> SignedIn {
        let address = new_address();
        let user = self.better_auth.sign_up("Boss", &address, PASSWORD).await;
        self.sql(&format!(r#"UPDATE "user" SET "role" = 'admin' WHERE "id" = '{}'"#, user.user_id)).await;
        // Redis and cookies hold the user as known when the session was made.
        self.better_auth.sign_in(&address, PASSWORD).await
    }

    /// A session in which an admin acts as this user.
    pub async fn impersonation(&self, admin: &SignedIn, user_id: &str) -> SignedIn {
        let body = json!({ "userId": user_id });
        SignedIn::read(self.better_auth.post("/admin/impersonate-user", Some(admin), &body).await).await
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

fn new_address() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("user-{}@example.test", COUNT.fetch_add(1, Ordering::Relaxed))
}
