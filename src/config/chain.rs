//! The strategies, as the configuration names them.

use std::time::Duration;

use anyhow::Context;

use super::{Config, StrategyKind, kinds::Kind};
use crate::{
    better_auth::Secrets,
    credential::Carriers,
    jose::KeySource,
    revocation::Revocations,
    strategy::{AnyStrategy, Cached, Chain, Fallback, Guarded, Strategy},
};

impl Config {
    /// Builds the strategies, looks at what is within reach of what they need, and logs who decides what. All of them hear of
    /// `revocations`.
    ///
    /// # Errors
    ///
    /// What keeps a strategy from ever deciding, such as a missing table. What is out of reach may come back and is no error.
    pub async fn chain(&self, revocations: &Revocations) -> anyhow::Result<Chain> {
        let mut builder = Builder { config: self, revocations, keys: None };
        let mut chain = Chain::default();
        for kind in &self.strategies {
            chain = chain.push(builder.with_fallback(*kind).await?);
        }
        if let Some(time) = self.cut_offs_matter_for() {
            revocations.tokens_live_at_most(time);
        }
        self.log_order();
        Ok(chain)
    }

    /// What credentials are read from.
    #[must_use]
    pub fn carriers(&self) -> Carriers {
        let better_auth = &self.better_auth;
        let companions = self.strategies.iter().flat_map(|kind| self.kinds.get(*kind).companions());
        let carriers = Carriers::new(&better_auth.session_cookies)
            .with_trusted_origins(&better_auth.trusted_origins)
            .with_companions(companions);
        match &better_auth.secrets {
            Some(secrets) => carriers.with_secrets(secrets.clone()),
            None => carriers,
        }
    }

    /// How long a cut-off has to be remembered, where that is bounded for every strategy.
    fn cut_offs_matter_for(&self) -> Option<Duration> {
        let times: Option<Vec<_>> =
            self.strategies.iter().map(|kind| self.kinds.get(*kind).cut_offs_matter_for()).collect();
        times?.into_iter().max().filter(|time| !time.is_zero())
    }

    /// Says who decides what, above all where two strategies claim the same.
    fn log_order(&self) {
        let names: Vec<_> = self.strategies.iter().map(|kind| kind.name()).collect();
        tracing::info!(strategies = names.join(", "), "strategies, in order of trust");
        let claiming = self.strategies.iter().filter(|kind| kind.claims_session_tokens());
        let of_session_tokens: Vec<_> = claiming.map(|kind| kind.name()).collect();
        if let [first, others @ ..] = &*of_session_tokens
            && !others.is_empty()
        {
            let others = others.join(" and ");
            tracing::info!(
                "{first} and {others} claim session tokens: {first} decides them, {others} is never asked"
            );
        }
        for kind in &self.strategies {
            if let Some(fallback) = self.fallback(*kind) {
                tracing::info!("{fallback} is asked for what {kind} cannot find out");
            }
        }
    }
}

/// Builds the strategies of one configuration, which share what they can.
pub(super) struct Builder<'a> {
    pub config: &'a Config,
    pub revocations: &'a Revocations,
    /// Better Auth's published keys, of which all strategies see one copy; made when the first needs them.
    keys: Option<KeySource>,
}

impl Builder<'_> {
    async fn with_fallback(&mut self, kind: StrategyKind) -> anyhow::Result<AnyStrategy> {
        let config = self.config;
        let strategy = config.kinds.build(kind, self).await?;
        let Some(fallback) = config.fallback(kind) else { return Ok(strategy) };
        let fallback = config.kinds.build(fallback, self).await?;
        Ok(AnyStrategy::new(Fallback::new(strategy, fallback)))
    }

    /// A strategy that asks somebody, with a guard for when nobody answers and with the cache of its section.
    pub fn guarded(&self, section: &dyn Kind, strategy: impl Strategy, timeout: Duration) -> AnyStrategy {
        self.cached(section, Guarded::new(strategy, timeout))
    }

    /// A strategy with the cache of its section.
    pub fn cached(&self, section: &dyn Kind, strategy: impl Strategy) -> AnyStrategy {
        let Some(cache) = section.cache() else { return AnyStrategy::new(strategy) };
        let stale = section.outage().and_then(|outage| outage.stale_if_unavailable);
        let cached = Cached::new(strategy, cache.max_age, cache.capacity)
            .with_revocations(self.revocations.clone())
            .with_stale_if_unavailable(stale.unwrap_or_default())
            .with_assertions(self.config.has_assertions());
        AnyStrategy::new(cached)
    }

    /// The one copy of Better Auth's published keys.
    pub fn keys(&mut self, make: impl FnOnce() -> anyhow::Result<KeySource>) -> anyhow::Result<KeySource> {
        let keys = match self.keys.take() {
            Some(keys) => keys,
            None => make()?,
        };
        Ok(self.keys.insert(keys).clone())
    }

    /// Better Auth's secrets.
    pub fn secrets(&self) -> anyhow::Result<Secrets> {
        self.config.better_auth.secrets.clone().context("better_auth.secret is needed")
    }
}
