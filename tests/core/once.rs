//! What is checked for one request, and what a cache spares it.

use std::{sync::Arc, time::Duration};

use better_auth_verifier::{
    AnyStrategy, Cached, Chain, Credential, Guarded, Secrets, SessionCookieCache, Strategy,
    revocation::Hearing,
};
use chrono::{TimeDelta, Utc};
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
async fn strategies() -> (SessionDatabase, AnyStrategy, AnyStrategy) {
    let (database, secrets) = (SessionDatabase::new().await, Secrets::new(SECRET));
    database.sign_in("ann", "s", TOKEN).await;
    let table = database.strategy(secrets.clone()).await;
    let cookie_cache = SessionCookieCache::new(secrets, [CACHE_COOKIE]);
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
    let (_database, _, table) = strategies().await;
    let chain = Chain::default().push(cached(Guarded::new(table, MINUTE)));
    let heard = heard(&chain, &session_cookie()).await;
    assert_eq!(heard.count(SIGNATURE), 1, "{:?}", heard.steps());
}

#[tokio::test]
async fn two_strategies_check_the_session_tokens_signature_once() {
    for (name, credential) in passed_over() {
        let (_database, cookie_cache, table) = strategies().await;
        let chain = Chain::default().push(cached(cookie_cache)).push(cached(Guarded::new(table, MINUTE)));
        let heard = heard(&chain, &credential).await;
        let steps = heard.steps();
        assert_eq!(heard.count(SIGNATURE), 1, "{name}: {steps:?}");
        for step in ["decided: session_cookie_cache", "decided: session_table"] {
            assert_eq!(heard.count(step), 1, "{name}: {steps:?}");
        }
    }
}

#[tokio::test]
async fn a_hit_in_the_cache_opens_and_checks_nothing() {
    let (_database, cookie_cache, table) = strategies().await;
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
