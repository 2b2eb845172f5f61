use std::time::Duration;

use anyhow::{Context, bail};
use better_auth_verifier_entity::signing_key::Model;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};

use super::{
    Assertions,
    key_ring::Term,
    key_store::{KEPT, KeyStore, MAX_ROWS},
};
use crate::{
    app::{lifecycle::Lifecycle, own_tables::OwnTables, readiness::FIRST_LOOK},
    clock::Clock,
    config,
    jose::Algorithm,
};

/// How long a key that was withdrawn may still be used here.
const INTERVAL: Duration = Duration::from_secs(10);
/// While there is no key that signs.
const PAUSE: Duration = Duration::from_secs(1);
/// Other instances make keys, too; more often than that none is faster.
const TRIES: usize = 5;
const ALWAYS_SLOWER: &str =
    "each time that this one made a key, another instance or somebody who writes to the table was faster";

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
            let (mut known, mut found, mut trouble) = (Vec::new(), Some(found), Trouble::default());
            loop {
                let now = Clock::System.now();
                let refreshed = self.refresh(&mut known, now).await;
                let signs = self.assertions.ring().signing(self.algorithm, now).is_some();
                if refreshed.is_ok() {
                    found.take();
                }
                trouble.report(refreshed, signs);
                sleep(if signs { INTERVAL } else { PAUSE }).await;
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
            self.store.forget_superseded(self.assertions.ring().superseded(KEPT, now), now).await?;
            self.read(known).await?;
        }
        bail!(ALWAYS_SLOWER)
    }

    async fn read(&self, known: &mut Vec<Model>) -> anyhow::Result<()> {
        let rows = self.store.rows().await?;
        if rows != *known {
            self.assertions.replace(self.store.open(&rows));
            self.report_foreign(&rows);
            *known = rows;
        }
        Ok(())
    }

    fn report_foreign(&self, rows: &[Model]) {
        let foreign = self.store.foreign(rows);
        if let Some(newest) = foreign.first() {
            tracing::warn!(
                generation = newest.generation,
                kid = newest.kid,
                "database.url: verifier_signing_key holds signing keys of no use ({}; the newest is named here): they were sealed \
                 under another assertion.secret, or changed afterwards. They are neither published nor used",
                foreign.len()
            );
        }
    }

    /// Makes the next key. Returns nothing where another instance was faster.
    async fn add(&self, known: &[Model], activates_at: DateTime<Utc>) -> anyhow::Result<Option<Model>> {
        let term = Term::new(self.next_generation(known)?, activates_at, self.rotate_after);
        let row = self.store.make(self.algorithm, term).await?;
        let is_kept = self.store.keep(row.clone()).await?;
        if is_kept {
            tracing::info!(kid = row.kid, "assertions: a new key was made; it signs from {activates_at} on");
        }
        Ok(is_kept.then_some(row))
    }

    /// The number of the next key. Rows that hold no key of ours have numbers, too, and do not push ours up.
    fn next_generation(&self, known: &[Model]) -> anyhow::Result<i64> {
        let foreign = self.store.foreign(known);
        if foreign.len() >= MAX_ROWS {
            bail!(
                "verifier_signing_key holds {MAX_ROWS} rows or more that are no keys of this service, such as that of generation {} \
                 (kid {:?}). Run `better-auth-verifier assertion-keys withdraw`, which deletes them, and find out who writes to this \
                 table",
                foreign[0].generation,
                foreign[0].kid
            );
        }
        let last = self.assertions.ring().last_generation();
        let is_free = |number: &i64| known.iter().all(|row| row.generation != *number);
        (last.saturating_add(1)..=i64::MAX).find(is_free).context("no number is left for another key")
    }

    /// Makes a new key, which signs when its turn has come, instead of those that still wait for theirs.
    pub async fn rotate(&self, now: DateTime<Utc>) -> anyhow::Result<Model> {
        if let Some(Unopened { rows, generation, kid }) = self.unopened().await? {
            bail!(
                "assertion.secret opens none of the keys there ({rows}, the newest of generation {generation}, kid {kid:?}). The \
                 service that made them has another secret and could not use a new key of this one: run the command with its \
                 secret. If the secret was changed on purpose, start the service with it first"
            );
        }
        let row = self.add_at_last(now, false).await?;
        let ring = self.assertions.ring();
        let waiting = ring.waiting(self.algorithm, now);
        self.store.forget_superseded([waiting, ring.superseded(KEPT, now)].concat(), now).await?;
        Ok(row)
    }

    /// Makes a new key, which signs at once, and deletes all that were there before, ours or not.
    pub async fn withdraw(&self, now: DateTime<Utc>) -> anyhow::Result<Model> {
        if let Some(Unopened { rows, .. }) = self.unopened().await? {
            tracing::warn!(
                "assertion.secret opens none of the keys in database.url ({rows} rows). The command deletes them all the same. A \
                 running service that has another secret cannot use the new key, and makes one of its own: then run the command \
                 again with that secret"
            );
        }
        if self.store.foreign(&self.store.rows().await?).len() >= MAX_ROWS {
            // Ours, if there are any, are out of sight, and a new one would be, too.
            self.store.forget_all().await?;
        }
        let row = self.add_at_last(now, true).await?;
        let rows = self.store.rows().await?;
        let foreign = self.store.foreign(&rows).into_iter().map(|row| row.generation);
        self.store.forget_before(row.generation, foreign.collect()).await?;
        Ok(row)
    }

    /// The keys that are there, if none of them is ours. Where the table is full, ours may only be out of sight.
    async fn unopened(&self) -> anyhow::Result<Option<Unopened>> {
        let rows = self.store.rows().await?;
        let may_be_ours = rows.len() >= MAX_ROWS || self.store.foreign(&rows).len() < rows.len();
        let newest = rows.first().filter(|_| !may_be_ours).cloned();
        Ok(newest.map(|Model { generation, kid, .. }| Unopened { rows: rows.len(), generation, kid }))
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
        bail!(ALWAYS_SLOWER)
    }
}

/// Keys of which none was sealed under our secret.
struct Unopened {
    rows: usize,
    /// Of the newest.
    generation: i64,
    kid: String,
}

/// What the log says while the keys cannot be read or kept: when that begins, gets worse and ends.
#[derive(Default)]
struct Trouble {
    /// Whether there was a key that signs when the log said so last; nothing while all is well.
    told: Option<bool>,
}

impl Trouble {
    fn report(&mut self, refreshed: anyhow::Result<()>, signs: bool) {
        let told = self.told;
        self.told = refreshed.is_err().then_some(signs);
        match refreshed {
            Ok(()) if told.is_some() => {
                tracing::info!("database.url: the service reads its signing keys again");
            }
            Err(error) if told != self.told => {
                let meanwhile =
                    if signs { "the keys that it knows go on" } else { "there are no assertions" };
                tracing::warn!(
                    "database.url: the service cannot read its signing keys or keep a new one ({error:#}). Meanwhile {meanwhile}; \
                     it tries again every few seconds and says here when it can"
                );
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
