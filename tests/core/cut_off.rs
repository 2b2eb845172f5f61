//! Tokens that say of themselves that they are good, of users who were cut off.

use std::time::Duration;

use better_auth_verifier::{
    AnyStrategy, Cached, Chain, Clock, CutOff, Guarded, Jwt, Revocations, SessionCookieCache, Strategy,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::{
    parts::{
        bearer, chain,
        cookie_cache::{self, SECRET, beside, content, in_each_form, soon},
        jwt, outcome, pause,
        scripted::Scripted,
        server::{Answer, Server},
        signer::{Signer, USER, jwks},
        store::Store,
    },
    session_cookie_cache::decided,
};

const LONG: Duration = Duration::from_hours(1);
const OTHER: &str = "another user";

/// Whoever issues tokens, and where their keys are published.
struct Issuer(Signer, Server);

impl Issuer {
    async fn new() -> Self {
        let signer = Signer::ed25519("a");
        let server = Server::start(Answer::json(&jwks([&signer]))).await;
        Self(signer, server)
    }

    fn token(&self, user: &str, issued_at: i64) -> String {
        self.0.token_with(&json!({}), &json!({ "sub": user, "id": user, "iat": issued_at }))
    }

    fn jwt(&self, revocations: &Revocations) -> Jwt {
        jwt(&self.1, LONG).with_revocations(revocations.clone())
    }
}

fn at(second: i64, milliseconds: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(second, milliseconds * 1_000_000).expect("an instant")
}

#[tokio::test]
async fn s13_a_token_of_the_second_of_a_cut_off_is_refused_and_one_of_the_next_is_not() {
    let issuer = Issuer::new().await;
    let now = Utc::now().timestamp() - 10;
    for cut_off in [at(now, 0), at(now, 1), at(now, 999)] {
        let revocations = Revocations::default();
        let chain = chain(issuer.jwt(&revocations));
        revocations.cut_off(&CutOff::new(USER, cut_off));
        // What comes later and is older changes nothing.
        revocations.cut_off(&CutOff::new(USER, cut_off - TimeDelta::hours(1)));
        for (user, issued_at, expected) in [
            (USER, now - 600, "refused: revoked".into()),
            (USER, now - 1, "refused: revoked".into()),
            (USER, now, "refused: revoked".into()),
            (USER, now + 1, format!("verified {USER}")),
            (OTHER, now - 600, format!("verified {OTHER}")),
            (OTHER, now, format!("verified {OTHER}")),
        ] {
            let token = issuer.token(user, issued_at);
            assert_eq!(outcome(&chain, &bearer(&token)).await, expected, "{user} {issued_at} {cut_off}");
        }
    }
}

#[tokio::test]
async fn c2_what_is_remembered_of_a_token_ends_with_the_cut_off() {
    let issuer = Issuer::new().await;
    let revocations = Revocations::default();
    let cached = Cached::new(issuer.jwt(&revocations), LONG, 100).with_revocations(revocations.clone());
    let chain = chain(cached);
    let now = Utc::now().timestamp() - 10;
    let (old, new, other) = (issuer.token(USER, now), issuer.token(USER, now + 1), issuer.token(OTHER, now));
    for token in [&old, &new, &other] {
        assert!(outcome(&chain, &bearer(token)).await.starts_with("verified"));
    }
    revocations.user(USER);
    assert!(outcome(&chain, &bearer(&old)).await.starts_with("verified"), "changed is not cut off");
    revocations.cut_off(&CutOff::new(USER, at(now, 500)));
    for _ in 0..2 {
        assert_eq!(outcome(&chain, &bearer(&old)).await, "refused: revoked");
        assert_eq!(outcome(&chain, &bearer(&new)).await, format!("verified {USER}"));
        assert_eq!(outcome(&chain, &bearer(&other)).await, format!("verified {OTHER}"));
    }
}

/// What three kinds of caller are answered: cut off, of the same user since then, and somebody else.
async fn answered(chain: &Chain, issuer: &Issuer, now: i64) -> [String; 3] {
    let tokens = [(USER, now), (USER, now + 1), (OTHER, now)];
    let mut all = tokens.map(|_| String::new());
    for (answer, (user, issued_at)) in all.iter_mut().zip(tokens) {
        *answer = outcome(chain, &bearer(&issuer.token(user, issued_at))).await;
    }
    all
}

#[tokio::test]
async fn h4_until_all_that_was_kept_is_known_tokens_are_undecidable() {
    let issuer = Issuer::new().await;
    let revocations = Revocations::default();
    let chain = chain(issuer.jwt(&revocations));
    let now = Utc::now().timestamp() - 10;
    let kept = revocations.keep();
    assert_eq!(answered(&chain, &issuer, now).await, ["undecidable", "undecidable", "undecidable"]);
    chain.probes().remove(0).ask().await.expect_err("not ready");
    revocations.cut_off(&CutOff::new(USER, at(now, 0)));
    let known = ["refused: revoked", "undecidable", "undecidable"];
    assert_eq!(answered(&chain, &issuer, now).await, known);
    kept.complete();
    chain.probes().remove(0).ask().await.expect("ready");
    let all = ["refused: revoked".into(), format!("verified {USER}"), format!("verified {OTHER}")];
    assert_eq!(answered(&chain, &issuer, now).await, all);
    let next = revocations.keep();
    kept.complete();
    assert_eq!(answered(&chain, &issuer, now).await, known, "the next keeper has yet to tell what it kept");
    next.complete();
    assert_eq!(answered(&chain, &issuer, now).await, all);
}

#[tokio::test]
async fn what_a_feed_tells_is_kept_and_what_the_keeper_tells_is_not() {
    let (issuer, revocations) = (Issuer::new().await, Revocations::default());
    let mut kept = revocations.keep();
    revocations.cut_off(&CutOff::new("told by the keeper", Utc::now()));
    kept.complete();
    let store = Store::default();
    let cached = Cached::new(store.clone(), LONG, 100).with_revocations(revocations.clone());
    let chain = chain(cached).push(issuer.jwt(&revocations));
    outcome(&chain, &bearer("bob/1")).await;
    let before = Utc::now();
    store.feed().await.cut_off(USER);
    let cut_off = kept.try_recv().expect("a cut-off");
    assert_eq!(cut_off.user, USER);
    assert!(cut_off.at >= before && cut_off.at <= Utc::now(), "{cut_off:?}");
    assert_eq!(kept.try_recv(), None, "one alone");
    // Whatever the store has become of: what is heard holds here.
    drop(kept);
    store.feed().await.cut_off(OTHER);
    for user in [USER, OTHER] {
        assert!(revocations.is_cut_off(user, before.timestamp_millis() - 1), "{user}");
        assert!(!revocations.is_cut_off(user, Utc::now().timestamp_millis() + 1), "{user}");
    }
}

#[tokio::test]
async fn what_a_feed_tells_ends_by_the_clock_of_the_revocations() {
    let then = Utc::now() - TimeDelta::days(1);
    let revocations = Revocations::with_clock(Clock::Fixed(then));
    let mut kept = revocations.keep();
    let store = Store::default();
    let chain = chain(Cached::new(store.clone(), LONG, 100).with_revocations(revocations));
    outcome(&chain, &bearer("bob/1")).await;
    let feed = store.feed().await;
    feed.cut_off(USER);
    assert_eq!(kept.recv().await, CutOff::new(USER, then));
    feed.cut_off_ago(OTHER, TimeDelta::minutes(5));
    assert_eq!(kept.recv().await, CutOff::new(OTHER, then - TimeDelta::minutes(5)));
}

#[tokio::test]
#[should_panic(expected = "jwt checks tokens against other revocations than the cache around it")]
async fn c2_a_cache_cannot_be_given_others_than_the_strategy_inside_has() {
    let issuer = Issuer::new().await;
    let strategy = AnyStrategy::new(issuer.jwt(&Revocations::default()));
    let _ = Cached::new(Guarded::new(strategy, LONG), LONG, 100).with_revocations(Revocations::default());
}

fn cookie_caches(revocations: &Revocations) -> SessionCookieCache {
    cookie_cache::strategy().with_revocations(revocations.clone())
}

#[tokio::test]
async fn c2_a_cookie_cache_from_before_the_cut_off_is_left_to_the_next() {
    let second = Utc::now().timestamp() - 60;
    let cut_off = CutOff::new("ann", at(second, 500));
    for (user, updated_at, expected) in [
        ("ann", json!((second - 100) * 1000), "next"),
        ("ann", json!(second * 1000), "next"),
        ("ann", json!(second * 1000 + 499), "next"),
        ("ann", json!(second * 1000 + 501), "session_cookie_cache"),
        ("bob", json!((second - 100) * 1000), "session_cookie_cache"),
        // Better Auth 1.3 and earlier do not say when; what cannot be read is no better.
        ("ann", json!(null), "next"),
        ("ann", json!("2999-01-01T00:00:00.000Z"), "next"),
        ("bob", json!(null), "session_cookie_cache"),
    ] {
        let mut content = content();
        content["user"]["id"] = json!(user);
        content["session"]["userId"] = json!(user);
        content["updatedAt"] = updated_at.clone();
        for (form, cache) in in_each_form(SECRET, &content, soon()) {
            let revocations = Revocations::default();
            let cached = Cached::new(cookie_caches(&revocations), LONG, 100);
            let chain = chain(cached).push(Scripted::new("next", |_| true));
            for expected in ["session_cookie_cache", expected] {
                let judgement = chain.judge(&beside(&cache)).await;
                assert_eq!(judgement.strategy, Some(expected), "{form} {user} {updated_at}");
                assert!(judgement.verdict.is_ok(), "{form} {user} {updated_at}");
                revocations.cut_off(&cut_off);
            }
        }
    }
}

#[tokio::test]
async fn c2_a_forged_date_does_not_get_round_the_cut_off() {
    let revocations = Revocations::default();
    revocations.cut_off(&CutOff::new("ann", Utc::now() + TimeDelta::minutes(1)));
    let mut later = content();
    later["updatedAt"] = json!((Utc::now() + TimeDelta::days(1)).timestamp_millis());
    for (form, cache) in in_each_form("another secret", &later, soon()) {
        let outcome = decided(cookie_caches(&revocations), &beside(&cache)).await;
        assert!(outcome.starts_with("passed over"), "{form}: {outcome}");
    }
}

#[tokio::test]
async fn h4_a_cookie_cache_is_undecidable_where_the_cut_offs_are_not_known_yet() {
    let [(_, cache), ..] = in_each_form(SECRET, &content(), soon());
    let credential = beside(&cache);
    let revocations = Revocations::default();
    let strategy = cookie_caches(&revocations);
    let kept = revocations.keep();
    strategy.claims(&credential).expect("claimed");
    assert_eq!(pause(&strategy.verify(&credential).await), None);
    strategy.probe().await.expect_err("not ready");
    kept.complete();
    strategy.probe().await.expect("ready");
    strategy.verify(&credential).await.expect("verified");
    revocations.cut_off(&CutOff::new("ann", Utc::now() + TimeDelta::milliseconds(1)));
    assert_eq!(decided(strategy, &credential).await, "next", "it is left to the next");
}
