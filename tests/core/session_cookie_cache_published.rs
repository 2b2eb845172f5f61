//! Cookie caches signed with published keys, which other tokens are signed with, too.

use std::{sync::Arc, time::Duration};

use better_auth_verifier::{
    Algorithm, AnyStrategy, Clock, CutOff, Guarded, KeySource, Revocations, SessionCookieCache, Strategy,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::{
    parts::{
        ISSUER, PATIENCE,
        cookie_cache::{
            CACHE_COOKIE, SECRET, SESSION_COOKIE, TOKEN, TYP, beside, content, header, hs256, in_each_form,
            payload, presented, published, signed, soon, strategy, until,
        },
        heard::Heard,
        pause,
        server::{Answer, Server},
        signer::{Signer, jwks},
        told,
    },
    session_cookie_cache::decided,
};

/// Members replaced, and left out where they are `null`.
fn changed(mut base: Value, patch: &Value) -> Value {
    let members = base.as_object_mut().expect("an object");
    members.extend(patch.as_object().expect("an object").clone());
    members.retain(|_, value| !value.is_null());
    base
}

fn trusting(server: &Server) -> SessionCookieCache {
    strategy().with_keys(KeySource::new(server.url("/jwks")).expect("a client"))
}

async fn server_of(signer: &Signer) -> Server {
    Server::start(Answer::json(&jwks([signer]))).await
}

/// What becomes of a cache with another header and another payload.
async fn decided_about(header_patch: Value, payload_patch: Value) -> String {
    let signer = Signer::ed25519("key");
    let server = server_of(&signer).await;
    let header = changed(header(&signer), &header_patch);
    let cache = signer.sign(&header.to_string(), &changed(payload(), &payload_patch).to_string());
    decided(trusting(&server), &beside(&cache)).await
}

#[tokio::test]
async fn h4_a_cut_off_while_keys_are_fetched_makes_it_undecidable() {
    let signer = Signer::ed25519("key");
    let server = Server::start(Answer::Held(jwks([&signer]).to_string())).await;
    let cache = published(&signer);
    let revocations = Revocations::default();
    let strategy = trusting(&server).with_revocations(revocations.clone());
    let judged = tokio::spawn(async move { strategy.verify(&beside(&cache)).await });
    server.receives(1).await;
    revocations.cut_off(&CutOff::new("ann", Utc::now() + TimeDelta::minutes(1)));
    server.release();
    let verdict = judged.await.expect("no panic");
    assert_eq!(pause(&verdict), Some(Duration::from_secs(1)), "the next request finds the cut-off");
}

/// The strategy behind a breaker that has opened over keys that cannot be fetched, and a cache that needs one of them.
async fn behind_an_open_breaker(server: &Server) -> (AnyStrategy, String) {
    let keys = KeySource::new(server.url("/jwks")).expect("a client");
    let trusting = || strategy().with_keys(keys.clone());
    let by_unknown = |kid: &str| published(&Signer::ed25519(kid));
    // Fetches the keys, if the server has any.
    trusting().verify(&beside(&by_unknown("unknown"))).await.expect_err("a key of nobody");
    server.answers(Answer::Status(500, String::new()));
    let (strategy, live) = (AnyStrategy::new(Guarded::new(trusting(), PATIENCE)), by_unknown("new"));
    for _ in 0..5 {
        let verdict = told(&strategy.verify(&beside(&live)).await);
        assert!(verdict.starts_with("passed over: undecidable"), "{verdict}");
    }
    let heard = Heard::default();
    let verdict = strategy.verify(&beside(&live).observed_by(Arc::new(heard.clone()))).await;
    assert!(told(&verdict).starts_with("passed over: undecidable"), "{verdict:?}");
    assert_eq!(heard.count("breaker open: session_cookie_cache"), 1, "{:?}", heard.steps());
    (strategy, live)
}

#[tokio::test]
async fn h4_behind_an_open_breaker_what_needs_no_keys_is_decided() {
    let server = Server::start(Answer::Status(500, String::new())).await;
    let (strategy, live) = behind_an_open_breaker(&server).await;
    let by_the_next = decided(strategy.clone(), &beside(&live)).await;
    assert_eq!(by_the_next, "passed over: undecidable", "it needs a key");
    for (form, cache) in in_each_form(SECRET, &content(), soon()) {
        assert_eq!(decided(strategy.clone(), &beside(&cache)).await, "verified ann", "{form}");
    }
    for (form, forged) in in_each_form("another-secret-of-the-tests-0123456789", &content(), soon()) {
        let decided = decided(strategy.clone(), &beside(&forged)).await;
        assert_eq!(decided, "passed over: bad-signature", "{form}");
    }
    assert_eq!(decided(strategy.clone(), &beside("not.a.cache")).await, "passed over: malformed");
    let over = until(&content(), Utc::now() - TimeDelta::minutes(1));
    let over = hs256(SECRET, &json!({ "alg": "HS256" }), &over);
    assert_eq!(decided(strategy.clone(), &beside(&over)).await, "next");
    let old = hs256(
        SECRET,
        &json!({ "alg": "HS256" }),
        &changed(until(&content(), soon()), &json!({ "version": "0" })),
    );
    assert_eq!(decided(strategy.clone(), &beside(&old)).await, "next");
    let another = signed("another-secret-of-the-tests-0123456789", TOKEN);
    let forged = presented([(SESSION_COOKIE, &*another), (CACHE_COOKIE, &*live)]);
    assert_eq!(decided(strategy, &forged).await, "refused: bad-signature");
}

#[tokio::test]
async fn h4_behind_an_open_breaker_the_keys_that_are_here_decide() {
    let signer = Signer::ed25519("key");
    let server = server_of(&signer).await;
    let (strategy, _) = behind_an_open_breaker(&server).await;
    let live = published(&signer);
    assert_eq!(decided(strategy.clone(), &beside(&live)).await, "verified ann");
    let stranger = Signer::ed25519("key");
    let forged = published(&stranger);
    assert_eq!(decided(strategy, &beside(&forged)).await, "passed over: bad-signature");
}

#[tokio::test]
async fn keys_of_every_kind_are_believed() {
    for signer in [Signer::ed25519("key"), Signer::es256("key"), Signer::es512("key")] {
        let server = server_of(&signer).await;
        let cache = published(&signer);
        assert_eq!(decided(trusting(&server), &beside(&cache)).await, "verified ann", "{}", signer.alg());
    }
}

#[tokio::test]
async fn s1_algorithms_are_held_to_the_configured_ones() {
    let signer = Signer::ed25519("key");
    let server = server_of(&signer).await;
    let cache = published(&signer);
    for (allowed, expected) in [
        (vec![Algorithm::EdDsa], "verified ann"),
        (vec![Algorithm::Es256, Algorithm::Rs256], "passed over: algorithm-not-allowed"),
        (vec![], "passed over: algorithm-not-allowed"),
    ] {
        let strategy = trusting(&server).with_algorithms(allowed.clone());
        assert_eq!(decided(strategy, &beside(&cache)).await, expected, "{allowed:?}");
    }
}

#[tokio::test]
async fn s9_another_type_proves_nothing() {
    for (typ, expected) in [
        (json!("JWT"), "passed over: algorithm-not-allowed"),
        (json!("at+jwt"), "passed over: algorithm-not-allowed"),
        (json!("logout+jwt"), "passed over: algorithm-not-allowed"),
        (json!("Better-Auth.Session-Cache+JWT"), "passed over: algorithm-not-allowed"),
        (json!("application/better-auth.session-cache+jwt"), "passed over: algorithm-not-allowed"),
        (json!(null), "passed over: algorithm-not-allowed"),
        (json!([TYP]), "passed over: malformed"),
    ] {
        assert_eq!(decided_about(json!({ "typ": typ }), json!({})).await, expected, "{typ}");
    }
}

#[tokio::test]
async fn s1_s5_another_header_proves_nothing() {
    for (patch, expected) in [
        (json!({ "crit": ["exp"] }), "passed over: unsupported-header"),
        (json!({ "b64": true }), "passed over: unsupported-header"),
        (json!({ "alg": "none" }), "passed over: algorithm-not-allowed"),
        (json!({ "alg": "HS256" }), "passed over: algorithm-not-allowed"),
        (json!({ "alg": "ES256" }), "passed over: key-mismatch"),
        // The only key there is.
        (json!({ "kid": null }), "verified ann"),
        (json!({ "kid": "another" }), "passed over: unknown-key"),
        // Where a key might be found otherwise is not looked at.
        (json!({ "jku": "http://127.0.0.1:9/jwks" }), "verified ann"),
    ] {
        assert_eq!(decided_about(patch.clone(), json!({})).await, expected, "{patch}");
    }
}

#[tokio::test]
async fn s8_claims_name_the_audience_the_session_and_the_user() {
    let late = (Utc::now() + TimeDelta::minutes(1)).timestamp();
    for (patch, expected) in [
        (json!({ "aud": ISSUER }), "passed over: wrong-audience"),
        (json!({ "aud": "better-auth:session-cache/" }), "passed over: wrong-audience"),
        (json!({ "aud": null }), "passed over: invalid-claim-aud"),
        (json!({ "aud": ["x", "better-auth:session-cache"] }), "verified ann"),
        (json!({ "sid": "SomebodyElsesTokenSomebodyElsesT" }), "passed over: invalid-claim-sid"),
        (json!({ "sid": "s" }), "passed over: invalid-claim-sid"),
        (json!({ "sid": "" }), "passed over: invalid-claim-sid"),
        (json!({ "sid": [TOKEN] }), "passed over: invalid-claim-sid"),
        (json!({ "sid": null }), "passed over: invalid-claim-sid"),
        (json!({ "sub": "bob" }), "passed over: invalid-claim-sub"),
        (json!({ "sub": "" }), "passed over: invalid-claim-sub"),
        (json!({ "sub": null }), "passed over: invalid-claim-sub"),
        (json!({ "iss": null }), "passed over: invalid-claim-iss"),
        (json!({ "iss": "" }), "passed over: invalid-claim-iss"),
        (json!({ "iat": null }), "passed over: invalid-claim-iat"),
        (json!({ "iat": late }), "passed over: not-yet-valid"),
        (json!({ "nbf": late }), "passed over: not-yet-valid"),
        (json!({ "exp": null }), "passed over: invalid-claim-exp"),
        (json!({ "cnf": { "jkt": "x" } }), "passed over: bound"),
        // Its baseURL, which need not be the issuer of its JWTs.
        (json!({ "iss": "https://elsewhere.example/auth" }), "verified ann"),
    ] {
        assert_eq!(decided_about(json!({}), patch.clone()).await, expected, "{patch}");
    }
}

#[tokio::test]
async fn another_session_inside_proves_nothing_though_the_claims_agree() {
    let other = "SomebodyElsesTokenSomebodyElsesT";
    let session = changed(content()["session"].clone(), &json!({ "token": other }));
    let patch = json!({ "session": session, "sid": other });
    assert_eq!(decided_about(json!({}), patch).await, "passed over: another-session");
}

#[tokio::test]
async fn it_is_made_at_most_15_seconds_ahead_of_our_clock() {
    let now = DateTime::from_timestamp(1_767_225_600, 0).expect("a date");
    let signer = Signer::ed25519("key");
    let server = server_of(&signer).await;
    for (ahead, expected) in [(15, "verified ann"), (16, "passed over: not-yet-valid")] {
        let start = now.timestamp() + ahead;
        let claims = json!({ "iat": start, "exp": start + 300 });
        let cache = signer.sign(&header(&signer).to_string(), &changed(payload(), &claims).to_string());
        let credential = beside(&cache).with_clock(Clock::Fixed(now));
        let decided = decided(trusting(&server), &credential).await;
        assert_eq!(decided, expected, "{ahead} seconds ahead");
    }
}

#[tokio::test]
async fn s1_a_public_key_is_no_shared_secret() {
    let signer = Signer::ed25519("key");
    let server = server_of(&signer).await;
    let key = signer.jwk().to_string();
    for secret in [SECRET, &key] {
        for alg in ["HS256", "EdDSA"] {
            let cache = hs256(secret, &json!({ "alg": alg, "kid": "key", "typ": TYP }), &payload());
            let decided = decided(trusting(&server), &beside(&cache)).await;
            assert!(decided.starts_with("passed over: "), "{alg}: {decided}");
        }
    }
}

#[tokio::test]
async fn a_key_that_shares_the_id_of_another_signs_nothing() {
    let server = server_of(&Signer::ed25519("key")).await;
    let forger = Signer::ed25519("key");
    let cache = published(&forger);
    assert_eq!(decided(trusting(&server), &beside(&cache)).await, "passed over: bad-signature");
}

#[tokio::test]
async fn without_keys_it_is_left_to_the_next() {
    let signer = Signer::ed25519("key");
    let cache = published(&signer);
    assert_eq!(decided(strategy(), &beside(&cache)).await, "next");
}

#[tokio::test]
async fn f5_h4_keys_out_of_reach_leave_it_to_the_next_and_are_undecidable_alone() {
    let signer = Signer::ed25519("key");
    let cache = published(&signer);
    for answer in [Answer::Close, Answer::Status(500, String::new()), Answer::Ok("<html>".into())] {
        let server = Server::start(answer).await;
        assert_eq!(decided(trusting(&server), &beside(&cache)).await, "passed over: undecidable");
    }
}

#[tokio::test]
async fn what_would_be_refused_anyway_costs_no_fetch() {
    let signer = Signer::ed25519("key");
    let server = server_of(&signer).await;
    let sign =
        |patch: &Value| signer.sign(&header(&signer).to_string(), &changed(payload(), patch).to_string());
    let ended = sign(&json!({ "exp": (Utc::now() - TimeDelta::seconds(1)).timestamp() }));
    assert_eq!(decided(trusting(&server), &beside(&ended)).await, "next");
    let meant_for_others = sign(&json!({ "aud": ISSUER }));
    assert_eq!(decided(trusting(&server), &beside(&meant_for_others)).await, "passed over: wrong-audience");
    let session = signed("another", TOKEN);
    let forged = presented([(SESSION_COOKIE, &*session), (CACHE_COOKIE, &*sign(&json!({})))]);
    assert_eq!(decided(trusting(&server), &forged).await, "refused: bad-signature");
    assert_eq!(server.requests(), 0);
}
