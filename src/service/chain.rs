//! The strategies, as the configuration names them.

use anyhow::{Context, bail};
use secrecy::ExposeSecret;

use crate::{
    config::{Cache, Config, StrategyKind},
    database::{self, Access},
    jose::KeySource,
    secrets::Secrets,
    strategy::{
        Cached, Chain, GetSession, InspectError, Jwt, SchemaFault, SecondaryStorage, SessionCookieCache,
        SessionTable, Strategy,
    },
};

/// Builds them, looks at what is within reach of what they need, and says who decides what.
pub async fn build(config: &Config) -> anyhow::Result<Chain> {
    let mut keys = None;
    let mut chain = Chain::default();
    for kind in &config.strategies {
        chain = match kind {
            StrategyKind::Jwt => {
                cached(chain, jwt(config, shared_keys(&mut keys, config)?), config.jwt.cache.as_ref())
            }
            StrategyKind::SessionCookieCache => {
                let strategy = session_cookie_cache(config, shared_keys(&mut keys, config)?)?;
                cached(chain, strategy, config.session_cookie_cache.cache.as_ref())
            }
            StrategyKind::SessionTable => {
                cached(chain, session_table(config).await?, config.session_table.cache.as_ref())
            }
            StrategyKind::SecondaryStorage => {
                cached(chain, secondary_storage(config).await?, config.secondary_storage.cache.as_ref())
            }
            StrategyKind::GetSession => {
                cached(chain, get_session(config)?, config.get_session.cache.as_ref())
            }
            StrategyKind::SharedSecret => {
                let strategy = config.shared_secret.strategy().map_err(anyhow::Error::msg)?;
                chain.push(strategy.with_fields(config.fields.clone()))
            }
        };
    }
    announce(config);
    Ok(chain)
}

/// Better Auth's published keys, of which all strategies see one copy; made when the first needs them.
fn shared_keys(shared: &mut Option<KeySource>, config: &Config) -> anyhow::Result<KeySource> {
    if let Some(keys) = shared {
        return Ok(keys.clone());
    }
    let keys = KeySource::new(config.jwt.jwks_url.clone())?.with_cooldown(config.jwt.cooldown);
    Ok(shared.insert(keys).clone())
}

fn cached(chain: Chain, strategy: impl Strategy, cache: Option<&Cache>) -> Chain {
    match cache {
        Some(cache) => chain.push(Cached::new(strategy, cache.max_age, cache.capacity)),
        None => chain.push(strategy),
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
    let database = database::open(section.database_url.expose_secret(), Access::Read, section.timeout)
        .context("session_table.database_url")?;
    let table = SessionTable::new(database, secrets(config)?, section.timeout)
        .with_naming(section.naming.clone())
        .with_fields(config.fields.clone())
        .with_raw_tokens(config.better_auth.raw_tokens);
    match table.inspect().await {
        Err(InspectError::Schema(fault)) => bail!("{}: {fault}", keys_about(&fault)),
        // Out of reach is no fault: it may come back.
        Ok(()) | Err(_) => Ok(table),
    }
}

/// The keys that mend a fault.
fn keys_about(fault: &SchemaFault) -> &'static str {
    match fault {
        SchemaFault::Table { .. } => "session_table.database_url, .schema, .table or .user_table",
        SchemaFault::Column { .. } | SchemaFault::Naming(_) => {
            "session_table.naming or .columns, or identity"
        }
        SchemaFault::Hidden(_) | SchemaFault::Unreadable(_) => "session_table.database_url",
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
    let strategy = GetSession::new(&config.better_auth.internal_url, config.get_session.timeout)?;
    Ok(strategy.with_raw_tokens(config.better_auth.raw_tokens).with_fields(config.fields.clone()))
}

fn secrets(config: &Config) -> anyhow::Result<Secrets> {
    config.better_auth.secrets.clone().context("better_auth.secret is needed")
}

/// Says who decides what, above all where two strategies claim the same.
fn announce(config: &Config) {
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
}
