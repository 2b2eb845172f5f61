use std::time::Duration;

use anyhow::Context;
use better_auth_verifier_entity::signing_key::Model;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};

use super::{Assertions, key_ring::Term, key_store::KeyStore};
use crate::{
    clock::Clock,
    config,
    jose::Algorithm,
    service::{lifecycle::Lifecycle, own_tables::OwnTables, readiness::FIRST_LOOK},
};

/// How long a key that was withdrawn may still be used here.
const INTERVAL: Duration = Duration::from_secs(10);
/// While there is no key that signs.
const PAUSE: Duration = Duration::from_secs(1);
/// Other instances make keys, too; more often than that none is faster.
const TRIES: usize = 5;

/// Follows the keys in the service's own tables, and makes a new one when it is time.
#[derive(Clone)]
pub struct KeyRotation {
    store: KeyStore,
    assertions: Assertions,
    algorithm: Algorithm,
    rotate_after: Duration,
}

impl KeyRotation {
    /// As configured. There are no keys before [`follow`](Self::follow).
    pub fn new(config: &config::Assertion, tables: OwnTables) -> anyhow::Result<Self> {
        let &config::Assertion { algorithm, lifetime, rotate_after, .. } = config;
        let secret = config.secret.as_ref().context("assertion.secret is needed")?;
        let issuer = config.issuer.as_ref().context("assertion.issuer is needed")?;
        Ok(Self {
            store: KeyStore::new(tables, secret.expose_secret()),
            assertions: Assertions::new(issuer, algorithm, lifetime),
            algorithm,
            rotate_after,
        })
    }

    /// What mints with these keys.
    pub fn assertions(&self) -> Assertions {
        self.assertions.clone()
    }

    /// Reads them again and again. A start waits for the first time, but not for long.
    pub async fn follow(self, lifecycle: &Lifecycle) {
        let (found, first) = oneshot::channel::<()>();
        lifecycle.spawn(async move {
            let (mut known, mut found) = (Vec::new(), Some(found));
            loop {
                let now = Clock::System.now();
                let refreshed = self.refresh(&mut known, now).await;
                let signs = self.assertions.ring().signing(self.algorithm, now).is_some();
                let pause = if signs { INTERVAL } else { PAUSE };
                match refreshed {
                    Ok(()) => drop(found.take()),
                    Err(error) => {
                        let meanwhile =
                            if signs { "the keys that it knows go on" } else { "there are no assertions" };
                        tracing::warn!(
                            "database.url: the service cannot read its signing keys or keep a new one ({error:#}). \
                             Meanwhile {meanwhile}; it tries again in {pause:?}"
                        );
                    }
                }
                sleep(pause).await;
            }
        });
        let _ = timeout(FIRST_LOOK, first).await;
    }

    /// Reads the keys, and makes one if it is due.
    async fn refresh(&self, known: &mut Vec<Model>, now: DateTime<Utc>) -> anyhow::Result<()> {
        self.read(known).await?;
        for _ in 0..TRIES {
            let Some(activates_at) = self.assertions.ring().due(self.algorithm, self.rotate_after, now)
            else {
                return Ok(());
            };
            self.add(known, activates_at).await?;
            self.store.forget_retired(now).await?;
            self.read(known).await?;
        }
        Ok(())
    }

    async fn read(&self, known: &mut Vec<Model>) -> anyhow::Result<()> {
        let rows = self.store.rows().await?;
        if rows != *known {
            self.assertions.replace(self.store.open(&rows));
            *known = rows;
        }
        Ok(())
    }

    /// Makes the next key. Returns nothing where another instance was faster.
    async fn add(&self, known: &[Model], activates_at: DateTime<Utc>) -> anyhow::Result<Option<Model>> {
        let last = known.first().map_or(0, |row| row.generation);
        let generation = last.checked_add(1).context("no number is left for another key")?;
        let row =
            self.store.make(self.algorithm, Term::new(generation, activates_at, self.rotate_after)).await?;
        let is_kept = self.store.keep(row.clone()).await?;
        if is_kept {
            tracing::info!(kid = row.kid, "assertions: a new key was made; it signs from {activates_at} on");
        }
        Ok(is_kept.then_some(row))
    }

    /// Makes a new key, which signs when its turn has come.
    pub async fn rotate(&self, now: DateTime<Utc>) -> anyhow::Result<Model> {
        self.add_at_last(now, false).await
    }

    /// Makes a new key, which signs at once, and deletes all that were there before.
    pub async fn withdraw(&self, now: DateTime<Utc>) -> anyhow::Result<Model> {
        let row = self.add_at_last(now, true).await?;
        self.store.forget_before(row.generation).await?;
        Ok(row)
    }

    async fn add_at_last(&self, now: DateTime<Utc>, at_once: bool) -> anyhow::Result<Model> {
        let mut known = Vec::new();
        for _ in 0..TRIES {
            self.read(&mut known).await?;
            let turn = if at_once { now } else { self.assertions.ring().next_turn(self.algorithm, now) };
            if let Some(row) = self.add(&known, turn).await? {
                return Ok(row);
            }
        }
        anyhow::bail!("other instances have made keys at the same time, again and again")
    }
}

#[cfg(test)]
mod tests;
