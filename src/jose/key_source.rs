//! The source of the keys: one document, fetched before it is needed and no more often than that.

mod absent;
mod fetched;
mod flight;
mod refresher;
mod timing;
mod verifier;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use parking_lot::Mutex;
use reqwest::Url;
use tokio::{
    sync::watch,
    task::spawn_blocking,
    time::{self, Instant},
};

pub(crate) use self::verifier::{Progress, Unproven, Verifier};
use self::{
    absent::AbsentKeys,
    fetched::{FetchError, Fetched},
    flight::Flight,
    refresher::Refresher,
    timing::Timing,
};
use super::{ed25519::Ed25519Key, key::Key, key_set::KeySet};
use crate::{
    clock::Clock,
    error::{Refusal, Unverified},
    judgement::{Observer, Trace},
    outbound::{ClientError, Outbound},
    revocation::Feeds,
    spawner::Spawner,
    strategy::KeyVitals,
};

const FETCH_TIMEOUT: Duration = Duration::from_secs(3);
/// Without any keys every token waits for them, so a failed fetch is soon tried again.
const RETRY_WITHOUT_KEYS: Duration = Duration::from_secs(1);
/// The shortest pause: no deployment changes its keys so often that they need fetching without one.
const MIN_REFRESH: Duration = Duration::from_millis(100);
/// A quick key without a verified signature for this long gives way to another.
const IDLE: Duration = Duration::from_mins(1);
/// No clock copes with every `Duration`.
const FOREVER: Duration = Duration::from_hours(24 * 365);

/// A published key set (RFC 7517 section 5), kept fresh in the background. All waiting requests share one fetch, and no lock is
/// held during it. Cheap to clone: the clones share the set.
///
/// There is one fetch at a time, so an old answer can never replace a newer one.
#[derive(Clone)]
pub struct KeySource {
    timing: Timing,
    spawner: Spawner,
    observers: Trace,
    inner: Arc<Inner>,
}

struct Inner {
    outbound: Outbound,
    url: Url,
    /// The last good set; never thrown away for a failed fetch.
    published: watch::Sender<Option<Fetched>>,
    state: Mutex<State>,
    refresher: OnceLock<Refresher>,
}

#[derive(Default)]
struct State {
    /// Why the last fetch failed, if it did.
    failure: Option<Arc<FetchError>>,
    last_fetch: Option<Instant>,
    /// Fetches begun so far.
    begun: u64,
    /// When an unknown key last caused a fetch.
    last_for_unknown: Option<Instant>,
    absent: AbsentKeys,
    /// When a quick key last had to give way.
    last_for_room: Option<Instant>,
    flight: Option<Flight>,
}

#[derive(Debug, thiserror::Error)]
enum Unknown {
    #[error("the key may be newer than the key set, which was fetched a moment ago")]
    MayBeNewer,
    #[error("the key set is too old to be trusted")]
    Stale,
}

impl KeySource {
    /// The keys that are published at `url` (Better Auth: `…/api/auth/jwks`).
    ///
    /// # Errors
    ///
    /// When this machine's certificate authorities cannot be read.
    pub fn new(url: Url) -> Result<Self, ClientError> {
        let outbound = Outbound::new(&url, FETCH_TIMEOUT)?;
        let inner = Inner {
            outbound,
            url,
            published: watch::Sender::new(None),
            state: Mutex::default(),
            refresher: OnceLock::new(),
        };
        Ok(Self {
            timing: Timing::default(),
            spawner: Spawner::default(),
            observers: Trace::default(),
            inner: Arc::new(inner),
        })
    }

    /// At most one fetch for unknown keys in this time; 10 seconds by default.
    #[must_use]
    pub fn with_cooldown(mut self, cooldown: Duration) -> Self {
        self.timing.cooldown = cooldown;
        self
    }

    /// The set is fetched anew this long after the last time; 5 minutes by default. A key that Better Auth has withdrawn
    /// is refused from the next fetch on.
    #[must_use]
    pub fn with_refresh(mut self, refresh: Duration) -> Self {
        self.timing.refresh = refresh.clamp(MIN_REFRESH, FOREVER);
        self
    }

    /// While no fetch succeeds, the keys are trusted this long after the last good one; 1 hour by default. After that, tokens are
    /// undecidable.
    #[must_use]
    pub fn with_max_stale(mut self, max_stale: Duration) -> Self {
        self.timing.max_stale = max_stale.min(FOREVER);
        self
    }

    /// Fetches in tasks of this spawner.
    #[must_use]
    pub fn with_spawner(mut self, spawner: Spawner) -> Self {
        self.spawner = spawner;
        self
    }

