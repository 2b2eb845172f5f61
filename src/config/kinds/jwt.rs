use std::time::Duration;

use reqwest::Url;

use super::{Dependency, Deployment, Facts, Kind};
use crate::{
    Algorithm,
    config::{BetterAuth, Cache, Config, builder::Builder, endpoint, fault::shown_text, reader::Reader},
    jose::KeySource,
    strategy::{self, AnyStrategy},
};

pub(super) const FACTS: Facts = Facts::PLAIN;

/// The `jwt` strategy.
#[derive(Clone, Debug)]
pub struct Jwt {
    /// The address of the keys.
    pub jwks_url: Url,
    /// Accepted `iss`; never empty.
    pub issuers: Vec<String>,
    /// Accepted `aud`; never empty.
    pub audiences: Vec<String>,
    /// Accepted `alg`; never empty where the strategy is in use.
    pub algorithms: Vec<Algorithm>,
    /// How far two clocks may differ.
    pub leeway: Duration,
    /// The longest lifetime of a token, if limited.
    pub max_lifetime: Option<Duration>,
    /// At most one fetch for unknown keys in that time.
    pub cooldown: Duration,
    /// The time between two fetches when all is well.
    pub refresh: Duration,
    /// How long keys are trusted after the last good fetch.
    pub max_stale: Duration,
    /// The cache of verified tokens, unless it is off.
    pub cache: Option<Cache>,
}

impl Kind for Jwt {
    fn read(reader: &mut Reader, Deployment { better_auth, .. }: Deployment<'_>) -> Self {
        let jwks_url = reader.optional("jwt.jwks_url", endpoint::EXPECTED, endpoint::parse);
        Self {
            jwks_url: jwks_url.unwrap_or_else(|| better_auth.endpoint("jwks")),
            issuers: names(reader, "jwt.issuers", better_auth),
            audiences: names(reader, "jwt.audiences", better_auth),
            algorithms: reader.list("jwt.algorithms", |name| name.parse().ok().ok_or_else(algorithms)),
            leeway: reader.duration("jwt.leeway"),
            max_lifetime: reader.optional_positive_duration("jwt.max_lifetime"),
            cooldown: reader.positive_duration("jwt.cooldown"),
            refresh: reader.positive_duration("jwt.refresh"),
            max_stale: reader.positive_duration("jwt.max_stale"),
            cache: Cache::read(reader, "jwt"),
        }
    }

    fn validate(&self, reader: &mut Reader, _config: &Config) {
        for (key, names) in [("jwt.issuers", &self.issuers), ("jwt.audiences", &self.audiences)] {
            if names.iter().any(String::is_empty) {
                reader.fault(key, "no empty name");
            }
        }
        reader.check_leeway("jwt.leeway", self.leeway);
        self.check_keys(reader);
    }

    fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    fn place(&self, _config: &Config) -> Option<String> {
        Some(format!("jwt.jwks_url ({})", shown_text("jwt.jwks_url", self.jwks_url.as_str())))
    }

    fn cut_offs_matter_for(&self) -> Option<Duration> {
        self.max_lifetime.map(|lifetime| lifetime + self.leeway)
    }

    fn dependencies(&self) -> Vec<Dependency> {
        vec![Dependency::KeySet]
    }

    async fn build(&self, builder: &mut Builder<'_>) -> anyhow::Result<AnyStrategy> {
        let keys = self.keys(builder)?;
        let strategy = strategy::Jwt::with_keys(keys, &self.issuers, &self.audiences)
            .with_algorithms(self.algorithms.iter().copied())
            .with_leeway(self.leeway)
            .with_max_lifetime(self.max_lifetime)
            .with_fields(builder.config.fields.clone())
            .with_revocations(builder.revocations.clone());
        Ok(builder.cached(self.cache(), None, strategy))
    }
}

/// Better Auth's published keys, which other strategies may trust, too.
impl Jwt {
    /// Nobody may change the fetched keys on their way, whichever strategy trusts them.
    pub(super) fn check_keys(&self, reader: &mut Reader) {
        reader.check_choice("jwt.algorithms", &self.algorithms);
        reader.check_https("jwt.jwks_url", &self.jwks_url);
        if self.max_stale <= self.refresh {
            reader.fault(
                "jwt.max_stale",
                "longer than jwt.refresh: otherwise the keys expire between two fetches",
            );
        }
    }

    /// The source of the keys, one for all.
    pub(super) fn keys(&self, builder: &mut Builder<'_>) -> anyhow::Result<KeySource> {
        let (spawner, clock) = (builder.spawner.clone(), builder.revocations.clock());
        let observer = builder.observer.clone();
        builder.keys(|| {
            let keys = KeySource::new(self.jwks_url.clone())?
                .with_cooldown(self.cooldown)
                .with_refresh(self.refresh)
                .with_max_stale(self.max_stale)
                .with_spawner(spawner)
                .with_clock(clock);
            Ok(observer.into_iter().fold(keys, KeySource::with_observer))
        })
    }
}

fn algorithms() -> String {
    format!(
        "one of {}",
        Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>().join(", ")
    )
}

fn names(reader: &Reader, key: &str, better_auth: &BetterAuth) -> Vec<String> {
    let names: Vec<String> = reader.get(key);
    if names.is_empty() { vec![better_auth.origin()] } else { names }
}
