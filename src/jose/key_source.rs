//! Where the keys come from: one document, fetched when needed and no more often.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use reqwest::Url;
use tokio::{task::AbortHandle, time::Instant};

use super::{Algorithm, Claims, Expectation, Jws, UnknownAlgorithm, key::Key, key_set::KeySet};
use crate::{
    error::{Refusal, Unverified},
    outbound::{ClientError, Outbound, OutboundError},
};

/// A key set of 100 RSA keys is a fifth of it.
const MAX_DOCUMENT: usize = 256 * 1024;
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);
/// Keys that Better Auth has withdrawn are seen to be gone after this, and a fetch.
const REFRESH_AFTER: Duration = Duration::from_mins(5);
const DEFAULT_COOLDOWN: Duration = Duration::from_secs(10);
/// As long as there are no keys at all every token waits for them: then a failed fetch is soon tried again.
const RETRY_WITHOUT_KEYS: Duration = Duration::from_secs(1);

/// A published key set (RFC 7517 section 5), fetched and kept. All waiters share one fetch, and no lock is held during
/// it. Cheap to clone: the clones share what was fetched.
#[derive(Clone)]
pub struct KeySource {
    cooldown: Duration,
    inner: Arc<Inner>,
}

struct Inner {
    outbound: Outbound,
    url: Url,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The last good set and when its fetch began; never thrown away for a failed fetch.
    keys: Option<Fetched>,
    /// Why the last fetch failed, if it did.
    failure: Option<Arc<FetchError>>,
    last_fetch: Option<Instant>,
    /// When an unknown key last caused a fetch.
    last_for_unknown: Option<Instant>,
    /// The key that the last fetch was begun for, if it was not found.
    absent: Option<String>,
    flight: Option<Flight>,
}

#[derive(Clone)]
struct Fetched {
    set: Arc<KeySet>,
    began: Instant,
    /// The same instant as seconds since 1970, to compare with `iat`.
    began_at: i64,
}

/// A fetch under way. It is a task of its own: it goes on when the request that began it is gone.
#[derive(Clone)]
struct Flight {
    landed: Shared<BoxFuture<'static, ()>>,
    task: AbortHandle,
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
#[error("the key may be newer than the key set, which was fetched a moment ago")]
struct MayBeNewer;

impl KeySource {
    /// The keys that are published at `url` (Better Auth: `…/api/auth/jwks`).
    ///
    /// # Errors
    ///
    /// When this machine's certificate authorities cannot be read.
    pub fn new(url: Url) -> Result<Self, ClientError> {
        let outbound = Outbound::new(&url, FETCH_TIMEOUT)?;
        let inner = Arc::new(Inner { outbound, url, state: Mutex::default() });
        Ok(Self { cooldown: DEFAULT_COOLDOWN, inner })
    }

    /// At most one fetch for unknown keys in this time; 10 seconds by default.
    #[must_use]
    pub fn with_cooldown(self, cooldown: Duration) -> Self {
        Self { cooldown, ..self }
    }

    /// The claims of a token that one of these keys signed with one of `algorithms`, and that says what is expected.
    ///
    /// The cheap checks come first: only a token that would be accepted costs a fetch or a signature check.
    pub(crate) async fn verify(
        &self,
        token: &Jws<'_>,
        algorithms: &[Algorithm],
        expected: &Expectation,
        now: DateTime<Utc>,
    ) -> Result<Claims, Unverified> {
        let header = token.header()?;
        if header.has_extension {
            return Err(Refusal::UnsupportedHeader.into());
        }
        let algorithm = header.alg.parse().map_err(|UnknownAlgorithm| Refusal::AlgorithmNotAllowed)?;
        if !algorithms.contains(&algorithm) {
            return Err(Refusal::AlgorithmNotAllowed.into());
        }
        let signature = token.signature()?;
        let claims = Claims::check(token.payload()?, expected, now)?;
        let kid = header.kid.as_deref().ok_or(Refusal::UnknownKey)?;
        // Its clock may be behind ours.
        let issued_at = claims.issued_at.saturating_add_unsigned(expected.leeway.as_secs());
        let key = self.find(kid, issued_at).await?;
        if key.algorithm() != algorithm {
            return Err(Refusal::KeyMismatch.into());
        }
        if !key.verifies(token.message, &signature) {
            return Err(Refusal::BadSignature.into());
        }
        Ok(claims)
    }

