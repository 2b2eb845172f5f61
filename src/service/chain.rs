//! The strategies, as the configuration names them.

use std::time::Duration;

use anyhow::{Context, bail};
use secrecy::ExposeSecret;

use super::private_files;
use crate::{
    better_auth::Secrets,
    config::{Config, StrategyKind},
    database::Access,
    jose::KeySource,
    revocation::Revocations,
    strategy::{
        AnyStrategy, Cached, Chain, Fallback, GetSession, Guarded, InspectError, Jwt, SchemaFault,
        SecondaryStorage, SessionCookieCache, SessionTable, Strategy,
    },
};

/// Builds them, looks at what is within reach of what they need, and says who decides what. All of them hear of
/// `revocations`.
pub async fn build(config: &Config, revocations: &Revocations) -> anyhow::Result<Chain> {
    let mut builder = Builder { config, revocations, keys: None };
    let mut chain = Chain::default();
    for kind in &config.strategies {
        chain = chain.push_any(builder.with_fallback(*kind).await?);
    }
    if let (Some(lifetime), false) =
        (config.jwt.max_lifetime, config.strategies.contains(&StrategyKind::SessionCookieCache))
    {
        revocations.tokens_live_at_most(lifetime + config.jwt.leeway);
    }
    log_order(config);
    Ok(chain)
}

struct Builder<'a> {
    config: &'a Config,
    revocations: &'a Revocations,
    /// Better Auth's published keys, of which all strategies see one copy; made when the first needs them.
    keys: Option<KeySource>,
}

impl Builder<'_> {
    async fn with_fallback(&mut self, kind: StrategyKind) -> anyhow::Result<AnyStrategy> {
        let strategy = Box::pin(self.strategy(kind)).await?;
        let Some(fallback) = self.config.outage(kind).and_then(|outage| outage.fallback) else {
            return Ok(strategy);
        };
        let fallback = Box::pin(self.strategy(fallback)).await?;
        Ok(AnyStrategy::new(Fallback::new(strategy, fallback)))
    }

    async fn strategy(&mut self, kind: StrategyKind) -> anyhow::Result<AnyStrategy> {
        let config = self.config;
        Ok(match kind {
            StrategyKind::Jwt => {
                let strategy = jwt(config, self.keys()?).with_revocations(self.revocations.clone());
                self.cached(kind, strategy)
            }
            StrategyKind::SessionCookieCache => {
                let strategy = session_cookie_cache(config, self.keys()?)?;
                self.cached(kind, strategy.with_revocations(self.revocations.clone()))
            }
            StrategyKind::SessionTable => {
                self.guarded(kind, Box::pin(session_table(config)).await?, config.session_table.timeout)
            }
            StrategyKind::SecondaryStorage => self.guarded(
                kind,
                Box::pin(secondary_storage(config)).await?,
                config.secondary_storage.timeout,
            ),
            StrategyKind::GetSession => self.guarded(kind, get_session(config)?, config.get_session.timeout),
            StrategyKind::SharedSecret => {
                let strategy = config.shared_secret.strategy().map_err(anyhow::Error::msg)?;
                // Nothing to remember: it decides in no time.
                AnyStrategy::new(strategy.with_fields(config.fields.clone()))
            }
        })
    }

    fn guarded(&self, kind: StrategyKind, strategy: impl Strategy, timeout: Duration) -> AnyStrategy {
        self.cached(kind, Guarded::new(strategy, timeout))
    }

    fn cached(&self, kind: StrategyKind, strategy: impl Strategy) -> AnyStrategy {
        let Some(cache) = self.config.cache(kind) else { return AnyStrategy::new(strategy) };
        let stale = self.config.outage(kind).and_then(|outage| outage.stale_if_unavailable);
        let cached = Cached::new(strategy, cache.max_age, cache.capacity)
            .with_revocations(self.revocations.clone())
            .with_stale_if_unavailable(stale.unwrap_or_default());
        AnyStrategy::new(cached)
    }

    fn keys(&mut self) -> anyhow::Result<KeySource> {
        if let Some(keys) = &self.keys {
            return Ok(keys.clone());
        }
        let jwt = &self.config.jwt;
        let keys = KeySource::new(jwt.jwks_url.clone())?
            .with_cooldown(jwt.cooldown)
            .with_refresh(jwt.refresh)
            .with_max_stale(jwt.max_stale);
        Ok(self.keys.insert(keys).clone())
    }
}

fn jwt(config: &Config, keys: KeySource) -> Jwt {
    let jwt = &config.jwt;
    Jwt::with_keys(keys, &jwt.issuers, &jwt.audiences)
        .with_algorithms(jwt.algorithms.iter().copied())
        .with_leeway(jwt.leeway)
        .with_max_lifetime(jwt.max_lifetime)
        .with_fields(config.fields.clone())
}

