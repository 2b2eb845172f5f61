use std::time::Duration;

use anyhow::Context;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::{Dependency, Deployment, Facts, Kind, Need};
use crate::{
    config::{Cache, Config, Outage, builder::Builder, fault::shown_text, reader::Reader},
    database::is_loopback,
    strategy::{self, AnyStrategy},
};

const URL: &str = "secondary_storage.url";
const PRESERVE: &str = "secondary_storage.preserve_session_in_database";

pub(super) const FACTS: Facts = Facts {
    claims_session_tokens: true,
    has_sessions: true,
    better_auth_secret: Need::Always,
    stores: &[URL],
    variables: &[("REDIS_URL", URL)],
    ..Facts::PLAIN
};

/// The `secondary_storage` strategy.
#[derive(Clone, Debug)]
pub struct SecondaryStorage {
    /// The Redis; `None` if no address is configured.
    pub url: Option<SecretString>,
    /// The prefix of every key.
    pub key_prefix: String,
    /// Whether Better Auth also stores sessions in its database.
    pub store_session_in_database: bool,
    /// Whether they stay there after their end.
    pub preserve_session_in_database: bool,
    /// Without an answer by then, a credential is undecidable.
    pub timeout: Duration,
    /// The cache of verdicts, unless it is off.
    pub cache: Option<Cache>,
    /// The behaviour while Redis is out of reach.
    pub outage: Outage,
}

impl Kind for SecondaryStorage {
    fn read(reader: &mut Reader, _deployment: Deployment<'_>) -> Self {
        Self {
            url: reader
                .optional(URL, "a redis, rediss, valkey, valkeys or unix URL", address)
                .map(SecretString::from),
            key_prefix: reader.get("secondary_storage.key_prefix"),
            store_session_in_database: reader.get("secondary_storage.store_session_in_database"),
            preserve_session_in_database: reader.get(PRESERVE),
            timeout: reader.positive_duration("secondary_storage.timeout"),
            cache: Cache::read(reader, "secondary_storage"),
            outage: Outage::read(reader, "secondary_storage"),
        }
    }

    fn validate(&self, reader: &mut Reader, config: &Config) {
        reader.need(URL);
        if self.falls_back_to_table() {
            config.kinds.session_table.validate(reader, config);
        }
        let Some(url) = &self.url else {
            // A malformed address is already a fault.
            if reader.get::<String>(URL).is_empty() {
                reader.fault(URL, "the Redis that Better Auth keeps its sessions in (REDIS_URL)");
            }
            return;
        };
        let url = Url::parse(url.expose_secret()).ok();
        let is_plain = url.is_some_and(|url| {
            matches!(url.scheme(), "redis" | "valkey") && !url.host_str().is_some_and(is_loopback)
        });
        if is_plain {
            reader.insecure(URL, "rediss");
        }
        if self.preserve_session_in_database && !self.store_session_in_database {
            reader.fault(PRESERVE, "store_session_in_database = true beside it, as in Better Auth");
        }
    }

    fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    fn outage(&self) -> Option<&Outage> {
        Some(&self.outage)
    }

    fn dependencies(&self) -> Vec<Dependency> {
        let mut dependencies = vec![Dependency::Secret, Dependency::Redis];
        if self.falls_back_to_table() {
            dependencies.push(Dependency::Tables);
        }
        dependencies
    }

    fn place(&self, _config: &Config) -> Option<String> {
        let url = self.url.as_ref()?.expose_secret();
        Some(format!("{URL} ({})", shown_text(URL, url)))
    }

    async fn build(&self, builder: &mut Builder<'_>) -> anyhow::Result<AnyStrategy> {
        let config = builder.config;
        let storage = self.strategy(config)?.with_raw_tokens(config.better_auth.raw_tokens);
        let storage = if self.falls_back_to_table() {
            storage.with_table(config.kinds.session_table.open(builder).await?)
        } else {
            storage
        };
        Ok(builder.guarded(self.cache(), Some(&self.outage), storage, self.timeout))
    }
}

impl SecondaryStorage {
    /// The strategy, without the table behind it. It connects on its first look-up.
    ///
    /// # Errors
    ///
    /// If no Redis is configured, or Better Auth's secret is not known.
    pub fn strategy(&self, config: &Config) -> anyhow::Result<strategy::SecondaryStorage> {
        let url = self.url.as_ref().context("secondary_storage.url is needed")?;
        let secrets = config.better_auth.secrets.clone().context("better_auth.secret is needed")?;
        Ok(strategy::SecondaryStorage::new(url.expose_secret(), secrets, self.timeout)
            .context(URL)?
            .with_key_prefix(&self.key_prefix)
            .with_fields(config.fields.clone()))
    }

    /// Whether the session table is asked if Redis does not hold a session. Preserved rows do not say whether it still lives.
    #[must_use]
    pub fn falls_back_to_table(&self) -> bool {
        self.store_session_in_database && !self.preserve_session_in_database
    }
}

/// An address that the driver can open. A fragment would make the driver skip certificate checks.
fn address(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    (url.fragment().is_none() && redis::Client::open(text).is_ok()).then(|| text.to_owned())
}
