//! What needs no feature: a framework of one's own, and the strategies of the core.

use std::{
    error::Error,
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use better_auth_verifier::{
    Authenticator, Cached, Carriers, Chain, ClientAddress, Decision, Denial, Fallback, GetSession, Guarded,
    Identity, Jwt, KeySource, Limiter, Policy, Problem, Protection, RequestHead, Revocations, Secrets,
    SessionCookieCache, SharedSecret, Spawner, Unlimited,
    judgement::{Observer, Step},
};
use chrono::{DateTime, Utc};

const TIMEOUT: Duration = Duration::from_secs(3);
const MAX_AGE: Duration = Duration::from_secs(10);
const MANY: NonZeroU32 = NonZeroU32::new(1000).expect("not zero");
const COOKIE_CACHE: &str = "__Secure-better-auth.session_data";

pub fn chain(revocations: &Revocations) -> Result<Chain, Box<dyn Error>> {
    let (auth, secret) = ("https://auth.example.com", Secrets::from("a secret of at least thirty-two bytes"));
    let base = format!("{auth}/api/auth").parse()?;
    let jwt = Jwt::new(format!("{auth}/api/auth/jwks").parse()?, [auth], [auth])?
        .with_revocations(revocations.clone());
    let get_session = || GetSession::new(&base, TIMEOUT);
    let keys = KeySource::new(format!("{auth}/api/auth/jwks").parse()?)?;
    Ok(Chain::default()
        .push(Cached::new(jwt, MAX_AGE, 100_000))
        .push(Cached::new(cookie_cache(keys, secret.clone()), MAX_AGE, 100_000))
        .push(SharedSecret::new(secret.clone())?)
        .push(Fallback::new(
            Guarded::new(
                get_session()?.with_secrets(secret, ["__Secure-better-auth.session_token"]),
                TIMEOUT,
            ),
            get_session()?,
        ))
        .push(
            Cached::new(Guarded::new(get_session()?, TIMEOUT), MAX_AGE, 100_000)
                .with_revocations(revocations.clone()),
        ))
}

fn cookie_cache(keys: KeySource, secret: Secrets) -> SessionCookieCache {
    SessionCookieCache::new(secret, [COOKIE_CACHE]).with_keys(keys)
}

/// Counts the steps of judgements.
struct Steps(AtomicU64);

impl Observer for Steps {
    fn step(&self, _: &Step<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A policy with a value.
struct Member(Vec<String>);

impl Policy for Member {
    fn name(&self) -> &'static str {
        "member"
    }

    async fn decide(&self, identity: &Identity, _: DateTime<Utc>) -> Decision {
        if self.0.contains(&identity.user.id) { Ok(()) } else { Err(Denial::new("not a member").into()) }
    }
}

pub fn authenticator(chain: Chain) -> Authenticator {
    let carriers = Carriers::default()
        .with_companions([COOKIE_CACHE])
        .with_secrets("a secret of at least thirty-two bytes");
    Authenticator::new(carriers, chain)
        .with_user_limit(Limiter::new("user", MANY, MAX_AGE))
        .with_failure_limit(Limiter::new("failed", MANY, MAX_AGE))
        .with_observer(Steps(AtomicU64::new(0)))
        .with_spawner(Spawner::default())
        .with_policy(Member(Vec::new()))
}

/// An adapter for a framework of one's own.
pub async fn serve(authenticator: &Authenticator, request: http::Request<()>) -> http::Response<String> {
    let client = ClientAddress::of(request.extensions(), None);
    let head = RequestHead { method: request.method(), headers: request.headers(), client };
    let protection = Protection::new(authenticator, head, request.extensions());
    match protection.authorize::<Member, Unlimited>().await {
        Ok(identity) => http::Response::new(identity.user.id.clone()),
        Err(error) => http::Response::from(&Problem::from(error)),
    }
}

/// Servers run requests as tasks of their own: what they await must be `Send`, to its very depth.
pub fn spawn(authenticator: Authenticator) {
    tokio::spawn(async move { serve(&authenticator, http::Request::new(())).await });
}
