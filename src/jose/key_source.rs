//! Where the keys come from: one document, fetched before it is needed and no more often than that.

mod absent;
mod flight;
mod refresher;
mod timing;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_util::FutureExt;
use parking_lot::Mutex;
use reqwest::Url;
use tokio::{
    sync::watch,
    time::{self, Instant},
};

use self::{absent::AbsentKeys, flight::Flight, refresher::Refresher, timing::Timing};
use super::{Algorithm, Claims, Expectation, Presented, key::Key, key_set::KeySet};
use crate::{
    clock::Clock,
    error::{Refusal, Unverified},
    judgement::Trace,
    outbound::{ClientError, Outbound, OutboundError},
    revocation::Feeds,
    spawner::Spawner,
};

/// A key set of 100 RSA keys is a fifth of it.
const MAX_DOCUMENT: usize = 256 * 1024;
/// Under which it is remembered that there is no key for tokens that name none.
const NO_KID: &str = "";
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);
/// As long as there are no keys at all every token waits for them: then a failed fetch is soon tried again.
const RETRY_WITHOUT_KEYS: Duration = Duration::from_secs(1);
/// Nobody's keys change so often that they had to be fetched without a pause.
const MIN_REFRESH: Duration = Duration::from_millis(100);
/// No clock copes with every `Duration`.
const FOREVER: Duration = Duration::from_hours(24 * 365);

/// A published key set (RFC 7517 section 5), kept fresh in the background. All who wait share one fetch, and no lock is
/// held during it. Cheap to clone: the clones share what was fetched.
///
/// There is one fetch at a time, so an old answer can never replace a newer one.
#[derive(Clone)]
pub struct KeySource {
    timing: Timing,
    spawner: Spawner,
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
    flight: Option<Flight>,
}

#[derive(Clone)]
struct Fetched {
    set: Arc<KeySet>,
    /// Which fetch brought it, the first being 1.
    number: u64,
    began: Instant,
    /// The same instant as seconds since 1970, to compare with `iat`.
    began_at: i64,
}

#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("the key set at {0} cannot be fetched: {1}")]
    Transport(Url, OutboundError),
    #[error("the key set at {0} is no JWKS document")]
    Document(Url),
    #[error("the key set at {0} holds no usable key")]
    Empty(Url),
}

