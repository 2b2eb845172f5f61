//! The configuration: built-in defaults, a file, the environment; the later wins.
//!
//! `config.toml` is the one list of keys. It is compiled in, so it is documentation, defaults and the types that
//! every other source is checked against. The result is resolved: where a default derives from another key, the
//! field holds the derived value.

use std::path::Path;

mod admin;
mod assertion;
mod better_auth;
mod builder;
mod cache;
mod chain;
mod code;
mod confidential;
mod cookie_name;
mod cors;
mod database;
mod docs;
mod doctor;
mod endpoint;
mod environment;
pub(crate) mod exposed_file;
mod fault;
mod forward_auth;
mod identity;
mod json_schema;
pub mod kinds;
mod layers;
mod log;
mod of_service;
mod origin;
mod outage;
mod placeholder;
mod rate_limit;
mod reader;
mod requirement;
mod revocation;
mod schema;
mod secrets;
mod server;
mod source;
mod spelling;

pub use self::admin::Admin;
pub use self::assertion::Assertion;
pub use self::better_auth::BetterAuth;
pub use self::cache::Cache;
pub use self::cors::Cors;
pub use self::database::{Database, Todos};
pub use self::docs::{Contact, Docs};
pub use self::doctor::Doctor;
pub use self::environment::variables;
pub use self::fault::{Fault, Faults, Warning};
pub use self::forward_auth::{AssertionHeader, ForwardAuth, Profile};
pub use self::json_schema::json_schema;
pub use self::kinds::{Dependency, Kinds, StrategyKind};
pub use self::log::{Log, LogFormat};
pub use self::outage::Outage;
pub use self::rate_limit::{ByteQuota, Quota, RateLimit};
pub use self::requirement::Requirement;
pub use self::revocation::Revocation;
pub use self::server::Server;
pub use self::source::Source;

use self::{
    kinds::{Deployment, Need},
    layers::Layers,
    reader::Reader,
    source::Sources,
};
use crate::{AdditionalFields, strategy::MIN_SECRET};

/// Every key, with its default.
const DEFAULTS: &str = include_str!("../config.toml");

/// The whole configuration, checked and resolved.
#[derive(Clone, Debug)]
pub struct Config {
    /// The strategies in order of trust; never empty.
    pub strategies: Vec<StrategyKind>,
    /// The API's listener and its limits.
    pub server: Server,
    /// The operators' listener, if there is one.
    pub admin: Option<Admin>,
    /// The trusted Better Auth.
    pub better_auth: BetterAuth,
    /// What identities carry beyond the known fields.
    pub fields: AdditionalFields,
    /// The sections of the strategies, in use or not.
    pub kinds: Kinds,
    /// The service's own tables.
    pub database: Database,
    /// The to-do routes.
    pub todos: Todos,
    /// How the service learns of revocations.
    pub revocation: Revocation,
    /// The profiles of forward auth.
    pub forward_auth: ForwardAuth,
    /// The assertions for APIs behind a proxy.
    pub assertion: Assertion,
    /// The rate limits.
    pub rate_limit: RateLimit,
    /// The origins whose pages may read answers.
    pub cors: Cors,
    /// The documentation pages.
    pub docs: Docs,
    /// The comparison with the running Better Auth.
    pub doctor: Doctor,
    /// The level and the form of the log.
    pub log: Log,
    /// The origins that `FRONTEND_URL` names.
    pub frontend: Vec<String>,
    sources: Sources,
    /// The keys of the secrets and stores in use.
    needed: Vec<String>,
}

impl Config {
    /// Reads the defaults, `file` (else `./config.toml` if there is one) and the environment's `variables`.
    ///
    /// # Errors
    ///
    /// All faults, at once.
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
    /// All faults, at once.
    pub fn from_toml(text: &str) -> Result<Self, Faults> {
        let mut layers = Layers::defaults();
        layers.toml("the given text", text);
        Self::read(layers).map(|(config, _)| config)
    }

    /// Reads what counts in an app of one's own: the defaults, a file and the environment if there is a file, and what the app
    /// sets itself, as texts by their keys. Warns of keys that only the service uses.
    ///
    /// # Errors
    ///
    /// Every fault there is, at once.
    pub fn for_app(
        file: Option<&Path>,
        settings: &[(String, String)],
    ) -> Result<(Self, Vec<Warning>), Faults> {
        let mut layers = Layers::defaults();
        if file.is_some() {
            layers.file(file);
            environment::read(&mut layers, variables());
        }
        code::read(&mut layers, settings);
        of_service::leave_out(&mut layers);
        Self::read(layers)
    }

    fn read(layers: Layers) -> Result<(Self, Vec<Warning>), Faults> {
        let mut input = Reader::new(layers);
        let reader = &mut input;
        let better_auth = BetterAuth::read(reader);
        let database = Database::read(reader);
        let deployment = Deployment { better_auth: &better_auth, database: &database };
        let config = Self {
            strategies: StrategyKind::read(reader),
            server: Server::read(reader),
            admin: Admin::read(reader),
            fields: identity::read(reader),
            kinds: Kinds::read(reader, deployment),
            todos: Todos::read(reader),
            revocation: Revocation::read(reader),
            forward_auth: ForwardAuth::read(reader),
            assertion: Assertion::read(reader),
            rate_limit: RateLimit::read(reader),
            cors: Cors::read(reader),
            docs: Docs::read(reader),
            doctor: Doctor::read(reader),
            log: Log::read(reader),
            frontend: reader.frontend().to_vec(),
            sources: reader.sources(),
            needed: Vec::new(),
            better_auth,
            database,
        };
        config.check(reader);
        let config = Self { needed: reader.needed().to_vec(), ..config };
        input.finish(config)
    }