fn session_cookie_cache(config: &Config, keys: KeySource) -> anyhow::Result<SessionCookieCache> {
    let strategy = SessionCookieCache::new(secrets(config)?, &config.better_auth.cache_cookies)
        .with_version(&config.session_cookie_cache.version)
        .with_keys(keys)
        .with_algorithms(config.jwt.algorithms.iter().copied())
        .with_fields(config.fields.clone());
    Ok(strategy)
}

async fn session_table(config: &Config) -> anyhow::Result<SessionTable> {
    let section = &config.session_table;
    private_files::inspect("session_table.database_url", &section.database_url);
    let database = section.database_url.open(Access::Read, section.timeout);
    let table = SessionTable::new(database, secrets(config)?, section.timeout)
        .with_naming(section.naming.clone())
        .with_fields(config.fields.clone())
        .with_time_zone(section.time_zone)
        .with_raw_tokens(config.better_auth.raw_tokens);
    match table.inspect().await {
        Err(InspectError::Schema(fault)) => bail!("{}: {fault}{}", keys_about(&fault), remedy(&fault)),
        // Out of reach is no fault: it may come back.
        Ok(()) | Err(_) => Ok(table),
    }
}

/// The keys that mend a fault.
fn keys_about(fault: &SchemaFault) -> &'static str {
    match fault {
        SchemaFault::Table { .. } => {
            "session_table.database_url, session_table.schema, .table or .user_table"
        }
        SchemaFault::Column { .. } | SchemaFault::Naming(_) => {
            "session_table.naming or .columns, or identity"
        }
        SchemaFault::Hidden(_) | SchemaFault::Denied(_) | SchemaFault::Unreadable(_) => {
            "session_table.database_url"
        }
    }
}

/// What to write where the table stands in another schema than was looked at.
fn remedy(fault: &SchemaFault) -> String {
    let SchemaFault::Table { table, found } = fault else { return String::new() };
    let schemas: Vec<_> =
        found.iter().filter_map(|found| found.strip_suffix(&**table)?.strip_suffix('.')).collect();
    match &*schemas {
        [schema] => format!(". It is in another schema: session_table.schema = {schema:?}"),
        [] => String::new(),
        several => format!(". It is in the schemas {}: name one in session_table.schema", several.join(", ")),
    }
}

async fn secondary_storage(config: &Config) -> anyhow::Result<SecondaryStorage> {
    let section = &config.secondary_storage;
    let url = section.url.as_ref().context("secondary_storage.url is needed")?;
    let storage = SecondaryStorage::new(url.expose_secret(), secrets(config)?, section.timeout)
        .context("secondary_storage.url")?
        .with_key_prefix(&section.key_prefix)
        .with_fields(config.fields.clone())
        .with_raw_tokens(config.better_auth.raw_tokens);
    if section.falls_back_to_table() {
        return Ok(storage.with_table(session_table(config).await?));
    }
    Ok(storage)
}

fn get_session(config: &Config) -> anyhow::Result<GetSession> {
    let (better_auth, section) = (&config.better_auth, &config.get_session);
    let mut strategy = GetSession::new(&better_auth.internal_url, section.timeout)?
        .with_client_address_header(section.client_address_header.clone())
        .with_raw_tokens(better_auth.raw_tokens)
        .with_fields(config.fields.clone());
    if let Some(secrets) = &better_auth.secrets {
        strategy = strategy.with_secrets(secrets.clone(), &better_auth.session_cookies);
    }
    Ok(strategy)
}

fn secrets(config: &Config) -> anyhow::Result<Secrets> {
    config.better_auth.secrets.clone().context("better_auth.secret is needed")
}

/// Says who decides what, above all where two strategies claim the same.
fn log_order(config: &Config) {
    let names: Vec<_> = config.strategies.iter().map(|kind| kind.name()).collect();
    tracing::info!(strategies = names.join(", "), "strategies, in order of trust");
    let claiming = config.strategies.iter().filter(|kind| kind.claims_session_tokens());
    let of_session_tokens: Vec<_> = claiming.map(|kind| kind.name()).collect();
    if let [first, others @ ..] = &*of_session_tokens
        && !others.is_empty()
    {
        let others = others.join(" and ");
        tracing::info!(
            "{first} and {others} claim session tokens: {first} decides them, {others} is never asked"
        );
    }
    for kind in &config.strategies {
        if let Some(fallback) = config.outage(*kind).and_then(|outage| outage.fallback) {
            tracing::info!("{fallback} is asked for what {kind} cannot find out");
        }
    }
}
