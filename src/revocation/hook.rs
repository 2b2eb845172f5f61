//! What Better Auth's plugin tells, signed as the [Standard Webhooks](https://www.standardwebhooks.com) specification says.

mod event;
mod secret;

use std::{error::Error, net::IpAddr, sync::Arc, time::Duration};

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta};
use futures_util::future::{BoxFuture, FutureExt};
use http::HeaderMap;
use moka::future::Cache;

pub use self::{
    event::Event,
    secret::{HookSecret, ShortHookSecret},
};
use super::{CutOff, Revocations};
use crate::{AuthError, Clock, FailureLimit, Refusal};

/// An event is signed anew whenever it is sent, so an older one is a recording.
const MAX_AGE: TimeDelta = TimeDelta::minutes(5);
/// As long as a recording could pass, on clocks that differ.
const REMEMBER: Duration = Duration::from_mins(11);
const MAX_REMEMBERED: u64 = 1_000_000;
/// More than a sender needs that changes its secret.
const MAX_SIGNATURES: usize = 8;
/// Bytes of an event's id, which is remembered.
const MAX_ID: usize = 256;

const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

type Failure = Box<dyn Error + Send + Sync>;
type Keep = dyn Fn(CutOff) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync;

/// Hears Better Auth's npm plugin `better-auth-verifier`, and tells [`Revocations`]: a sign-out, a ban or a deletion takes effect
/// at once, for JWTs too.
///
/// The plugin sends each event as a POST request, signed as the [Standard Webhooks](https://www.standardwebhooks.com)
/// specification says: HMAC-SHA256 over the headers `webhook-id` and `webhook-timestamp` and the very bytes of the body. An
/// event counts once, and within five minutes of its timestamp.
///
/// In a Poem app the hook is an endpoint:
///
/// ```
/// # #[cfg(feature = "poem")]
/// # fn app(revocations: better_auth_verifier::Revocations) -> Result<impl poem::Endpoint, better_auth_verifier::ShortHookSecret> {
/// use better_auth_verifier::Hook;
/// use poem::{Route, post};
///
/// let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
/// Ok(Route::new().at("/hooks/better-auth", post(Hook::new(&secret, revocations))))
/// # }
/// ```
///
/// In another framework two calls do the same. [`HookError`] says which status the plugin expects; read no more than 16 KiB
/// of a body, as its sender is not known before it has been read.
///
/// ```
/// use better_auth_verifier::{Hook, HookError};
///
/// async fn hear(hook: &Hook, request: http::Request<Vec<u8>>) -> Result<(), HookError> {
///     // The client's address counts only with `Hook::with_failure_limit`.
///     let event = hook.verify(request.headers(), request.body(), None)?;
///     hook.accept(event).await
/// }
/// ```
#[derive(Clone)]
pub struct Hook {
    key: hmac::Key,
    accepted: Accepted,
    revocations: Revocations,
    keep: Option<Arc<Keep>>,
    failures: Option<FailureLimit>,
    clock: Clock,
}

/// The events that were accepted of late: none is accepted twice. Clones know the same.
#[derive(Clone)]
pub(crate) struct Accepted(Cache<String, ()>);

impl Default for Accepted {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MAX_REMEMBERED).time_to_live(REMEMBER).build())
    }
}

/// Why an event is not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HookError {
    /// The plugin has another secret or another time, or too many events from this address were refused: 401 or 429. The
    /// [`Problem`](crate::Problem) of the inner error is the answer.
    #[error(transparent)]
    Refused(AuthError),
    /// A header is missing, or the body is no event: 400.
    #[error("{0}")]
    Malformed(String),
    /// It was accepted before: 409. The plugin does not send it again.
    #[error("the event was accepted before")]
    Replay,
    /// What happened lies more than five minutes ahead of this machine's clock: 400.
    #[error("`timestamp` is in the future")]
    Future,
    /// It has taken effect, but [what keeps cut-offs](Hook::kept_by) has failed: 503, and the plugin sends it again.
    #[error("the cut-off cannot be kept: {0}")]
    Unkept(Arc<Failure>),
}

