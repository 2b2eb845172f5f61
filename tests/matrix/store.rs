//! Where a Better Auth keeps its sessions.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::DateTime;
use serde_json::{Value, json};

use crate::parts::{database::Database, mariadb::MariaDb, postgres::Postgres, redis::Redis};

/// A kind of store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    Sqlite,
    Postgres,
    MariaDb,
    /// In Redis, users in SQLite.
    Redis,
    /// No database at all: sessions stand in cookies.
    Nowhere,
}

impl Store {
    pub const ALL: [Self; 5] = [Self::Sqlite, Self::Postgres, Self::MariaDb, Self::Redis, Self::Nowhere];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::MariaDb => "MariaDB",
            Self::Redis => "Redis",
            Self::Nowhere => "no database",
        }
    }

    /// Whether sessions stand in a table.
    pub fn has_table(self) -> bool {
        matches!(self, Self::Sqlite | Self::Postgres | Self::MariaDb)
    }

    /// An empty one.
    pub fn open(self) -> Opened {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("matrix_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let database = match self {
            Self::Sqlite | Self::Redis => Database::Sqlite,
            Self::Postgres => Database::Postgres(Postgres::shared().database(&name)),
            Self::MariaDb => Database::MySql(MariaDb::shared().database(&name)),
            Self::Nowhere => Database::Stateless,
        };
        Opened { database, redis: (self == Self::Redis).then(Redis::start) }
    }
}

/// A store that runs.
pub struct Opened {
    pub database: Database,
    pub redis: Option<Redis>,
}

impl Opened {
    /// What Better Auth is told beside its database.
    pub fn settings(&self) -> Value {
        match &self.redis {
            Some(redis) => json!({ "secondaryStorage": { "redis": redis.url() } }),
            None => json!({}),
        }
    }
}

/// Makes a session in Redis one of long ago, and its key stay.
pub fn expire_in_redis(redis: &Redis, token: &str) {
    let mut entry = redis.entry(token);
    entry["session"]["expiresAt"] = json!(DateTime::UNIX_EPOCH.to_rfc3339());
    redis.put(token, &entry);
}
