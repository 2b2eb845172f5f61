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
mod endpoint;
mod environment;
mod fault;
mod jwt;
mod layers;
mod log;
mod origin;
mod rate_limit;
mod reader;
mod server;
mod session;
mod spelling;
mod strategy;

pub use self::better_auth::BetterAuth;
pub use self::cache::Cache;
pub use self::cors::Cors;
pub use self::database::{Database, Todos};
pub use self::fault::{Fault, Faults, Warning};
pub use self::jwt::Jwt;
pub use self::log::{Log, LogFormat};
pub use self::rate_limit::{Quota, RateLimit};
pub use self::server::Server;
pub use self::session::{GetSession, SessionTable};
pub use self::strategy::StrategyKind;

use self::{layers::Layers, reader::Reader};

/// Everything the service is told, checked and resolved.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who is asked, in order of trust; never empty.
    pub strategies: Vec<StrategyKind>,
    /// How it listens.
    pub server: Server,
    /// The Better Auth it believes.
    pub better_auth: BetterAuth,
    /// The `jwt` strategy.
    pub jwt: Jwt,
    /// The service's own tables.
    pub database: Database,
    /// The to-do routes.
    pub todos: Todos,
    /// The `session_table` strategy.
    pub session_table: SessionTable,
    /// The `get_session` strategy.
    pub get_session: GetSession,
    /// How many requests are too many.
    pub rate_limit: RateLimit,
    /// Whose pages may read answers.
    pub cors: Cors,
    /// What is logged, and how.
    pub log: Log,
}

impl Config {
    /// Reads the defaults, `file` (else `./config.toml` if there is one) and `environment`.
    ///
    /// # Errors
    ///
    /// Every fault there is, at once.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(Self, Vec<Warning>), Faults> {
        let mut layers = Layers::defaults();
        layers.file(file);
        layers.environment(environment);
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
            jwt: Jwt::read(reader, &better_auth),
            session_table: SessionTable::read(reader, &database),
            get_session: GetSession::read(reader),
            todos: Todos::read(reader),
            rate_limit: RateLimit::read(reader),
            cors: Cors::read(reader),
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
        if self.strategies.contains(&StrategyKind::Jwt) {
            self.jwt.check(reader);
        }
        let reads_table = self.strategies.contains(&StrategyKind::SessionTable);
        if reads_table {
            SessionTable::check(reader, &self.better_auth);
        }
        let table_elsewhere = !reader.get::<String>("session_table.database_url").is_empty();
        if reads_table && table_elsewhere {
            database::check(reader, "session_table.database_url");
        }
        if self.todos.enabled || (reads_table && !table_elsewhere) {
            database::check(reader, "database.url");
        }
    }
}
