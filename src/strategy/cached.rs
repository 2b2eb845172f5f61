use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use chrono::Utc;
use futures_util::FutureExt;
use moka::{Expiry, future::Cache};
use tokio::task::AbortHandle;

use super::{Freshness, Strategy, Verdict};
use crate::{
    credential::Credential,
    error::{Refusal, Unverified},
    identity::Identity,
    revocation::{Feed, Revocations},
};

/// A refused token is asked for again after this.
const REFUSED: Duration = Duration::from_secs(1);
/// Refusals remembered at once.
const MAX_REFUSED: u64 = 10_000;
/// The bytes that one unit of capacity holds.
const UNIT: usize = 1024;

type Key = [u8; 32];

/// Remembers what `S` verified: at most `max_age` long, never past the identity's own expiry, and not after its end was
/// heard.
///
/// Concurrent misses for one credential share one look-up. A refusal is remembered for a second, an outage never. The
/// key is [`Credential::digest`], so that neither tokens are kept nor a bearer's verdict is used for a cookie.
///
/// From its first use on it follows what `S` can hear of revocations, see [`Strategy::follow`].
pub struct Cached<S> {
    inner: Arc<S>,
    max_age: Duration,
    stale_if_unavailable: Duration,
    verified: Cache<Key, Verified>,
    /// Look-ups under way, and refusals.
    asked: Cache<Key, Answer>,
    feed: Feed,
    /// Nobody, where there is nothing to hear.
    listener: OnceLock<Option<Listener>>,
}

#[derive(Clone)]
struct Verified {
    identity: Arc<Identity>,
    /// The last revocation when the look-up began.
    number: u64,
    /// When it began.
    at: Instant,
    /// How long it may be kept at most.
    keep: Duration,
}

#[derive(Clone)]
enum Answer {
    Verified(Verified),
    Refused(Refusal, Instant),
    Undecidable(Unverified),
}

impl<S: Strategy> Cached<S> {
    /// `max_age` is how late a sign-out may be seen where no feed tells of it; `capacity` the identities kept, of which a
    /// large one counts for each KiB.
    pub fn new(inner: S, max_age: Duration, capacity: u64) -> Self {
        let verified = Cache::builder()
            .max_capacity(capacity)
            .weigher(|_, found| weight(found))
            .expire_after(AsLongAsMay)
            .build();
        let room = |_: &Key, answer: &Answer| match answer {
            Answer::Verified(found) => weight(found),
            Answer::Refused(..) | Answer::Undecidable(_) => 1,
        };
        let asked = Cache::builder().max_capacity(MAX_REFUSED).weigher(room).time_to_live(REFUSED).build();
        Self {
            inner: Arc::new(inner),
            max_age,
            stale_if_unavailable: Duration::ZERO,
            feed: feed(Revocations::default(), &verified),
            verified,
            asked,
            listener: OnceLock::new(),
        }
    }

    /// Hears of what has ended from there, too, and tells there what its own feed hears.
    #[must_use]
    pub fn with_revocations(self, revocations: Revocations) -> Self {
        let feed = feed(revocations, &self.verified);
        Self { feed, ..self }
    }

    /// Goes on for so long after `max_age` while `S` is undecidable, with what is not known to have ended. Zero, the
    /// default, is not at all.
    #[must_use]
    pub fn with_stale_if_unavailable(self, stale_if_unavailable: Duration) -> Self {
        Self { stale_if_unavailable, ..self }
    }

    /// Begins to follow what `S` can hear, once. When this returns it is clear what is listened to: nothing is remembered
    /// before.
    fn listen(&self) {
        self.listener.get_or_init(|| {
            let (inner, feed) = (self.inner.clone(), self.feed.clone());
            let mut following = Box::pin(async move {
                // However it ends, what it heard is not believed to be heard any longer.
                let _ = AssertUnwindSafe(inner.follow(feed.clone())).catch_unwind().await;
                feed.hang_up();
            });
            let has_ended = following.as_mut().now_or_never().is_some();
            (!has_ended).then(|| Listener(tokio::spawn(following).abort_handle()))
        });
    }

    /// Looks up, unless somebody else just has, and remembers what was verified.
    async fn ask(&self, key: Key, credential: &Credential) -> Answer {
        if let Some(found) = self.fresh(&key).await {
            return Answer::Verified(found);
        }
        let (number, at) = (self.feed.number(), Instant::now());
        match self.inner.verify(credential).await {
            Ok(identity) => {
                let found = self.found(identity, number, at);
                // Who was lost meanwhile may have told of its end.
                if self.feed.is_trusted() {
                    self.verified.insert(key, found.clone()).await;
                }
                Answer::Verified(found)
            }
            Err(Unverified::Refused(refusal)) => {
                self.verified.invalidate(&key).await;
                Answer::Refused(refusal, at)
            }
            Err(undecidable) => Answer::Undecidable(undecidable),
        }
    }