impl Hook {
    /// Believes what `secret` has signed, and tells `revocations`: the same that the caches and strategies of the app have.
    #[must_use]
    pub fn new(secret: &HookSecret, revocations: Revocations) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret());
        let (accepted, clock) = (Accepted::default(), Clock::System);
        Self { key, accepted, revocations, keep: None, failures: None, clock }
    }

    /// Also hands each cut-off to `keep`, which makes it survive a restart. An event is accepted only once it is kept.
    #[must_use]
    pub fn kept_by<F, E>(self, keep: impl Fn(CutOff) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let keep = move |cut_off| keep(cut_off).map(|kept| kept.map_err(Into::into)).boxed();
        Self { keep: Some(Arc::new(keep)), ..self }
    }

    /// Knows of events that another one has accepted, and tells it of its own.
    #[cfg(feature = "app")]
    pub(crate) fn with_accepted(self, accepted: Accepted) -> Self {
        Self { accepted, ..self }
    }

    /// Judges the age of events by this clock instead of the system's.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Holds each client address to a limit of refused events. They count apart from refused credentials: neither may
    /// shut out the other, as both may come from Better Auth's own machine.
    #[must_use]
    pub fn with_failure_limit(self, limit: impl Into<FailureLimit>) -> Self {
        Self { failures: Some(limit.into()), ..self }
    }

    /// The event of a request with these headers and this body, if the plugin has signed it, and just now. `client` is the
    /// address that refused events are counted for.
    ///
    /// # Errors
    ///
    /// [`HookError::Refused`] and [`HookError::Malformed`].
    pub fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        client: Option<IpAddr>,
    ) -> Result<Event, HookError> {
        let header = |name| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.ok_or_else(|| HookError::Malformed(format!("the header `{name}` is missing or no text")))
        };
        let (id, timestamp, signatures) = (header(ID)?, header(TIMESTAMP)?, header(SIGNATURE)?);
        if id.is_empty() || id.len() > MAX_ID {
            return Err(HookError::Malformed(format!("`{ID}` has not between 1 and {MAX_ID} bytes")));
        }
        let message = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
        self.judge(&message, timestamp, signatures).map_err(|refusal| self.refuse(refusal, client))?;
        Event::read(id, body).map_err(HookError::Malformed)
    }

    fn judge(&self, message: &[u8], timestamp: &str, signatures: &str) -> Result<(), Refusal> {
        let ours = hmac::sign(&self.key, message);
        let signatures = signatures.split(' ').take(MAX_SIGNATURES).filter_map(|one| one.strip_prefix("v1,"));
        let mut decoded = signatures.filter_map(|one| BASE64_STANDARD.decode(one).ok());
        if !decoded.any(|signature| verify_slices_are_equal(&signature, ours.as_ref()).is_ok()) {
            return Err(Refusal::BadSignature);
        }
        let sent = timestamp.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        match self.clock.now() - sent.ok_or(Refusal::Malformed)? {
            age if age > MAX_AGE => Err(Refusal::Expired),
            age if age < -MAX_AGE => Err(Refusal::NotYetValid),
            _ => Ok(()),
        }
    }

    /// What is answered to an event that is not believed.
    fn refuse(&self, refusal: Refusal, client: Option<IpAddr>) -> HookError {
        if let (Some(failures), Some(client)) = (&self.failures, client) {
            if let Err(limited) = failures.ensure_admits(client) {
                return HookError::Refused(AuthError::Limited(limited));
            }
            failures.count(client);
        }
        HookError::Refused(refusal.into())
    }

    /// Takes a verified event, once. What could not be kept may come again.
    ///
    /// # Errors
    ///
    /// [`HookError::Replay`], [`HookError::Future`] and [`HookError::Unkept`].
    pub async fn accept(&self, event: Event) -> Result<(), HookError> {
        if event.cut_off_at.is_some_and(|at| at > self.clock.now() + MAX_AGE) {
            return Err(HookError::Future);
        }
        let id = event.id.clone();
        // A second delivery of the same event waits for the outcome of the first. The plugin does not send an event again once
        // it has been told that it was accepted, so that must not be said too early.
        let accepted = self.accepted.0.entry_by_ref(&id).or_try_insert_with(self.take(event)).await;
        let accepted = accepted.map_err(HookError::Unkept)?;
        if accepted.is_fresh() { Ok(()) } else { Err(HookError::Replay) }
    }

    async fn take(&self, Event { session, user, cut_off_at, .. }: Event) -> Result<(), Failure> {
        if let Some(session) = &session {
            self.revocations.session(session);
        }
        let Some(at) = cut_off_at else {
            if session.is_none() {
                self.revocations.user(&user);
            }
            return Ok(());
        };
        let cut_off = CutOff::new(user, at);
        // First here: it takes effect even where it cannot be kept.
        self.revocations.cut_off(&cut_off);
        match &self.keep {
            Some(keep) => keep(cut_off).await,
            None => Ok(()),
        }
    }
}