    /// Reports every fetch that begins through this handle or a clone of it to this observer, by [`Observer::called`].
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observers.add(observer);
        self
    }

    /// Reads the time from this clock, for instance to compare it with a token's `iat`.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.timing.clock = clock;
        self
    }

    /// The key `kid`, which `look` takes from a set, for a token that was issued at `issued_at` at the latest and is not
    /// verified yet.
    ///
    /// A known key is found without waiting. An unknown one causes a fetch, at most one in the cool-down. A key is refused
    /// only if a good set, fetched after the token was made, does not hold it.
    async fn find(
        &self,
        kid: &str,
        look: impl Fn(&KeySet) -> Option<Arc<Key>>,
        issued_at: i64,
        signature: &[u8],
    ) -> Result<Arc<Key>, Unverified> {
        let find = || self.trusted().and_then(|fetched| look(&fetched.set));
        if let Some(key) = find() {
            return Ok(key);
        }
        let is_absent = |absent: &AbsentKeys| absent.hold(kid, issued_at, signature);
        let begun = self.fetch_for(|| find().is_some(), is_absent).await;
        let trusted = self.trusted();
        let mut state = self.inner.state.lock();
        let fetched = trusted.ok_or_else(|| self.reason(&state))?;
        if let Some(key) = look(&fetched.set) {
            return Ok(key);
        }
        if fetched.number > begun {
            state.absent.note(kid, fetched.began, fetched.began_at, signature);
        } else if issued_at >= fetched.began_at && !state.absent.hold(kid, issued_at, signature) {
            return Err(self.reason(&state));
        }
        Err(Refusal::UnknownKey.into())
    }

    /// Fetches, unless there are keys to trust. The error says why there are still none.
    pub(crate) async fn ensure(&self) -> Result<(), Unverified> {
        if self.trusted().is_none() {
            self.fetch_for(|| self.trusted().is_some(), |_| false).await;
        }
        if self.trusted().is_some() { Ok(()) } else { Err(self.reason(&self.inner.state.lock())) }
    }

    /// Reports to `feeds` that a key has gone, or that no keys can be trusted: verdicts by these keys are over then.
    pub(crate) async fn follow(&self, feeds: &Feeds) {
        let feed = feeds.open("jwks");
        let mut published = self.inner.published.subscribe();
        let mut before: Option<Fetched> = None;
        loop {
            let now = published.borrow_and_update().clone().filter(|fetched| self.is_trusted(fetched));
            if let Some(fetched) = &now {
                if before.as_ref().is_some_and(|before| !fetched.set.holds_all_of(&before.set)) {
                    feed.invalidate_all();
                }
                feed.listening(self.timing.refresh);
            } else if before.is_some() {
                feed.lost(Unknown::Stale);
            }
            let end = now.as_ref().map(|fetched| fetched.began + self.timing.max_stale);
            before = now.or(before);
            let ends = async {
                match end {
                    Some(end) => time::sleep_until(end + Duration::from_millis(1)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                changed = published.changed() => if changed.is_err() { return },
                () = ends => {}
            }
        }
    }

    /// The address of the keys, for people: without account and query.
    fn address(&self) -> String {
        let url = &self.inner.url;
        format!("{}{}", url.origin().ascii_serialization(), url.path())
    }

    /// How old the keys are.
    pub(crate) fn vitals(&self) -> KeyVitals {
        let (keys, age) = match &*self.inner.published.borrow() {
            Some(fetched) => (fetched.set.len(), Some(fetched.began.elapsed())),
            None => (0, None),
        };
        let failure = self.inner.state.lock().failure.as_ref().map(ToString::to_string);
        KeyVitals { keys, age, max_age: self.timing.max_stale, failure }
    }

    fn trusted(&self) -> Option<Fetched> {
        self.inner.published.borrow().clone().filter(|fetched| self.is_trusted(fetched))
    }

    /// By the wall clock, too: the monotonic one stands still while a machine sleeps.
    fn is_trusted(&self, fetched: &Fetched) -> bool {
        let by_clock =
            u64::try_from(self.timing.clock.now().timestamp() - fetched.began_at).unwrap_or_default();
        fetched.began.elapsed() <= self.timing.max_stale && by_clock <= self.timing.max_stale.as_secs() + 1
    }

    /// Why a key that is not there may yet exist, and when it is worth asking again.
    fn reason(&self, state: &State) -> Unverified {
        let pause = self.pause(state);
        let reason = match &state.failure {
            Some(failure) => Unverified::unavailable(failure.clone()),
            None => Unverified::undecidable(Unknown::MayBeNewer),
        };
        reason.retry_after(Some(pause))
    }

    /// How long there is no fetch for keys that are not there.
    fn pause(&self, state: &State) -> Duration {
        let left = |last: Option<Instant>, gap: Duration| {
            last.map_or(Duration::ZERO, |last| gap.saturating_sub(last.elapsed()))
        };
        let own = match self.trusted() {
            Some(_) => left(state.last_for_unknown, self.timing.cooldown),
            None => left(state.last_fetch, self.timing.cooldown.min(RETRY_WITHOUT_KEYS)),
        };
        let asked_for = state.failure.as_ref().and_then(|failure| failure.retry_after());
        own.max(left(state.last_fetch, asked_for.unwrap_or_default()))
    }

    /// Fetches for a key: joins the fetch under way, which may have begun before there was such a key, and then begins one
    /// if the cool-down allows and nobody else has. Returns how many had begun before.
    async fn fetch_for(&self, is_found: impl Fn() -> bool, is_absent: impl Fn(&AbsentKeys) -> bool) -> u64 {
        let begun = self.inner.state.lock().begun;
        while let Some(flight) = self.flight_for(begun, &is_absent) {
            flight.landed().await;
            let has_failed = self.inner.state.lock().failure.is_some();
            if has_failed || is_found() {
                break;
            }
        }
        begun
    }

    fn flight_for(&self, begun: u64, is_absent: impl Fn(&AbsentKeys) -> bool) -> Option<Flight> {
        let mut state = self.inner.state.lock();
        match state.under_way() {
            // One waiting request is enough to see that it hangs again.
            Some(_) if state.failure.is_some() => None,
            Some(flight) => Some(flight),
            None if state.begun > begun => None,
            None if is_absent(&state.absent) || !self.pause(&state).is_zero() => None,
            None => {
                // The first fetch of all is for every key: the next unknown one need not wait for it.
                state.last_for_unknown = self.trusted().map(|_| Instant::now());
                Some(self.begin(&mut state))
            }
        }
    }

    /// Makes a key quick that has verified a signature, if there is room. No request waits for it.
    fn quicken(&self, key: &Arc<Key>) {
        let Some(ed25519) = key.ed25519().filter(|key| key.is_slow()) else { return };
        let Some(Fetched { set, .. }) = self.trusted() else { return };
        let mut state = self.inner.state.lock();
        // Another request may have been here first.
        if !ed25519.is_slow() || !(set.has_room() || state.may_ask_for_room() && set.make_room()) {
            return;
        }
        ed25519.rise();
        let key = key.clone();
        let make_quick = move || key.ed25519().into_iter().for_each(Ed25519Key::make_quick);
        self.spawner.spawn(async { drop(spawn_blocking(make_quick).await) });
    }

    /// Joins the fetch under way, or begins one. Says whether there is a good set now, and else when to ask again.
    async fn refresh(&self) -> Result<(), Option<Duration>> {
        let flight = {
            let mut state = self.inner.state.lock();
            state.under_way().unwrap_or_else(|| self.begin(&mut state))
        };
        flight.landed().await;
        self.inner.state.lock().failure.as_ref().map_or(Ok(()), |failure| Err(failure.retry_after()))
    }

    fn begin(&self, state: &mut State) -> Flight {
        self.inner.refresher.get_or_init(|| Refresher::begin(self));
        let (inner, observers) = (self.inner.clone(), self.observers.clone());
        let began = Instant::now();
        let began_at = self.timing.clock.now().timestamp();
        state.last_fetch = Some(began);
        state.begun += 1;
        let number = state.begun;
        let flight = Flight::begin(&self.spawner, async move {
            let failure = match fetched::fetch(&inner.outbound, &inner.url, &observers).await {
                Ok(set) => {
                    let earlier = inner.published.borrow().as_ref().map(|fetched| fetched.set.clone());
                    let set = Arc::new(earlier.into_iter().fold(set, |set, earlier| set.keeping(&earlier)));
                    inner.published.send_replace(Some(Fetched { set, number, began, began_at }));
                    None
                }
                Err(error) => Some(Arc::new(error)),
            };
            let mut state = inner.state.lock();
            if let (Some(error), None) = (&failure, &state.failure) {
                tracing::warn!(
                    "no keys can be fetched: {error}. Tokens that need them get 503. Check better_auth.url, internal_url and \
                     base_path, or jwt.jwks_url"
                );
            }
            state.failure = failure;
        });
        state.flight = Some(flight.clone());
        flight
    }
}

impl State {
    /// Whether the quick keys had enough time to be used since the last of them gave way.
    fn may_ask_for_room(&mut self) -> bool {
        let may_ask = self.last_for_room.is_none_or(|last| last.elapsed() >= IDLE);
        if may_ask {
            self.last_for_room = Some(Instant::now());
        }
        may_ask
    }

    fn under_way(&self) -> Option<Flight> {
        self.flight.clone().filter(Flight::is_under_way)
    }
}