    /// The key `kid` for a token that was issued at `issued_at` at the latest.
    ///
    /// A known key is found without waiting. An unknown one causes a fetch, at most one in the cool-down. Refused is
    /// only what a good set, fetched after the token was made, does not hold.
    async fn find(&self, kid: &str, issued_at: i64) -> Result<Arc<Key>, Unverified> {
        if let Some(key) = self.known(kid) {
            return Ok(key);
        }
        let began = self.fetch_for_unknown().await;
        let mut state = self.inner.lock();
        if let Some(fetched) = &state.keys {
            if let Some(key) = fetched.set.get(kid) {
                return Ok(key);
            }
            if began.is_some_and(|began| fetched.began >= began) {
                state.absent = Some(kid.to_owned());
            } else if issued_at >= fetched.began_at && state.absent.as_deref() != Some(kid) {
                return Err(state.reason());
            }
            return Err(Refusal::UnknownKey.into());
        }
        Err(state.reason())
    }

    /// Fetches, if there is no key yet. The error is why there is still none.
    pub(crate) async fn ensure(&self) -> Result<(), Unverified> {
        if self.inner.lock().keys.is_none() {
            self.fetch_for_unknown().await;
        }
        let state = self.inner.lock();
        if state.keys.is_some() { Ok(()) } else { Err(state.reason()) }
    }

    fn known(&self, kid: &str) -> Option<Arc<Key>> {
        let mut state = self.inner.lock();
        let fetched = state.keys.clone()?;
        let key = fetched.set.get(kid)?;
        if fetched.began.elapsed() > REFRESH_AFTER && state.rested(self.cooldown) {
            self.begin(&mut state);
        }
        Some(key)
    }

    /// Joins the fetch under way, or begins one if the cool-down allows, and then says when.
    async fn fetch_for_unknown(&self) -> Option<Instant> {
        let (flight, began) = {
            let mut state = self.inner.lock();
            match state.under_way() {
                Some(flight) => (flight, None),
                None if state.may_fetch_for_unknown(self.cooldown) => {
                    // The first fetch of all is for every key: the next unknown one need not wait for it.
                    state.last_for_unknown = state.keys.as_ref().map(|_| Instant::now());
                    let flight = self.begin(&mut state);
                    (flight, state.last_fetch)
                }
                None => return None,
            }
        };
        flight.landed.await;
        began
    }

    fn begin(&self, state: &mut State) -> Flight {
        let inner = self.inner.clone();
        let began = Instant::now();
        let began_at = Utc::now().timestamp();
        state.last_fetch = Some(began);
        state.absent = None;
        let task = tokio::spawn(async move {
            let outcome = inner.fetch().await;
            let mut state = inner.lock();
            match outcome {
                Ok(set) => {
                    state.keys = Some(Fetched { set: Arc::new(set), began, began_at });
                    state.failure = None;
                }
                Err(error) => {
                    if state.failure.is_none() {
                        tracing::warn!(%error, "no keys can be fetched");
                    }
                    state.failure = Some(Arc::new(error));
                }
            }
        });
        let flight = Flight { task: task.abort_handle(), landed: task.map(|_| ()).boxed().shared() };
        state.flight = Some(flight.clone());
        flight
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let request = self.outbound.get(&self.url);
        let document = self.outbound.fetch(request, MAX_DOCUMENT).await;
        let document = document.map_err(|error| FetchError::Transport(self.url.clone(), error))?;
        let set = KeySet::read(&document).map_err(|_| FetchError::Document(self.url.clone()))?;
        if set.len() == 0 {
            return Err(FetchError::Empty(self.url.clone()));
        }
        tracing::info!(keys = set.len(), "key set fetched");
        Ok(set)
    }
}

impl State {
    /// Why a key that is not there may yet exist.
    fn reason(&self) -> Unverified {
        match &self.failure {
            Some(failure) => Unverified::Undecidable(failure.clone()),
            None => Unverified::undecidable(MayBeNewer),
        }
    }

    fn under_way(&self) -> Option<Flight> {
        self.flight.clone().filter(|flight| !flight.task.is_finished())
    }

    fn rested(&self, cooldown: Duration) -> bool {
        self.under_way().is_none() && self.last_fetch.is_none_or(|last| last.elapsed() >= cooldown)
    }

    fn may_fetch_for_unknown(&self, cooldown: Duration) -> bool {
        let (last, gap) = match self.keys {
            Some(_) => (self.last_for_unknown, cooldown),
            None => (self.last_fetch, cooldown.min(RETRY_WITHOUT_KEYS)),
        };
        last.is_none_or(|last| last.elapsed() >= gap)
    }
}
