use std::time::Duration;

use super::reader::Reader;
use crate::{Secrets, SharedSecret as Strategy};

const SECRET: &str = "shared_secret.secret";

/// The `shared_secret` strategy, and the command `token`.
#[derive(Clone, Debug)]
pub struct SharedSecret {
    /// What signs and verifies; `None` where no secret is given.
    pub secrets: Option<Secrets>,
    /// The `iss` of every token, if it is held to one.
    pub issuer: Option<String>,
    /// The `aud` of every token, if it is held to one.
    pub audience: Option<String>,
    /// How far two clocks may differ.
    pub leeway: Duration,
    /// How long a minted access token lives.
    pub access_lifetime: Duration,
    /// How long a minted refresh token lives.
    pub refresh_lifetime: Duration,
}

impl SharedSecret {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let secret: Option<String> = reader.optional(SECRET, "at least 32 bytes", long_enough);
        let older = reader.list("shared_secret.older_secrets", |text| {
            long_enough(text).ok_or_else(|| "secrets of at least 32 bytes each".to_owned())
        });
        let name = |text: &str| Some(text.to_owned());
        let leeway = reader.duration("shared_secret.leeway");
        if leeway > Duration::from_mins(1) {
            reader.fault(
                "shared_secret.leeway",
                "at most \"60s\": an expired token is believed that much longer",
            );
        }
        Self {
            secrets: secret.map(|secret| Secrets::new(secret).with_older(older)),
            issuer: reader.optional("shared_secret.issuer", "a name", name),
            audience: reader.optional("shared_secret.audience", "a name", name),
            leeway,
            access_lifetime: lifetime(reader, "shared_secret.access_lifetime"),
            refresh_lifetime: lifetime(reader, "shared_secret.refresh_lifetime"),
        }
    }

    pub(super) fn check(&self, reader: &mut Reader, better_auth: Option<&Secrets>) {
        if self.secrets.is_none() {
            reader.fault(SECRET, "a secret of at least 32 bytes (VERIFIER_SHARED_SECRET__SECRET)");
        }
        let ours = || self.secrets.iter().flat_map(Secrets::all);
        if better_auth.is_some_and(|theirs| theirs.all().any(|secret| ours().any(|our| our == secret))) {
            reader.warn(
                "shared_secret.secret is Better Auth's own: whoever mints tokens with it can sign in as anybody",
            );
        }
    }

    /// The strategy; `None` where no secret is given.
    #[must_use]
    pub fn strategy(&self) -> Option<Strategy> {
        let mut strategy = Strategy::new(self.secrets.clone()?).ok()?.with_leeway(self.leeway);
        if let Some(issuer) = &self.issuer {
            strategy = strategy.with_issuer(issuer);
        }
        if let Some(audience) = &self.audience {
            strategy = strategy.with_audience(audience);
        }
        Some(strategy)
    }
}

fn long_enough(secret: &str) -> Option<String> {
    Strategy::new(secret).is_ok().then(|| secret.to_owned())
}

/// A token's dates are whole seconds.
fn lifetime(reader: &mut Reader, key: &str) -> Duration {
    let lifetime = reader.positive_duration(key);
    if lifetime < Duration::from_secs(1) {
        reader.fault(key, "a second or longer");
    }
    lifetime
}
