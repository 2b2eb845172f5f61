//! What is checked for one request, and what a cache spares it.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use better_auth_verifier::{
    AnyStrategy, AuthError, Authenticator, Cached, Carriers, Chain, Credential, Guarded, Identity, Limiter,
    RequestHead, Secrets, SessionCookieCache, Strategy, revocation::Hearing,
};
use chrono::{TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Method, header};
use tokio::time;

use crate::parts::{
    PATIENCE,
    cookie_cache::{CACHE_COOKIE, SECRET, SESSION_COOKIE, TOKEN, beside, compact, content, signed, soon},
    counted::Counted,
    heard::Heard,
    outcome,
    session_database::SessionDatabase,
};

const SIGNATURE: &str = "signature of the session token";
const MINUTE: Duration = Duration::from_mins(1);

/// What is heard of a judgement that verifies the session's user.
async fn heard(chain: &Chain, credential: &Credential) -> Heard {
    let heard = Heard::default();
    let credential = credential.clone().observed_by(Arc::new(heard.clone()));
    assert_eq!(outcome(chain, &credential).await, "verified ann");
    heard
}

fn cached(strategy: impl Strategy) -> Cached {
    Cached::new(strategy, MINUTE, 100)
}

/// The cookie cache and the session table, which share the secrets as the strategies of a configuration do.
async fn strategies(secrets: &Secrets) -> (SessionDatabase, AnyStrategy, AnyStrategy) {
    let database = SessionDatabase::new().await;
    database.sign_in("ann", "s", TOKEN).await;
    let table = database.strategy(secrets.clone()).await;
    let cookie_cache = SessionCookieCache::new(secrets.clone(), [CACHE_COOKIE]);
    (database, AnyStrategy::new(cookie_cache), AnyStrategy::new(table))
}

/// Waits until a cache may remember: not before it hears what ends.
async fn is_listening(chain: &Chain) {
    let probe = chain.probes().remove(0);
    probe.ask().await.expect("ready");
    let hears_all = || {
        let feeds = probe.freshness().feeds;
        feeds.iter().all(|feed| matches!(feed.hearing, Hearing::Listening(_)))
    };
    let listening = async {
        while !hears_all() {
            time::sleep(Duration::from_millis(5)).await;
        }
    };
    time::timeout(PATIENCE, listening).await.expect("in time");
}

fn session_cookie() -> Credential {
    Credential::cookie(SESSION_COOKIE, signed(SECRET, TOKEN))
}

