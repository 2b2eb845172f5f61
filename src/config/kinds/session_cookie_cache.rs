use std::time::Duration;

use super::{Dependency, Deployment, Facts, Kind, Need, StrategyKind};
use crate::{
    config::{Cache, Config, builder::Builder, cookie_name, reader::Reader},
    strategy::{self, AnyStrategy},
};

pub(super) const FACTS: Facts =
    Facts { has_sessions: true, better_auth_secret: Need::Always, ..Facts::PLAIN };

/// The `session_cookie_cache` strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionCookieCache {
    /// The names its cookie may have, the safer first.
    pub cookies: Vec<String>,
    /// The expected version of Better Auth's caches.
    pub version: String,
    /// The cache of verdicts, unless it is off.
    pub cache: Option<Cache>,
}

impl Kind for SessionCookieCache {
    fn read(reader: &mut Reader, Deployment { better_auth, .. }: Deployment<'_>) -> Self {
        let version = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let cookie_name = cookie_name::read(reader, "session_cookie_cache.cookie_name");
        Self {
            cookies: better_auth.cookies.names(cookie_name, "session_data"),
            version: reader.parse("session_cookie_cache.version", "a version, \"1\" by default", version),
            cache: Cache::read(reader, "session_cookie_cache"),
        }
    }

    fn validate(&self, reader: &mut Reader, config: &Config) {
        config.kinds.jwt.check_keys(reader);
        check_order(reader, config);
    }

    fn cache(&self) -> Option<&Cache> {
        self.cache.as_ref()
    }

    fn companions(&self) -> &[String] {
        &self.cookies
    }

    /// A cookie cache may live as long as its session.
    fn cut_offs_matter_for(&self) -> Option<Duration> {
        None
    }

    fn dependencies(&self) -> Vec<Dependency> {
        vec![Dependency::Secret, Dependency::CookieCache]
    }

    async fn build(&self, builder: &mut Builder<'_>) -> anyhow::Result<AnyStrategy> {
        let config = builder.config;
        let strategy = strategy::SessionCookieCache::new(builder.secrets()?, &self.cookies)
            .with_version(&self.version)
            .with_keys(config.kinds.jwt.keys(builder)?)
            .with_algorithms(config.kinds.jwt.algorithms.iter().copied())
            .with_fields(config.fields.clone())
            .with_revocations(builder.revocations.clone());
        Ok(builder.cached(self.cache(), None, strategy))
    }
}

/// It saves later strategies the look-up, so it has to stand before them.
fn check_order(reader: &mut Reader, config: &Config) {
    let mut before = config.strategies.iter().take_while(|kind| **kind != StrategyKind::SessionCookieCache);
    if let Some(first) = before.find(|kind| kind.claims_session_tokens()) {
        reader.warn(format!(
            "strategies: session_cookie_cache is never asked, as {first} stands before it and claims session cookies"
        ));
    }
}