    fn found(&self, identity: Identity, number: u64, at: Instant) -> Verified {
        let left = (identity.expires_at - Utc::now()).to_std().unwrap_or_default();
        let keep = left.min(self.max_age.saturating_add(self.stale_if_unavailable));
        Verified { identity: Arc::new(identity), number, at, keep }
    }

    /// What is remembered, if it may be used.
    async fn fresh(&self, key: &Key) -> Option<Verified> {
        self.younger_than(self.max_age, key).await
    }

    async fn younger_than(&self, age: Duration, key: &Key) -> Option<Verified> {
        let found = self.verified.get(key).await?;
        // The cache counts time that passes, not what the clock says; a clock that was set or a machine that slept makes
        // them differ.
        let is_alive = found.identity.expires_at >= Utc::now();
        let may_be_used = is_alive && found.at.elapsed() < age;
        (may_be_used && self.feed.confirms(&found.identity, found.number)).then_some(found)
    }

    /// Where nothing could be found out, what was known before may do for a while.
    async fn or_stale(&self, key: &Key, undecidable: Unverified) -> Verdict {
        // Only an outage: whoever can have their own look-up fail must not bring back what has ended.
        let is_outage = matches!(&undecidable, Unverified::Undecidable(reason) if reason.is_outage());
        if self.stale_if_unavailable.is_zero() || !is_outage {
            return Err(undecidable);
        }
        let age = self.max_age.saturating_add(self.stale_if_unavailable);
        let found = self.younger_than(age, key).await.ok_or(undecidable)?;
        tracing::debug!(auth.strategy = self.name(), "undecidable: what is remembered is used");
        Ok(Identity::clone(&found.identity))
    }

    /// Nothing remembered may be used, so nothing is shared either.
    async fn verify_alone(&self, key: &Key, credential: &Credential) -> Verdict {
        match self.inner.verify(credential).await {
            Ok(identity) => Ok(identity),
            Err(refused @ Unverified::Refused(_)) => {
                self.verified.invalidate(key).await;
                Err(refused)
            }
            Err(undecidable) => self.or_stale(key, undecidable).await,
        }
    }
}

impl<S: Strategy> Strategy for Cached<S> {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn claims(&self, credential: &Credential) -> bool {
        self.inner.claims(credential)
    }

    fn check(&self, credential: &Credential) -> Result<(), Refusal> {
        self.inner.check(credential)
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        self.listen();
        let key = credential.digest(self.name());
        if !self.feed.is_trusted() {
            return Box::pin(self.verify_alone(&key, credential)).await;
        }
        if let Some(found) = self.fresh(&key).await {
            return Ok(Identity::clone(&found.identity));
        }
        let arrived = self.feed.number();
        loop {
            let ask = Box::pin(self.ask(key, credential));
            let answer = self.asked.entry(key).or_insert_with_if(ask, Answer::is_over).await;
            match answer.into_value() {
                // Somebody else's look-up may be older than this request.
                Answer::Verified(found)
                    if found.number >= arrived || self.feed.confirms(&found.identity, found.number) =>
                {
                    return Ok(Identity::clone(&found.identity));
                }
                Answer::Verified(_) => {}
                Answer::Refused(refusal, _) => return Err(refusal.into()),
                Answer::Undecidable(undecidable) => return self.or_stale(&key, undecidable).await,
            }
        }
    }

    async fn probe(&self) -> Result<(), Unverified> {
        self.listen();
        self.inner.probe().await
    }

    fn freshness(&self) -> Freshness {
        self.inner.freshness().remembered(self.max_age, self.stale_if_unavailable, self.feed.states())
    }
}

impl Answer {
    /// Only refusals outlast their look-up here.
    fn is_over(&self) -> bool {
        !matches!(self, Self::Refused(_, at) if at.elapsed() < REFUSED)
    }
}

fn feed(revocations: Revocations, verified: &Cache<Key, Verified>) -> Feed {
    let verified = verified.clone();
    let remembered = move || verified.iter().map(|(_, found)| (found.identity, found.number)).collect();
    Feed::new(revocations, remembered)
}

fn weight(found: &Verified) -> u32 {
    found.identity.size().div_ceil(UNIT).try_into().unwrap_or(u32::MAX)
}

struct AsLongAsMay;

impl Expiry<Key, Verified> for AsLongAsMay {
    fn expire_after_create(&self, _: &Key, found: &Verified, _: Instant) -> Option<Duration> {
        Some(found.keep)
    }

    fn expire_after_update(
        &self,
        _: &Key,
        found: &Verified,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(found.keep)
    }
}

/// Listens as long as the cache lives.
struct Listener(AbortHandle);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}
