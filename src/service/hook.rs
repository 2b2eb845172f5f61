//! What Better Auth's plugin tells, signed as the Standard Webhooks specification says.

use std::{net::IpAddr, sync::Arc, time::Duration};

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use moka::future::Cache;
use secrecy::{ExposeSecret, SecretSlice};

use super::cut_off_store::CutOffStore;
use crate::{
    AuthError, Clock, FailureLimit, Refusal,
    revocation::{CutOff, Revocations},
};

/// An event is signed anew whenever it is sent, so an older one is a recording.
const MAX_AGE: TimeDelta = TimeDelta::minutes(5);
/// As long as a recording could pass, on clocks that differ.
const REMEMBER: Duration = Duration::from_mins(11);
const MAX_REMEMBERED: u64 = 1_000_000;
/// More than a sender needs that changes its secret.
const MAX_SIGNATURES: usize = 8;

/// Listens to the plugin.
#[derive(Clone)]
pub struct Hook {
    key: hmac::Key,
    accepted: Accepted,
    revocations: Revocations,
    store: Option<CutOffStore>,
    failures: Option<FailureLimit>,
    clock: Clock,
}

/// The events that were accepted of late: none is accepted twice. Clones know the same.
#[derive(Clone)]
pub struct Accepted(Cache<String, ()>);

impl Default for Accepted {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MAX_REMEMBERED).time_to_live(REMEMBER).build())
    }
}

/// The parts of a request that its signature covers.
pub struct Signed<'a> {
    pub id: &'a str,
    /// Seconds since 1970.
    pub timestamp: &'a str,
    /// One or more, with blanks between.
    pub signatures: &'a str,
    pub body: &'a [u8],
}

/// What has happened.
pub struct Event {
    pub session: Option<String>,
    pub user: String,
    /// When, if tokens issued before are over.
    pub cut_off_at: Option<DateTime<Utc>>,
}

/// Why an event is not taken.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    #[error("the event was accepted before")]
    Replay,
    #[error("it happened in the future")]
    Future,
    #[error("the cut-off cannot be kept: {0}")]
    Store(#[from] Arc<sea_orm::DbErr>),
}

impl Default for Hook {
    /// Connected to nothing, for the contract.
    fn default() -> Self {
        Self::new(&SecretSlice::default(), Revocations::default(), None)
    }
}

impl Hook {
    /// `store` keeps cut-offs over a restart.
    pub fn new(secret: &SecretSlice<u8>, revocations: Revocations, store: Option<CutOffStore>) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret());
        let (accepted, clock) = (Accepted::default(), Clock::System);
        Self { key, accepted, revocations, store, failures: None, clock }
    }

    /// Knows of events that another one has accepted, and tells it of its own.
    pub fn with_accepted(self, accepted: Accepted) -> Self {
        Self { accepted, ..self }
    }

    /// Judges the age of events by this clock instead of the system's.
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Holds each client address to a limit of refused events. They count apart from refused credentials: neither may
    /// shut out the other, as both may come from Better Auth's own machine.
    pub fn with_failure_limit(self, limit: FailureLimit) -> Self {
        Self { failures: Some(limit), ..self }
    }

    /// Whether the plugin has sent this, and just now: it has another secret, or another time.
    pub fn verify(&self, signed: &Signed<'_>) -> Result<(), Refusal> {
        let Signed { id, timestamp, signatures, body } = signed;
        let message = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
        let ours = hmac::sign(&self.key, &message);
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
    pub fn refuse(&self, refusal: Refusal, client: Option<IpAddr>) -> AuthError {
        if let (Some(failures), Some(client)) = (&self.failures, client) {
            if let Err(limited) = failures.ensure_admits(client) {
                return AuthError::Limited(limited);
            }
            failures.count(client);
        }
        refusal.into()
    }

    /// Takes an event, once. What could not be kept may come again.
    pub async fn accept(&self, id: &str, event: Event) -> Result<(), HookError> {
        if event.cut_off_at.is_some_and(|at| at > self.clock.now() + MAX_AGE) {
            return Err(HookError::Future);
        }
        // A second delivery of the same event waits for the outcome of the first. The plugin does not send an event again once
        // it has been told that it was accepted, so that must not be said too early.
        let accepted = self.accepted.0.entry_by_ref(id).or_try_insert_with(self.take(event)).await?;
        if accepted.is_fresh() { Ok(()) } else { Err(HookError::Replay) }
    }

    async fn take(&self, event: Event) -> Result<(), sea_orm::DbErr> {
        let Event { session, user, cut_off_at } = event;
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
        match &self.store {
            Some(store) => store.keep(&cut_off).await,
            None => Ok(()),
        }
    }
}
