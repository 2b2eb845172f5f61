//! What is checked for one request, and what a cache spares it.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use better_auth_verifier::{
    AnyStrategy, AuthError, Authenticator, Cached, Carriers, Chain, Credential, Guarded, Identity, KeySource,
    Limiter, RequestHead, Secrets, SessionCookieCache, SharedSecret, Strategy, User, revocation::Hearing,
};
use chrono::{TimeDelta, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::json;
use tokio::time;

use crate::parts::{
    PATIENCE, chain,
    cookie_cache::{
        CACHE_COOKIE, SECRET, SESSION_COOKIE, TOKEN, beside, compact, content, in_each_form, published,
        signed, soon, strategy,
    },
    counted::Counted,
    heard::Heard,
    jwt, outcome,
    server::{Answer, Server},
    session_database::SessionDatabase,
    signer::{Signer, USER, jwks},
};

const SIGNATURE: &str = "signature of the session token";
const PROOF: &str = "signature of the cookie cache";
const ANOTHER: &str = "another-secret-of-the-tests-0123456789";
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
    let forged = compact(ANOTHER, &content, soon());
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

/// A request with this header, from a client with an address.
async fn ask(
    authenticator: &Authenticator,
    name: HeaderName,
    value: &str,
) -> Result<Option<Identity>, AuthError> {
    let value = HeaderValue::try_from(value).expect("a header value");
    let headers = HeaderMap::from_iter([(name, value)]);
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
    let (good, bad) = (signed(SECRET, TOKEN), signed(ANOTHER, TOKEN));
    for cookies in [[&good, &bad], [&bad, &good]] {
        let cookies = cookies.map(|value| format!("{SESSION_COOKIE}={value}")).join("; ");
        let caller = ask(&authenticator, header::COOKIE, &cookies).await.expect("judged").expect("a caller");
        assert_eq!(caller.user.id, "ann");
        let steps = heard.take();
        let checks = steps.iter().filter(|step| *step == SIGNATURE).count();
        assert_eq!(checks, 2, "{steps:?}");
    }
}

/// What is heard of Ann's genuine credential while her address is over the limit of failures.
async fn heard_over_the_limit(chain: Chain, name: HeaderName, genuine: &str, forged: &str) -> Vec<String> {
    let heard = Heard::default();
    let limit = Limiter::new("failed", NonZeroU32::MIN, Duration::from_hours(1));
    let carriers = Carriers::new([SESSION_COOKIE]).with_companions([CACHE_COOKIE]);
    let authenticator =
        Authenticator::new(carriers, chain).with_failure_limit(limit).with_observer(heard.clone());
    for _ in 0..2 {
        ask(&authenticator, name.clone(), forged).await.expect_err("refused");
    }
    assert_eq!(heard.count("failure limited"), 0);
    heard.take();
    let caller = ask(&authenticator, name, genuine).await.expect("judged").expect("a caller");
    let steps = heard.take();
    assert_eq!(count(&steps, "failure limited"), 1, "{steps:?}");
    assert_eq!(steps.last(), Some(&format!("ended in {}: {}", carrier(&steps), caller.user.id)));
    steps
}

/// The carrier in which it ended.
fn carrier(steps: &[String]) -> &str {
    let end = steps.last().expect("an end");
    end.strip_prefix("ended in ").and_then(|end| end.split(':').next()).expect("a carrier")
}

fn count(steps: &[String], step: &str) -> usize {
    steps.iter().filter(|heard| *heard == step).count()
}

/// Plain, guarded, and as the service builds it.
fn in_every_wrapping<S: Strategy>(strategy: impl Fn() -> S) -> [Chain; 3] {
    let guarded = || Guarded::new(strategy(), MINUTE);
    [chain(strategy()), chain(guarded()), chain(cached(guarded()))]
}

/// Each of these checks is heard once, and so is each other one but the claim, which is asked for before and after.
fn assert_once(steps: &[String], checks: &[&str], what: &str) {
    for check in checks {
        assert_eq!(count(steps, check), 1, "{what}: {check} in {steps:?}");
    }
    for step in steps.iter().filter(|step| !step.starts_with("not claimed")) {
        assert_eq!(count(steps, step), 1, "{what}: {step} in {steps:?}");
    }
}

#[tokio::test]
async fn over_the_failure_limit_the_session_tokens_signature_is_checked_once() {
    let (_database, _, table) = strategies(&Secrets::new(SECRET)).await;
    let cookie = |secret: &str| format!("{SESSION_COOKIE}={}", signed(secret, TOKEN));
    for chain in in_every_wrapping(|| table.clone()) {
        let steps = heard_over_the_limit(chain, header::COOKIE, &cookie(SECRET), &cookie(ANOTHER)).await;
        assert_once(&steps, &[SIGNATURE], "session table");
    }
}

#[tokio::test]
async fn over_the_failure_limit_a_token_of_a_shared_secret_is_read_once() {
    let shared = |secret: &str| SharedSecret::new(secret).expect("long enough");
    let token = |secret: &str| {
        format!("Bearer {}", shared(secret).access_token(&User::new("ann"), Duration::from_mins(1)))
    };
    for chain in in_every_wrapping(|| shared(SECRET)) {
        let steps = heard_over_the_limit(chain, header::AUTHORIZATION, &token(SECRET), &token(ANOTHER)).await;
        assert_once(&steps, &["algorithm", "signature", "audience", "token_type"], "shared secret");
    }
}

#[tokio::test]
async fn over_the_failure_limit_a_jwt_is_read_once() {
    let (signer, stranger) = (Signer::ed25519("key"), Signer::ed25519("key"));
    let server = Server::start(Answer::json(&jwks([&signer]))).await;
    let token = |signer: &Signer| format!("Bearer {}", signer.token());
    for named in [true, false] {
        let unnamed =
            |signer: &Signer| format!("Bearer {}", signer.token_with(&json!({ "kid": null }), &json!({})));
        let (genuine, forged) =
            if named { (token(&signer), token(&stranger)) } else { (unnamed(&signer), unnamed(&stranger)) };
        let check = if named { "signature" } else { "signature by the only key that fits" };
        for chain in in_every_wrapping(|| jwt(&server, Duration::ZERO)) {
            let steps = heard_over_the_limit(chain, header::AUTHORIZATION, &genuine, &forged).await;
            assert_once(&steps, &["algorithm", check, "audience", "validity"], check);
        }
    }
}

#[tokio::test]
async fn over_the_failure_limit_a_cookie_cache_is_opened_once() {
    let signer = Signer::ed25519("key");
    let server = Server::start(Answer::json(&jwks([&signer]))).await;
    let keys = KeySource::new(server.url("/jwks")).expect("a client");
    let session = signed(SECRET, TOKEN);
    let cookies = |cache: &str| format!("{SESSION_COOKIE}={session}; {CACHE_COOKIE}={cache}");
    let forged = cookies(&compact(ANOTHER, &content().to_string(), soon()));
    let [compact, jwt, jwe] = in_each_form(SECRET, &content(), soon());
    let by_key = ("published", published(&signer));
    for ((form, cache), proof) in
        [(compact, Some(PROOF)), (jwt, Some(PROOF)), (jwe, None), (by_key, Some("signature"))]
    {
        let strategy = || strategy().with_keys(keys.clone());
        // The key is here.
        let _ = strategy().verify(&beside(&published(&signer))).await;
        for chain in in_every_wrapping(strategy) {
            let steps = heard_over_the_limit(chain, header::COOKIE, &cookies(&cache), &forged).await;
            let checks = ["end of the cookie cache", SIGNATURE, "cookie cache of this session token"];
            assert_once(&steps, &checks, form);
            assert_eq!(
                steps.iter().filter(|step| proof.is_some_and(|proof| *step == proof)).count(),
                proof.iter().len(),
                "{form}: {steps:?}"
            );
        }
    }
}

/// A guard decides what it can before anybody is asked; what it has found out need not be found out again.
#[tokio::test]
async fn what_needs_a_key_that_is_not_here_is_opened_once() {
    let signer = Signer::ed25519("key");
    let server = Server::start(Answer::json(&jwks([&signer]))).await;
    let cache = published(&signer);
    let keys = || KeySource::new(server.url("/jwks")).expect("a client");
    for chain in in_every_wrapping(|| strategy().with_keys(keys())) {
        let heard = heard(&chain, &beside(&cache)).await;
        assert_once(
            &heard.steps(),
            &["end of the cookie cache", SIGNATURE, "audience", "signature"],
            "cookie cache",
        );
    }
    let token = Credential::bearer(signer.token());
    for chain in in_every_wrapping(|| jwt(&server, Duration::ZERO)) {
        let heard = Heard::default();
        let outcome = outcome(&chain, &token.clone().observed_by(Arc::new(heard.clone()))).await;
        assert_eq!(outcome, format!("verified {USER}"));
        assert_once(&heard.steps(), &["audience", "signature"], "jwt");
    }
}

#[tokio::test]
async fn a_hit_in_the_cache_opens_and_checks_nothing() {
    let (_database, cookie_cache, table) = strategies(&Secrets::new(SECRET)).await;
    let good = beside(&compact(SECRET, &content().to_string(), soon()));
    for (strategy, credential) in [(cookie_cache, good), (table, session_cookie())] {
        let name = strategy.name();
        let (counted, look_ups) = Counted::new(Guarded::new(strategy, MINUTE));
        let chain = chain(cached(counted));
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