#[derive(Debug, thiserror::Error)]
enum Unknown {
    #[error("the key may be newer than the key set, which was fetched a moment ago")]
    MayBeNewer,
    #[error("the key set is too old to be believed")]
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
        Ok(Self { timing: Timing::default(), spawner: Spawner::default(), inner: Arc::new(inner) })
    }

    /// At most one fetch for unknown keys in this time; 10 seconds by default.
    #[must_use]
    pub fn with_cooldown(mut self, cooldown: Duration) -> Self {
        self.timing.cooldown = cooldown;
        self
    }

    /// The set is fetched anew this long after the last time; 5 minutes by default. A key that Better Auth has withdrawn
    /// is seen to be gone then.
    #[must_use]
    pub fn with_refresh(mut self, refresh: Duration) -> Self {
        self.timing.refresh = refresh.clamp(MIN_REFRESH, FOREVER);
        self
    }

    /// While no fetch succeeds the keys are believed this long after the last that did; 1 hour by default. Then tokens are
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

    /// Reads the time from this clock, for instance to compare it with a token's `iat`.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.timing.clock = clock;
        self
    }

    /// The claims of a token that one of these keys signed with one of `algorithms`, and that says what is expected.
    ///
    /// The cheap checks come first: only a token that would be accepted costs a fetch or a signature check.
    pub(crate) async fn verify(
        &self,
        token: &Presented<'_>,
        algorithms: &[Algorithm],
        expected: &Expectation,
    ) -> Result<Claims, Unverified> {
        let Presented { header, parts, now, trace } = token;
        let algorithm = accepted(token, algorithms)?;
        let signature = parts.signature()?;
        let claims = Claims::check(parts.payload()?, expected, *now, trace)?;
        // Its clock may be behind ours.
        let issued_at = claims.issued_at.saturating_add_unsigned(expected.leeway.as_secs());
        let verifies = |key: &Key| key.verifies(algorithm, parts.message, &signature);
        let Some(kid) = header.kid.as_deref() else {
            self.ensure().await?;
            let fitting = |set: &KeySet| set.fitting(algorithm, algorithms).cloned().collect::<Vec<_>>();
            if self.trusted().is_some_and(|fetched| fitting(&fetched.set).len() > 1) {
                return Err(Refusal::AmbiguousKey.into());
            }
            // If it is not the key of this token, that one may be newer.
            let look = |set: &KeySet| match &*fitting(set) {
                [only] if verifies(only) => Some(only.clone()),
                _ => None,
            };
            let found = self.find(NO_KID, look, issued_at, &signature).await.map(|_| ());
            tell(trace, "signature by the only key that fits", &found);
            return found.map(|()| claims);
        };
        let found = self.find(kid, |set| set.get(kid), issued_at, &signature).await;
        tell(trace, "key in the published key set", &found);
        let key = found?;
        let fits = key.algorithm(algorithms)? == algorithm;
        trace.check("algorithm of the key", fits.then_some(()).ok_or(Refusal::KeyMismatch))?;
        trace.check("signature", verifies(&key).then_some(()).ok_or(Refusal::BadSignature))?;
        Ok(claims)
    }

    /// The same by the keys that are here: nothing is fetched.
    pub(crate) fn verify_known(
        &self,
        token: &Presented<'_>,
        algorithms: &[Algorithm],
        expected: &Expectation,
    ) -> Option<Claims> {
        let Presented { header, parts, .. } = token;
        let set = self.trusted()?.set;
        if let Some(kid) = &header.kid {
            set.get(kid)?;
        } else {
            let (algorithm, signature) = (header.alg.parse().ok()?, parts.signature().ok()?);
            let mut fitting = set.fitting(algorithm, algorithms);
            let is_only = fitting.next()?.verifies(algorithm, parts.message, &signature);
            (is_only && fitting.next().is_none()).then_some(())?;
        }
        // A key that is here is found without waiting.
        self.verify(token, algorithms, expected).now_or_never()?.ok()
    }

    /// The key `kid`, which `look` takes from a set, for a token that was issued at `issued_at` at the latest and is not
    /// verified yet.
    ///
    /// A known key is found without waiting. An unknown one causes a fetch, at most one in the cool-down. Refused is
    /// only what a good set, fetched after the token was made, does not hold.
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

    /// Fetches, if there is no key that can be believed. The error is why there is still none.
    pub(crate) async fn ensure(&self) -> Result<(), Unverified> {
        if self.trusted().is_none() {
            self.fetch_for(|| self.trusted().is_some(), |_| false).await;
        }
        if self.trusted().is_some() { Ok(()) } else { Err(self.reason(&self.inner.state.lock())) }
    }

    /// Tells `feeds` when a key has gone, and while none can be believed: what was verified with them is over then.
    pub(crate) async fn follow(&self, feeds: &Feeds) {
        let feed = feeds.open("jwks");
        let mut published = self.inner.published.subscribe();
        let mut before: Option<Fetched> = None;
        loop {
            let now = published.borrow_and_update().clone().filter(|fetched| self.is_trusted(fetched));
            if let Some(fetched) = &now {
                if before.as_ref().is_some_and(|before| !fetched.set.holds_all_of(&before.set)) {
                    feed.everything();
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

    fn trusted(&self) -> Option<Fetched> {
        self.inner.published.borrow().clone().filter(|fetched| self.is_trusted(fetched))
    }

    /// By the clock, too: time does not pass for a machine that sleeps.
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
    /// if the cool-down allows and nobody else has. Answers with how many had begun before.
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
            // One who waits is enough to see that it hangs again.
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
        let inner = self.inner.clone();
        let began = Instant::now();
        let began_at = self.timing.clock.now().timestamp();
        state.last_fetch = Some(began);
        state.begun += 1;
        let number = state.begun;
        let flight = Flight::begin(&self.spawner, async move {
            let outcome = inner.fetch().await;
            let failure = match outcome {
                Ok(set) => {
                    let set = Arc::new(set);
                    inner.published.send_replace(Some(Fetched { set, number, began, began_at }));
                    None
                }
                Err(error) => Some(Arc::new(error)),
            };
            let mut state = inner.state.lock();
            if let (Some(error), None) = (&failure, &state.failure) {
                tracing::warn!(%error, "no keys can be fetched");
            }
            state.failure = failure;
        });
        state.flight = Some(flight.clone());
        flight
    }
}

/// The algorithm of a token, if it is accepted and its header asks for nothing else.
fn accepted(token: &Presented<'_>, algorithms: &[Algorithm]) -> Result<Algorithm, Refusal> {
    let Presented { header, trace, .. } = token;
    token.check_extensions()?;
    let algorithm = header.alg.parse().ok().filter(|algorithm| algorithms.contains(algorithm));
    trace.compare("algorithm", algorithm.ok_or(Refusal::AlgorithmNotAllowed), || {
        let accepted: Vec<_> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
        (header.shown_algorithm(), accepted.join(" or "))
    })
}

/// The verdict reports what stayed undecidable, so no check is recorded then.
fn tell<T>(trace: &Trace, what: &'static str, found: &Result<T, Unverified>) {
    match found {
        Ok(_) => drop(trace.check(what, Ok(()))),
        Err(Unverified::Refused(cause)) => drop(trace.check::<()>(what, Err(*cause))),
        Err(_) => {}
    }
}

impl Inner {
    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let request = self.outbound.get(&self.url);
        let document = self.outbound.fetch(request, MAX_DOCUMENT).await;
        let document = document.map_err(|error| FetchError::Transport(self.url.clone(), error))?;
        let set = KeySet::read(&document).map_err(|_| FetchError::Document(self.url.clone()))?;
        if set.len() == 0 {
            return Err(FetchError::Empty(self.url.clone()));
        }
        tracing::debug!(keys = set.len(), "key set fetched");
        Ok(set)
    }
}

impl FetchError {
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Transport(_, error) => error.retry_after(),
            Self::Document(_) | Self::Empty(_) => None,
        }
    }
}

impl State {
    fn under_way(&self) -> Option<Flight> {
        self.flight.clone().filter(Flight::is_under_way)
    }
}
