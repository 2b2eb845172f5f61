//! The service's configuration.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::Value;

use super::{better_auth::BetterAuth, service::Service};

/// The three strategies that every Better Auth can be asked by, as most would order them.
pub const ALL: [&str; 3] = ["jwt", "session_table", "get_session"];

/// Keys and values for a configuration file.
#[derive(Clone)]
pub struct Settings(BTreeMap<String, Value>);

impl Settings {
    /// For this Better Auth. Caches of sessions are off, so that each request is judged anew; so are to-dos and limits.
    pub fn of(better_auth: &BetterAuth, strategies: &[&str]) -> Self {
        let settings = Self(BTreeMap::new())
            .with("strategies", strategies)
            .with("better_auth.url", better_auth.url())
            .with("better_auth.secret", better_auth.secret())
            .with("session_table.database_url", better_auth.database_url())
            .with("session_table.cache.max_age", "0s")
            .with("secondary_storage.cache.max_age", "0s")
            .with("get_session.cache.max_age", "0s")
            .with("rate_limit.enabled", false)
            .with("todos.enabled", false);
        match better_auth.redis_url() {
            Some(redis) => settings.with("secondary_storage.url", redis),
            None => settings,
        }
    }

    /// With another value for `key`.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// Operators on this machine may look at it.
    pub fn with_admin(self) -> Self {
        self.with("server.admin_listen", "127.0.0.1:0")
    }

    /// With to-dos in the database at `url`.
    pub fn with_todos(self, url: &str) -> Self {
        self.with("todos.enabled", true).with("database.url", url)
    }

    /// The file's content.
    pub fn toml(&self) -> String {
        let mut toml = String::new();
        for (key, value) in &self.0 {
            // Texts, flags and lists are written in TOML as in JSON.
            writeln!(toml, "{key} = {value}").expect("a string takes everything");
        }
        toml
    }

    /// A service that is told this.
    pub fn start(&self) -> Service {
        Service::start(&self.toml())
    }

    /// As [`Self::start`], on a port that others know already.
    pub fn start_at(&self, port: u16) -> Service {
        Service::start_at(port, &self.toml())
    }
}