    /// Checks that involve more than one key.
    fn check(&self, reader: &mut Reader) {
        reader.check_choice("strategies", &self.strategies);
        self.better_auth.check(reader);
        if let Some(admin) = &self.admin {
            admin.check(reader, &self.server);
        }
        self.check_secret(reader);
        self.forward_auth.check(reader, self);
        if self.has_own_tables() {
            database::check(reader, confidential::DATABASE_URL, &self.database.url);
        }
        if self.has_assertions() {
            self.assertion.check(reader, self);
        }
        for kind in self.in_use() {
            self.kinds.get(kind).validate(reader, self);
            if let Some(outage) = self.outage(kind) {
                let is_fallback = !self.strategies.contains(&kind);
                let fallback = outage.fallback.filter(|_| !is_fallback);
                let of_fallback = fallback.and_then(|fallback| self.outage(fallback));
                outage.check(reader, kind, self.cache(kind), of_fallback);
            }
        }
    }

    /// Requires Better Auth's secret if a strategy cannot work without it.
    fn check_secret(&self, reader: &mut Reader) {
        let kinds = self.in_use();
        if kinds.iter().any(|kind| kind.facts().better_auth_secret != Need::Never) {
            reader.need(confidential::SECRET);
            reader.need(confidential::SECRETS);
        }
        self.check_length(reader, &kinds);
        let needing = kinds.into_iter().find(|kind| kind.facts().better_auth_secret == Need::Always);
        if let (Some(kind), None) = (needing, &self.better_auth.secrets) {
            let expected = format!("Better Auth's secret (BETTER_AUTH_SECRET), as {kind} checks signatures");
            reader.fault(confidential::SECRET, &expected);
        }
    }

    /// Warns of a short secret: one cookie is enough to guess it.
    fn check_length(&self, reader: &mut Reader, kinds: &[StrategyKind]) {
        let is_used = kinds.iter().any(|kind| kind.facts().better_auth_secret != Need::Never);
        let shortest = self.better_auth.secrets.iter().flat_map(crate::Secrets::all).map(str::len).min();
        if let Some(length) = shortest.filter(|length| is_used && *length < MIN_SECRET) {
            reader.warn(format!(
                "better_auth.secret has {length} bytes: anyone with one session cookie can guess it. Expected at least \
                 {MIN_SECRET} random bytes, at Better Auth and here (openssl rand -base64 32)"
            ));
        }
    }

    /// The strategies and their fallbacks.
    #[must_use]
    pub fn in_use(&self) -> Vec<StrategyKind> {
        let mut kinds = self.strategies.clone();
        for fallback in self.strategies.iter().filter_map(|kind| self.fallback(*kind)) {
            if !kinds.contains(&fallback) {
                kinds.push(fallback);
            }
        }
        kinds
    }

    /// The source of the value of a key, such as `jwt.leeway`. For a default that derives from another key, it is the
    /// defaults.
    #[must_use]
    pub fn origin(&self, key: &str) -> Option<&Source> {
        self.sources.get(key)
    }

    /// The keys with values from elsewhere than the defaults, each with the source of its value, sorted by name.
    pub fn chosen(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.sources.iter().filter(|(_, source)| **source != Source::Defaults)
    }

    /// Whether the secret or the store of a key is in use.
    #[must_use]
    pub fn needs(&self, key: &str) -> bool {
        self.needed.iter().any(|needed| needed == key)
    }

    /// The dependencies of the strategies in use.
    #[must_use]
    pub fn depends_on(&self, dependency: Dependency) -> bool {
        self.in_use().into_iter().any(|kind| self.kinds.get(kind).dependencies().contains(&dependency))
    }

    /// Whether the service keeps anything in its own database.
    #[must_use]
    pub fn has_own_tables(&self) -> bool {
        self.todos.enabled || self.revocation.persist || self.has_assertions()
    }

    /// Whether assertions are minted.
    #[must_use]
    pub fn has_assertions(&self) -> bool {
        self.forward_auth.has_assertions()
    }

    /// How a strategy behaves while it cannot decide; `None` if it does no look-ups.
    #[must_use]
    pub fn outage(&self, kind: StrategyKind) -> Option<&Outage> {
        self.kinds.get(kind).outage()
    }

    /// The fallback of a strategy.
    fn fallback(&self, kind: StrategyKind) -> Option<StrategyKind> {
        self.outage(kind)?.fallback
    }

    /// The store or service of each strategy, for the log, in the order of the chain.
    #[must_use]
    pub fn places(&self) -> Vec<Option<String>> {
        self.strategies.iter().map(|kind| self.kinds.get(*kind).place(self)).collect()
    }

    /// The cache of a strategy, unless it is off.
    #[must_use]
    pub fn cache(&self, kind: StrategyKind) -> Option<&Cache> {
        self.kinds.get(kind).cache()
    }
}
