use std::time::Duration;

use super::{Deployment, Facts, Kind};
use crate::{
    Secrets,
    config::{Config, builder::Builder, reader::Reader},
    strategy::{self, AnyStrategy, MIN_SECRET},
};

const SECRET: &str = "shared_secret.secret";
const OLDER: &str = "shared_secret.older_secrets";
const EXPECTED: &str = "a secret of at least 32 bytes (VERIFIER_SHARED_SECRET__SECRET)";

pub(super) const FACTS: Facts = Facts { secrets: &[SECRET, OLDER], ..Facts::PLAIN };

/// The `shared_secret` strategy, and the command `token`.
#[derive(Clone, Debug)]
pub struct SharedSecret {
    /// Signs and verifies; `None` if no secret is configured.
    pub secrets: Option<Secrets>,
    /// The required `iss` of every token, if any.
    pub issuer: Option<String>,
    /// The required `aud` of every token, if any.
    pub audience: Option<String>,
    /// How far two clocks may differ.
    pub leeway: Duration,
    /// How long a minted access token lives.
    pub access_lifetime: Duration,
    /// How long a minted refresh token lives.
    pub refresh_lifetime: Duration,
}

impl Kind for SharedSecret {
    fn read(reader: &mut Reader, _deployment: Deployment<'_>) -> Self {
        let secret = reader.optional(SECRET, EXPECTED, long_enough);
        let older = reader.list(OLDER, |text| {
            long_enough(text).ok_or_else(|| "secrets of at least 32 bytes each".to_owned())
        });
        let name = |text: &str| Some(text.to_owned());
        let leeway = reader.duration("shared_secret.leeway");
        reader.check_leeway("shared_secret.leeway", leeway);
        Self {
            secrets: secret.map(|secret| Secrets::new(secret).with_older(older)),
            issuer: reader.optional("shared_secret.issuer", "a name", name),
            audience: reader.optional("shared_secret.audience", "a name", name),
            leeway,
            access_lifetime: lifetime(reader, "shared_secret.access_lifetime"),
            refresh_lifetime: lifetime(reader, "shared_secret.refresh_lifetime"),
        }
    }

    fn validate(&self, reader: &mut Reader, config: &Config) {
        if self.secrets.is_none() {
            reader.fault(SECRET, EXPECTED);
        }
        let ours = || self.secrets.iter().flat_map(Secrets::all);
        let theirs = config.better_auth.secrets.as_ref();
        if theirs.is_some_and(|theirs| theirs.all().any(|secret| ours().any(|our| our == secret))) {
            reader.warn(
                "shared_secret: one of its secrets is Better Auth's own: anyone who mints tokens with it can sign in as any user",
            );
        }
    }

    async fn build(&self, builder: &mut Builder<'_>) -> anyhow::Result<AnyStrategy> {
        let strategy = self.strategy().map_err(anyhow::Error::msg)?;
        // No cache: it decides without a look-up.
        Ok(AnyStrategy::new(strategy.with_fields(builder.config.fields.clone())))
    }
}

impl SharedSecret {
    /// The strategy.
    ///
    /// # Errors
    ///
    /// When no secret is given.
    pub fn strategy(&self) -> Result<strategy::SharedSecret, String> {
        let secrets = self.secrets.clone().ok_or_else(|| format!("{SECRET} = \"\": expected {EXPECTED}"))?;
        let strategy = strategy::SharedSecret::new(secrets).map_err(|error| error.to_string())?;
        let mut strategy = strategy.with_leeway(self.leeway);
        if let Some(issuer) = &self.issuer {
            strategy = strategy.with_issuer(issuer);
        }
        if let Some(audience) = &self.audience {
            strategy = strategy.with_audience(audience);
        }
        Ok(strategy)
    }
}

fn long_enough(secret: &str) -> Option<String> {
    (secret.len() >= MIN_SECRET).then(|| secret.to_owned())
}

/// A token's dates are whole seconds.
fn lifetime(reader: &mut Reader, key: &str) -> Duration {
    let lifetime = reader.positive_duration(key);
    if lifetime < Duration::from_secs(1) {
        reader.fault(key, "a second or longer");
    }
    lifetime
}
