use std::time::Duration;

use reqwest::Url;

use super::{BetterAuth, Cache, endpoint, reader::Reader};
use crate::Algorithm;

/// The `jwt` strategy.
#[derive(Clone, Debug)]
pub struct Jwt {
    /// Where the keys are.
    pub jwks_url: Url,
    /// Accepted `iss`; never empty.
    pub issuers: Vec<String>,
    /// Accepted `aud`; never empty.
    pub audiences: Vec<String>,
    /// Accepted `alg`; never empty where the strategy is in use.
    pub algorithms: Vec<Algorithm>,
    /// How far two clocks may differ.
    pub leeway: Duration,
    /// The longest a token may have been made to live, if that is limited.
    pub max_lifetime: Option<Duration>,
    /// At most one fetch for unknown keys in that time.
    pub cooldown: Duration,
    /// The time between two fetches when all is well.
    pub refresh: Duration,
    /// How long keys are believed after the last good fetch.
    pub max_stale: Duration,
    /// Verified tokens, unless switched off.
    pub cache: Option<Cache>,
}

impl Jwt {
    pub(super) fn read(reader: &mut Reader, better_auth: &BetterAuth) -> Self {
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

    pub(super) fn check(&self, reader: &mut Reader) {
        for (key, names) in [("jwt.issuers", &self.issuers), ("jwt.audiences", &self.audiences)] {
            if names.iter().any(String::is_empty) {
                reader.fault(key, "no empty name");
            }
        }
        reader.check_leeway("jwt.leeway", self.leeway);
    }

    /// What is fetched must not be changed on its way, whichever strategy believes it.
    pub(super) fn check_keys(&self, reader: &mut Reader) {
        reader.check_choice("jwt.algorithms", &self.algorithms);
        endpoint::check(reader, "jwt.jwks_url", &self.jwks_url);
        if self.max_stale <= self.refresh {
            reader.fault(
                "jwt.max_stale",
                "longer than jwt.refresh: nothing would be believed between two fetches",
            );
        }
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
