//! What the service is told: built-in defaults, a file, the environment; the later wins.
//!
//! `config.toml` is the one list of keys. It is compiled in, so it is documentation, defaults and the types that
//! every other source is checked against. What comes out is resolved: where a default derives from another key, the
//! field holds the derived value.

use std::path::Path;

mod better_auth;
mod cache;
mod cookie_name;
mod cors;
mod database;
mod docs;
mod endpoint;
mod environment;
mod fault;
mod get_session;
mod identity;
mod jwt;
mod layers;
mod log;
mod origin;
mod outage;
mod rate_limit;
mod reader;
mod revocation;
mod secondary_storage;
mod secrets;
mod server;
mod session_cookie_cache;
mod session_table;
mod shared_secret;
mod spelling;
mod strategy;

pub use self::better_auth::BetterAuth;
pub use self::cache::Cache;
pub use self::cors::Cors;
pub use self::database::{Database, Todos};
pub use self::docs::{Contact, Docs};
pub use self::fault::{Fault, Faults, Warning};
pub use self::get_session::GetSession;
pub use self::jwt::Jwt;
pub use self::log::{Log, LogFormat};
pub use self::outage::Outage;
pub use self::rate_limit::{ByteQuota, Quota, RateLimit};
pub use self::revocation::Revocation;
pub use self::secondary_storage::SecondaryStorage;
pub use self::server::Server;
pub use self::session_cookie_cache::SessionCookieCache;
pub use self::session_table::SessionTable;
pub use self::shared_secret::SharedSecret;
pub use self::strategy::StrategyKind;

use self::{layers::Layers, reader::Reader};
use crate::AdditionalFields;

/// Everything the service is told, checked and resolved.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who is asked, in order of trust; never empty.
    pub strategies: Vec<StrategyKind>,
    /// How it listens.
    pub server: Server,
    /// The Better Auth it believes.
    pub better_auth: BetterAuth,
    /// What identities carry beyond the known fields.
    pub fields: AdditionalFields,
    /// The `jwt` strategy.
    pub jwt: Jwt,
    /// The `session_cookie_cache` strategy.
    pub session_cookie_cache: SessionCookieCache,
    /// The service's own tables.
    pub database: Database,
    /// The to-do routes.
    pub todos: Todos,
    /// The `session_table` strategy.
    pub session_table: SessionTable,
    /// The `secondary_storage` strategy.
    pub secondary_storage: SecondaryStorage,
    /// The `get_session` strategy.
    pub get_session: GetSession,
    /// The `shared_secret` strategy.
    pub shared_secret: SharedSecret,
    /// How it is told what has ended.
    pub revocation: Revocation,
    /// How many requests are too many.
    pub rate_limit: RateLimit,
    /// Whose pages may read answers.
    pub cors: Cors,
    /// What is shown to those who build on it.
    pub docs: Docs,
    /// What is logged, and how.
    pub log: Log,
}