/// What the cookie cache strategy leaves to the next, each for a reason of its own.
fn passed_over() -> [(&'static str, Credential); 4] {
    let content = content().to_string();
    let over = compact(SECRET, &content, Utc::now() - TimeDelta::minutes(1));
    let forged = compact("another-secret-of-the-tests-0123456789", &content, soon());
    let of_another = compact(SECRET, &content.replace(TOKEN, &"t".repeat(TOKEN.len())), soon());
    [
        ("over", beside(&over)),
        ("forged", beside(&forged)),
        ("of another session", beside(&of_another)),
        ("unreadable", beside("not.a.cache")),
    ]
}

#[tokio::test]
async fn one_look_up_checks_the_session_tokens_signature_once() {
    let (_database, _, table) = strategies(&Secrets::new(SECRET)).await;
    let chain = Chain::default().push(cached(Guarded::new(table, MINUTE)));
    let heard = heard(&chain, &session_cookie()).await;
    assert_eq!(heard.count(SIGNATURE), 1, "{:?}", heard.steps());
}

#[tokio::test]
async fn two_strategies_check_the_session_tokens_signature_once() {
    for (name, credential) in passed_over() {
        let (_database, cookie_cache, table) = strategies(&Secrets::new(SECRET)).await;
        let chain = Chain::default().push(cached(cookie_cache)).push(cached(Guarded::new(table, MINUTE)));
        let heard = heard(&chain, &credential).await;
        let steps = heard.steps();
        assert_eq!(heard.count(SIGNATURE), 1, "{name}: {steps:?}");
        for step in ["decided: session_cookie_cache", "decided: session_table"] {
            assert_eq!(heard.count(step), 1, "{name}: {steps:?}");
        }
    }
}

/// A request with these cookies, from a client with an address.
async fn ask(authenticator: &Authenticator, cookies: &str) -> Result<Option<Identity>, AuthError> {
    let cookies = HeaderValue::try_from(cookies).expect("a header value");
    let headers = HeaderMap::from_iter([(header::COOKIE, cookies)]);
    let client = Some(IpAddr::from([192, 0, 2, 1]));
    authenticator.authenticate(RequestHead { method: &Method::GET, headers: &headers, client }).await
}

#[tokio::test]
async fn of_several_session_cookies_each_signature_is_checked_once() {
    let secrets = Secrets::new(SECRET);
    let (_database, _, table) = strategies(&secrets).await;
    let heard = Heard::default();
    let carriers = Carriers::new([SESSION_COOKIE]).with_secrets(secrets);
    let chain = Chain::default().push(cached(Guarded::new(table, MINUTE)));
    let authenticator = Authenticator::new(carriers, chain).with_observer(heard.clone());
    let (good, bad) = (signed(SECRET, TOKEN), signed("another-secret-of-the-tests-0123456789", TOKEN));
    for cookies in [[&good, &bad], [&bad, &good]] {
        let cookies = cookies.map(|value| format!("{SESSION_COOKIE}={value}")).join("; ");
        let caller = ask(&authenticator, &cookies).await.expect("judged").expect("a caller");
        assert_eq!(caller.user.id, "ann");
        let steps = heard.take();
        let checks = steps.iter().filter(|step| *step == SIGNATURE).count();
        assert_eq!(checks, 2, "{steps:?}");
    }
}

#[tokio::test]
async fn over_the_failure_limit_the_signature_is_checked_once() {
    let (_database, _, table) = strategies(&Secrets::new(SECRET)).await;
    let heard = Heard::default();
    let chain = Chain::default().push(cached(Guarded::new(table, MINUTE)));
    let limit = Limiter::new("failed", NonZeroU32::MIN, Duration::from_hours(1));
    let authenticator = Authenticator::new(Carriers::new([SESSION_COOKIE]), chain)
        .with_failure_limit(limit)
        .with_observer(heard.clone());
    let cookie = |value: &str| format!("{SESSION_COOKIE}={value}");
    let forged = cookie(&signed("another-secret-of-the-tests-0123456789", TOKEN));
    for _ in 0..2 {
        ask(&authenticator, &forged).await.expect_err("refused");
    }
    assert_eq!(heard.count("failure limited"), 0);
    heard.take();
    let caller = ask(&authenticator, &cookie(&signed(SECRET, TOKEN))).await.expect("judged");
    assert_eq!(caller.expect("a caller").user.id, "ann");
    assert_eq!((heard.count("failure limited"), heard.count(SIGNATURE)), (1, 1), "{:?}", heard.steps());
}

#[tokio::test]
async fn a_hit_in_the_cache_opens_and_checks_nothing() {
    let (_database, cookie_cache, table) = strategies(&Secrets::new(SECRET)).await;
    let good = beside(&compact(SECRET, &content().to_string(), soon()));
    for (strategy, credential) in [(cookie_cache, good), (table, session_cookie())] {
        let name = strategy.name();
        let (counted, look_ups) = Counted::new(strategy);
        let chain = Chain::default().push(cached(Guarded::new(counted, MINUTE)));
        is_listening(&chain).await;
        let miss = heard(&chain, &credential).await;
        assert_eq!((miss.count(SIGNATURE), look_ups.get()), (1, 1), "{:?}", miss.steps());
        let hit = heard(&chain, &credential).await;
        let expected = [
            format!("claimed: {name}"),
            format!("remembered: {name}"),
            "user not banned".into(),
            format!("decided: {name}"),
        ];
        assert_eq!((hit.steps(), look_ups.get()), (expected.to_vec(), 1));
    }
}
