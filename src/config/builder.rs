//! Building the strategies of one configuration.

use std::{sync::Arc, time::Duration};

use anyhow::Context;

use super::{Assertion, Cache, Config, Outage};
use crate::{
    better_auth::Secrets,
    jose::KeySource,
    judgement::Observer,
    revocation::Revocations,
    spawner::Spawner,
    strategy::{AnyStrategy, Cached, Guarded, Strategy},
};

/// Builds the strategies of one configuration, which share what they can.
pub(super) struct Builder<'a> {
    pub config: &'a Config,
    pub revocations: &'a Revocations,
    pub spawner: &'a Spawner,
    /// The observer of requests to Better Auth, if there is one.
    pub observer: Option<Arc<dyn Observer>>,
    /// Better Auth's published keys, which all strategies share; made when the first needs them.
    keys: Option<KeySource>,
}

impl<'a> Builder<'a> {
    pub fn new(
        config: &'a Config,
        revocations: &'a Revocations,
        spawner: &'a Spawner,
        observer: Option<Arc<dyn Observer>>,
    ) -> Self {
        Self { config, revocations, spawner, observer, keys: None }
    }

    /// A strategy that does look-ups, with its guard and its cache.
    pub fn guarded(
        &self,
        cache: Option<&Cache>,
        outage: Option<&Outage>,
        strategy: impl Strategy,
        timeout: Duration,
    ) -> AnyStrategy {
        self.cached(cache, outage, Guarded::new(strategy, timeout))
    }

    /// A strategy with its cache.
    pub fn cached(
        &self,
        cache: Option<&Cache>,
        outage: Option<&Outage>,
        strategy: impl Strategy,
    ) -> AnyStrategy {
        let Some(cache) = cache else { return AnyStrategy::new(strategy) };
        let stale = outage.and_then(|outage| outage.stale_if_unavailable);
        let cached = Cached::new(strategy, cache.max_age, cache.capacity)
            .with_revocations(self.revocations.clone())
            .with_spawner(self.spawner.clone())
            .with_stale_if_unavailable(stale.unwrap_or_default())
            .with_room_for_memos(if self.config.has_assertions() { Assertion::SIZE } else { 0 });
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