impl Config {
    /// Reads the defaults, `file` (else `./config.toml` if there is one) and the environment's `variables`.
    ///
    /// # Errors
    ///
    /// Every fault there is, at once.
    pub fn load(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(Self, Vec<Warning>), Faults> {
        let mut layers = Layers::defaults();
        layers.file(file);
        environment::read(&mut layers, variables);
        Self::read(layers)
    }

    /// Reads the defaults and `text`, and nothing of the machine it runs on.
    ///
    /// # Errors
    ///
    /// Every fault there is, at once.
    pub fn from_toml(text: &str) -> Result<Self, Faults> {
        let mut layers = Layers::defaults();
        layers.toml("the given text", text);
        Self::read(layers).map(|(config, _)| config)
    }

    fn read(layers: Layers) -> Result<(Self, Vec<Warning>), Faults> {
        let mut input = Reader::new(layers);
        let reader = &mut input;
        let better_auth = BetterAuth::read(reader);
        let database = Database::read(reader);
        let config = Self {
            strategies: StrategyKind::read(reader),
            server: Server::read(reader),
            fields: identity::read(reader),
            jwt: Jwt::read(reader, &better_auth),
            session_cookie_cache: SessionCookieCache::read(reader),
            session_table: SessionTable::read(reader, &database),
            secondary_storage: SecondaryStorage::read(reader),
            get_session: GetSession::read(reader),
            shared_secret: SharedSecret::read(reader),
            todos: Todos::read(reader),
            revocation: Revocation::read(reader),
            rate_limit: RateLimit::read(reader),
            cors: Cors::read(reader),
            docs: Docs::read(reader),
            log: Log::read(reader),
            better_auth,
            database,
        };
        config.check(reader);
        input.finish(config)
    }

    /// What no key can tell by itself. A section that nobody uses may contradict itself.
    fn check(&self, reader: &mut Reader) {
        reader.check_choice("strategies", &self.strategies);
        self.better_auth.check(reader);
        self.check_secret(reader);
        if self.uses(StrategyKind::Jwt) {
            self.jwt.check(reader);
        }
        if self.uses(StrategyKind::Jwt) || self.uses(StrategyKind::SessionCookieCache) {
            self.jwt.check_keys(reader);
        }
        if self.uses(StrategyKind::SecondaryStorage) {
            self.secondary_storage.check(reader);
        }
        if self.uses(StrategyKind::SharedSecret) {
            self.shared_secret.check(reader, self.better_auth.secrets.as_ref());
        }
        if self.reads_table() {
            self.session_table.check(reader, &self.fields);
        }
        let table_elsewhere = !reader.get::<String>("session_table.database_url").is_empty();
        if self.reads_table() && table_elsewhere {
            database::check(reader, "session_table.database_url", &self.session_table.database_url);
        }
        if self.has_own_tables() || (self.reads_table() && !table_elsewhere) {
            database::check(reader, "database.url", &self.database.url);
        } else {
            reader.forgive("database.url");
        }
        if !self.uses(StrategyKind::SecondaryStorage) {
            reader.forgive("secondary_storage.url");
        }
        if !self.in_use().any(StrategyKind::may_need_secret) {
            reader.forgive("better_auth.secret");
            reader.forgive("better_auth.secrets");
        }
        self.check_outages(reader);
        self.check_order(reader);
    }

    /// The strategies, and those that are asked for them.
    fn in_use(&self) -> impl Iterator<Item = StrategyKind> {
        let fallbacks = self.strategies.iter().filter_map(|kind| self.outage(*kind)?.fallback);
        let others = fallbacks.filter(|kind| !self.strategies.contains(kind));
        self.strategies.iter().copied().chain(others)
    }

    /// Whether the service keeps anything in its own database.
    #[must_use]
    pub fn has_own_tables(&self) -> bool {
        self.todos.enabled || self.revocation.persist
    }

    /// What a strategy does while it cannot decide; nothing where it asks nobody.
    #[must_use]
    pub fn outage(&self, kind: StrategyKind) -> Option<&Outage> {
        match kind {
            StrategyKind::SessionTable => Some(&self.session_table.outage),
            StrategyKind::SecondaryStorage => Some(&self.secondary_storage.outage),
            StrategyKind::GetSession => Some(&self.get_session.outage),
            StrategyKind::Jwt | StrategyKind::SessionCookieCache | StrategyKind::SharedSecret => None,
        }
    }

    /// What a strategy remembers, unless that is switched off.
    #[must_use]
    pub fn cache(&self, kind: StrategyKind) -> Option<&Cache> {
        match kind {
            StrategyKind::Jwt => self.jwt.cache.as_ref(),
            StrategyKind::SessionCookieCache => self.session_cookie_cache.cache.as_ref(),
            StrategyKind::SessionTable => self.session_table.cache.as_ref(),
            StrategyKind::SecondaryStorage => self.secondary_storage.cache.as_ref(),
            StrategyKind::GetSession => self.get_session.cache.as_ref(),
            StrategyKind::SharedSecret => None,
        }
    }

    fn check_outages(&self, reader: &mut Reader) {
        for kind in self.in_use() {
            if let Some(outage) = self.outage(kind) {
                let is_fallback = !self.strategies.contains(&kind);
                let fallback = outage.fallback.filter(|_| !is_fallback);
                let of_fallback = fallback.and_then(|fallback| self.outage(fallback));
                outage.check(reader, kind, self.cache(kind), of_fallback);
            }
        }
    }

    fn check_secret(&self, reader: &mut Reader) {
        let needing = self.in_use().find(|kind| kind.needs_secret());
        if let (Some(kind), None) = (needing, &self.better_auth.secrets) {
            let expected = format!("Better Auth's secret (BETTER_AUTH_SECRET), as {kind} checks signatures");
            reader.fault("better_auth.secret", &expected);
        }
    }

    /// The cookie cache spares others the look-up, or is of no use.
    fn check_order(&self, reader: &mut Reader) {
        let mut before = self.strategies.iter().take_while(|kind| **kind != StrategyKind::SessionCookieCache);
        let first = before.find(|kind| kind.claims_session_tokens());
        if let (Some(first), true) = (first, self.uses(StrategyKind::SessionCookieCache)) {
            reader.warn(format!(
                "strategies: session_cookie_cache is never asked, as {first} stands before it and claims session cookies"
            ));
        }
    }

    fn uses(&self, kind: StrategyKind) -> bool {
        self.in_use().any(|used| used == kind)
    }

    /// Whether Better Auth's session table is read by any strategy.
    fn reads_table(&self) -> bool {
        let falls_back = self.secondary_storage.falls_back_to_table();
        self.uses(StrategyKind::SessionTable) || (self.uses(StrategyKind::SecondaryStorage) && falls_back)
    }
}
