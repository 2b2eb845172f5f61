mod entry;
mod listener;

use std::{
    pin::pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use moka::future::Cache;
use tokio::time::timeout;

use self::{
    entry::{Answer, EntryExpiry, Key, REFUSED, Verified},
    listener::Listener,
};
use super::{AnyStrategy, CacheVitals, Freshness, Standing, Strategy, Verdict, Vitals, Wrapper};
use crate::{
    credential::Credential,
    error::Unverified,
    identity::{Identity, Memos},
    judgement::Step,
    revocation::{Feeds, Revocations},
    spawner::Spawner,
};

/// The most refusals that are cached.
const MAX_REFUSED: u64 = 10_000;
/// A look-up takes no longer, unless the database or service behind it is in trouble.
const MOMENT: Duration = Duration::from_millis(25);

/// Caches the verdicts of another strategy: at most `max_age` long, never past the identity's own expiry, and never after a feed
/// has reported its end.
///
/// Concurrent misses for one credential share one look-up. A refusal is cached for a second, an outage never. The
/// key is [`Credential::digest`]: no token is kept, and a bearer's verdict is never used for a cookie.
///
/// From its first use on it follows the feeds of that strategy, see [`Strategy::follow`]. While a feed is lost, no cached
/// verdict is used, and a request shares a look-up only if it began after the request arrived.
pub struct Cached {
    inner: AnyStrategy,
    max_age: Duration,
    stale_if_unavailable: Duration,
    room_for_memos: usize,
    verified: Cache<Key, Verified>,
    /// Look-ups under way, and refusals.
    asked: Cache<Key, Answer>,
    feeds: Feeds,
    spawner: Spawner,
    /// `None` where the strategy has no feed.
    listener: OnceLock<Option<Listener>>,
}

impl Cached {
    /// `max_age` bounds the delay of a sign-out that no feed reports. `capacity` is the number of identities kept; a
    /// large one counts once for each KiB.
    pub fn new(inner: impl Strategy, max_age: Duration, capacity: u64) -> Self {
        let inner = AnyStrategy::new(inner);
        let revocations = inner.revocations().unwrap_or_default();
        let verified = Cache::builder()
            .max_capacity(capacity)
            .weigher(|_, found: &Verified| found.weight())
            .expire_after(EntryExpiry)
            .build();
        let asked = Cache::builder()
            .max_capacity(MAX_REFUSED)
            .weigher(|_, answer: &Answer| answer.weight())
            .time_to_live(REFUSED)
            .build();
        Self {
            inner,
            max_age,
            stale_if_unavailable: Duration::ZERO,
            room_for_memos: 0,
            feeds: feeds(revocations, &verified),
            verified,
            asked,
            spawner: Spawner::default(),
            listener: OnceLock::new(),
        }
    }

    /// Checks its entries against these revocations, and adds to them the reports of its own feeds. By default they are those of
    /// the strategy inside, see [`Strategy::revocations`].
    ///
    /// # Panics
    ///
    /// If the strategy inside checks tokens against others: a session that has ended for one of them would live on for the
    /// other. Give both the same, or only the strategy.
    #[must_use]
    pub fn with_revocations(self, revocations: Revocations) -> Self {
        let inner = self.inner.revocations();
        assert!(
            inner.is_none_or(|inner| inner.are(&revocations)),
            "{} checks tokens against other revocations than the cache around it: give it the same by its `with_revocations`",
            self.inner.name()
        );
        let feeds = feeds(revocations, &self.verified);
        Self { feeds, ..self }
    }

    /// While the strategy inside is unavailable, serves entries this long past `max_age`, unless a feed reported their end. Zero,
    /// the default, serves none.
    #[must_use]
    pub fn with_stale_if_unavailable(self, stale_if_unavailable: Duration) -> Self {
        Self { stale_if_unavailable, ..self }
    }

    /// Follows the feeds of the strategy inside in a task of this spawner.
    #[must_use]
    pub fn with_spawner(self, spawner: Spawner) -> Self {
        Self { spawner, ..self }
    }

    /// Counts this many bytes for the [memos](Identity::memo) of each identity. Zero is the default: memos are made after the
    /// identity was weighed, and are not counted then.
    #[must_use]
    pub fn with_room_for_memos(self, room_for_memos: usize) -> Self {
        Self { room_for_memos, ..self }
    }

    /// Begins to follow the feeds of the strategy inside, once and before the first entry.
    fn listen(&self) {
        self.listener.get_or_init(|| Listener::begin(self.inner.clone(), self.feeds.clone(), &self.spawner));
    }

    /// The entry of this key, if it may be used.
    async fn fresh(&self, key: &Key, now: DateTime<Utc>) -> Option<Verified> {
        if !self.feeds.is_trusted() {
            return None;
        }
        self.younger_than(self.max_age, key, now).await
    }

    async fn younger_than(&self, age: Duration, key: &Key, now: DateTime<Utc>) -> Option<Verified> {
        let found = self.verified.get(key).await?;
        // The cache counts elapsed time, not the time of the clock; the two differ after a change of the clock or a sleep of the
        // machine.
        let is_alive = found.identity.expires_at >= now;
        let may_be_used = is_alive && found.began.elapsed() < age;
        (may_be_used && self.feeds.confirms(&found.identity, found.number)).then_some(found)
    }

    /// Looks up, unless another request just has, and caches a verified identity.
    async fn ask(&self, key: Key, credential: &Credential) -> Answer {
        if let Some(found) = self.fresh(&key, credential.now()).await {
            self.tell_remembered(credential, found.began);
            return Answer { began: found.began, ended: entry::now(), decider: None, outcome: Ok(found) };
        }
        let strategy = self.inner.name();
        credential.trace().step(|| Step::NotRemembered { strategy });
        let (number, began) = (self.feeds.number(), entry::now());
        let verdict = self.inner.verify(credential).await;
        let answer = Answer {
            outcome: verdict.map(|identity| self.found(identity, number, began, credential.now())),
            decider: credential.findings().take_decider(),
            began,
            ended: entry::now(),
        };
        match &answer.outcome {
            // A feed that was lost during the look-up may have missed the end of this very session.
            Ok(found) if self.feeds.is_trusted() => self.verified.insert(key, found.clone()).await,
            Err(_) if answer.is_refusal() => self.verified.invalidate(&key).await,
            _ => {}
        }
        answer
    }

    /// The answer of a look-up by this request or another, if it holds for a request that has arrived.
    async fn current(&self, key: Key, credential: &Credential, arrival: &Arrival) -> Answer {
        loop {
            let has_begun = AtomicBool::new(false);
            let answer = self.shared(key, credential, arrival, &has_begun).await;
            if !self.is_current(&answer, arrival) {
                continue;
            }
            if !has_begun.into_inner() {
                self.tell_shared(credential, &answer, arrival);
            }
            return answer;
        }
    }

    /// The answer of a look-up under way, or of a new one: then it sets `has_begun`.
    async fn shared(
        &self,
        key: Key,
        credential: &Credential,
        arrival: &Arrival,
        has_begun: &AtomicBool,
    ) -> Answer {
        let ask = Box::pin(async {
            has_begun.store(true, Ordering::Relaxed);
            self.ask(key, credential).await
        });
        let is_old = |answer: &Answer| {
            answer.began < arrival.at && (answer.is_over() || !self.is_current(answer, arrival))
        };
        let mut answer = pin!(self.asked.entry(key).or_insert_with_if(ask, is_old));
        // While a feed is lost, a look-up under way began too early for this request. It must not wait for that one and then for
        // its own.
        if arrival.heard.is_none() {
            match timeout(MOMENT, &mut answer).await {
                Ok(answer) => return answer.into_value(),
                Err(_) if !has_begun.swap(true, Ordering::Relaxed) => return self.ask(key, credential).await,
                Err(_) => {}
            }
        }
        answer.await.into_value()
    }

    fn found(&self, mut identity: Identity, number: u64, began: Instant, now: DateTime<Utc>) -> Verified {
        let left = (identity.expires_at - now).to_std().unwrap_or_default();
        let keep = left.min(self.max_age.saturating_add(self.stale_if_unavailable));
        // The memos of the cache replace those that a strategy has made.
        identity.memos = Memos::with_room(self.room_for_memos);
        Verified { identity: Arc::new(identity), number, began, keep }
    }

    fn arrival(&self) -> Arrival {
        let heard = self.feeds.is_trusted().then(|| self.feeds.number());
        Arrival { at: entry::now(), heard }
    }

    /// Whether the answer to another request's look-up still holds for a request that arrived then.
    fn is_current(&self, answer: &Answer, arrival: &Arrival) -> bool {
        if answer.began >= arrival.at {
            return true;
        }
        match &answer.outcome {
            Ok(found) => {
                arrival.heard.is_some_and(|heard| found.number >= heard)
                    || (self.feeds.is_trusted() && self.feeds.confirms(&found.identity, found.number))
            }
            Err(_) => arrival.heard.is_some() || !answer.is_refusal(),
        }
    }

    /// During an outage a stale entry replaces the answer, as long as the configuration permits.
    async fn or_stale(&self, key: &Key, unverified: Unverified, credential: &Credential) -> Verdict {
        let is_outage = matches!(unverified.alone(), Unverified::Undecidable(reason) if reason.is_outage());
        if self.stale_if_unavailable.is_zero() || !is_outage {
            return Err(unverified);
        }
        let age = self.max_age.saturating_add(self.stale_if_unavailable);
        let found = self.younger_than(age, key, credential.now()).await.ok_or(unverified)?;
        self.tell_remembered(credential, found.began);
        tracing::debug!(
            auth.strategy = self.inner.name(),
            "undecidable: the cache answers with a stale entry"
        );
        Ok(Identity::clone(&found.identity))
    }

    fn tell_remembered(&self, credential: &Credential, began: Instant) {
        let strategy = self.inner.name();
        credential.trace().step(|| Step::Remembered { strategy, age: began.elapsed() });
    }

    /// Reports an answer from another request's look-up: it came before this request arrived, or while it waited.
    fn tell_shared(&self, credential: &Credential, answer: &Answer, arrival: &Arrival) {
        if answer.ended < arrival.at {
            return self.tell_remembered(credential, answer.began);
        }
        let strategy = self.inner.name();
        credential.trace().step(|| Step::Shared { strategy, age: answer.began.elapsed() });
    }
}

impl Wrapper for Cached {
    fn inner(&self) -> &AnyStrategy {
        &self.inner
    }

    async fn standing(&self, credential: &Credential) -> Standing {
        let key = credential.digest(self.inner.name());
        if credential.is_of_now() && self.fresh(&key, credential.now()).await.is_some() {
            return Standing::Remembered;
        }
        self.inner.standing(credential).await
    }

    /// Replays at another time and explanations neither read nor change the cache.
    async fn verify(&self, credential: &Credential) -> Verdict {
        if !credential.is_of_now() || credential.is_examined() {
            return self.inner.verify(credential).await;
        }
        self.listen();
        let key = credential.digest(self.inner.name());
        if let Some(found) = self.fresh(&key, credential.now()).await {
            self.tell_remembered(credential, found.began);
            return Ok(Identity::clone(&found.identity));
        }
        let answer = Box::pin(self.current(key, credential, &self.arrival())).await;
        credential.findings().keep_decider(answer.decider);
        match answer.outcome {
            Ok(found) => Ok(Identity::clone(&found.identity)),
            Err(unverified) => self.or_stale(&key, unverified, credential).await,
        }
    }

    async fn probe(&self) -> Result<(), Unverified> {
        self.listen();
        self.inner.probe().await
    }

    /// It follows the feeds of the strategy inside by itself.
    async fn follow(&self, _: Feeds) {}

    /// The cache belongs to the strategy inside, or to the first of several.
    fn vitals(&self) -> Vec<Vitals> {
        let mut vitals = self.inner.vitals();
        if let Some(first) = vitals.first_mut() {
            first.cache = Some(CacheVitals {
                entries: self.verified.entry_count(),
                weight: self.verified.weighted_size(),
                capacity: self.verified.policy().max_capacity().unwrap_or(u64::MAX),
                max_age: self.max_age,
            });
        }
        vitals
    }

    fn freshness(&self) -> Freshness {
        self.inner.freshness().remembered(self.max_age, self.stale_if_unavailable, self.feeds.states())
    }
}

fn feeds(revocations: Revocations, verified: &Cache<Key, Verified>) -> Feeds {
    let verified = verified.clone();
    let remembered = move || verified.iter().map(|(_, found)| (found.identity, found.number)).collect();
    Feeds::new(revocations, remembered)
}

/// A request that has to be looked up.
struct Arrival {
    at: Instant,
    /// The number of the last revocation by then, if no feed was lost.
    heard: Option<u64>,
}
