//! When the key set is fetched, and when it is not.

use std::time::{Duration, Instant};

use better_auth_verifier::Chain;
use chrono::Utc;
use futures_util::future::join_all;
use serde_json::json;
use tokio::time;

use crate::parts::{
    PATIENCE, bearer, chain, jwt, later, outcome,
    server::{Answer, Server},
    settle,
    signer::{Signer, USER, jwks},
};

const NEVER_AGAIN: Duration = Duration::from_hours(1);

async fn judge(chain: &Chain, signer: &Signer) -> String {
    outcome(chain, &bearer(&signer.token())).await
}

/// A chain that has fetched the keys once, and their server.
async fn warm(signer: &Signer, cooldown: Duration) -> (Server, Chain) {
    let server = Server::start(Answer::json(&jwks([signer]))).await;
    let chain = chain(jwt(&server, cooldown));
    assert_eq!(judge(&chain, signer).await, format!("verified {USER}"));
    assert_eq!(server.requests(), 1);
    (server, chain)
}

#[tokio::test]
async fn s11_two_hundred_first_tokens_share_one_fetch() {
    let signer = Signer::ed25519("a");
    let server = Server::start(Answer::Held(jwks([&signer]).to_string())).await;
    let chain = chain(jwt(&server, Duration::ZERO));
    let all = join_all((0..200).map(|_| judge(&chain, &signer)));
    let released = async {
        server.receives(1).await;
        server.release();
    };
    let (outcomes, ()) = tokio::join!(all, released);
    assert!(outcomes.iter().all(|outcome| outcome.starts_with("verified")), "{outcomes:?}");
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn s11_known_keys_are_found_without_a_fetch() {
    let signer = Signer::ed25519("a");
    let (server, chain) = warm(&signer, Duration::ZERO).await;
    for _ in 0..100 {
        assert!(judge(&chain, &signer).await.starts_with("verified"));
    }
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn an_unknown_key_is_fetched_at_once() {
    let (old, new) = (Signer::ed25519("old"), Signer::es256("new"));
    let (server, chain) = warm(&old, Duration::ZERO).await;
    server.answers(Answer::json(&jwks([&old, &new])));
    assert_eq!(judge(&chain, &new).await, format!("verified {USER}"));
    assert_eq!(judge(&chain, &old).await, format!("verified {USER}"));
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn a_key_that_is_not_in_a_fresh_set_is_refused() {
    let (known, unknown) = (Signer::ed25519("known"), Signer::ed25519("unknown"));
    let (server, chain) = warm(&known, Duration::ZERO).await;
    assert_eq!(judge(&chain, &unknown).await, "refused: unknown-key");
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn s6_a_flood_of_unknown_keys_fetches_once_in_a_cool_down() {
    let known = Signer::ed25519("known");
    let cooldown = Duration::from_millis(400);
    let (server, chain) = warm(&known, cooldown).await;
    time::sleep(cooldown).await;
    let begin = Instant::now();
    for flood in 0..5 {
        let strangers: Vec<_> = (0..20).map(|number| Signer::ed25519(&format!("{flood}-{number}"))).collect();
        let outcomes = join_all(strangers.iter().map(|stranger| judge(&chain, stranger))).await;
        assert!(outcomes.iter().all(|outcome| !outcome.starts_with("verified")), "{outcomes:?}");
    }
    let cooldowns = usize::try_from(begin.elapsed().as_millis() / cooldown.as_millis()).expect("few");
    assert!((2..=2 + cooldowns).contains(&server.requests()), "{} fetches", server.requests());
}

#[tokio::test]
async fn s6_inside_the_cool_down_only_what_is_older_than_the_set_is_refused() {
    let (known, first) = (Signer::ed25519("known"), Signer::ed25519("first"));
    let (server, chain) = warm(&known, NEVER_AGAIN).await;
    assert_eq!(judge(&chain, &first).await, "refused: unknown-key");
    let unknown = Signer::ed25519("unknown");
    for (age, expected) in
        [(60, "refused: unknown-key"), (32, "refused: unknown-key"), (2, "undecidable"), (-20, "undecidable")]
    {
        let token = unknown.token_with(&json!({}), &json!({ "iat": Utc::now().timestamp() - age }));
        assert_eq!(outcome(&chain, &bearer(&token)).await, expected, "{age} seconds old");
    }
    // One for all keys, one for the first unknown.
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn a_key_that_a_fetch_did_not_find_stays_refused_in_the_cool_down() {
    let (known, unknown) = (Signer::ed25519("known"), Signer::ed25519("unknown"));
    let (server, chain) = warm(&known, NEVER_AGAIN).await;
    for _ in 0..5 {
        assert_eq!(judge(&chain, &unknown).await, "refused: unknown-key");
    }
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn s11_keys_are_refreshed_in_the_background_again_and_again() {
    let signer = Signer::ed25519("a");
    let (server, chain) = warm(&signer, Duration::from_secs(10)).await;
    // Whoever has a key that is on its way waits for the answer, and causes no fetch of their own.
    let arrives = async |requests: usize, new: &Signer| {
        server.receives(requests).await;
        assert_eq!(judge(&chain, new).await, format!("verified {USER}"));
        // The next refresh is planned as well.
        settle().await;
        assert_eq!(server.requests(), requests);
    };
    for refreshes in 1..=3 {
        let new = Signer::ed25519(&format!("new-{refreshes}"));
        server.answers(Answer::json(&jwks([&signer, &new])));
        later(Duration::from_mins(6)).await;
        assert_eq!(judge(&chain, &signer).await, format!("verified {USER}"));
        arrives(1 + refreshes, &new).await;
    }
    let other = Signer::ed25519("b");
    server.answers(Answer::json(&jwks([&other])));
    later(Duration::from_mins(6)).await;
    assert_eq!(judge(&chain, &signer).await, format!("verified {USER}"), "the refresh is awaited by nobody");
    arrives(5, &other).await;
    assert_eq!(judge(&chain, &signer).await, "refused: unknown-key", "a withdrawn key is gone");
}

#[tokio::test]
async fn a_fetch_whose_only_caller_went_away_is_not_waited_for_for_ever() {
    let (old, new) = (Signer::ed25519("old"), Signer::ed25519("new"));
    let (server, chain) = warm(&old, Duration::from_millis(200)).await;
    server.answers(Answer::Held(jwks([&old]).to_string()));
    let (token, gone) = (new.token(), chain.clone());
    let caller = tokio::spawn(async move { outcome(&gone, &bearer(&token)).await });
    server.receives(2).await;
    caller.abort();
    server.release();
    time::sleep(Duration::from_millis(300)).await;
    server.answers(Answer::json(&jwks([&old, &new])));
    assert_eq!(judge(&chain, &new).await, format!("verified {USER}"));
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_take_the_fetch_along() {
    let signer = Signer::ed25519("a");
    let server = Server::start(Answer::Held(jwks([&signer]).to_string())).await;
    let chain = chain(jwt(&server, NEVER_AGAIN));
    let (token, first_chain) = (signer.token(), chain.clone());
    let first = tokio::spawn(async move { outcome(&first_chain, &bearer(&token)).await });
    server.receives(1).await;
    let second = judge(&chain, &signer);
    let gone = async {
        first.abort();
        assert!(first.await.expect_err("aborted").is_cancelled());
        server.release();
    };
    let (second, ()) = time::timeout(PATIENCE, async { tokio::join!(second, gone) }).await.expect("in time");
    assert_eq!(second, format!("verified {USER}"));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn s11_an_odd_entry_spoils_nothing() {
    let signers = [Signer::ed25519("a"), Signer::es256("b"), Signer::es512("c")];
    let mut document = jwks(&signers);
    let entries = document["keys"].as_array_mut().expect("an array");
    entries.insert(0, json!({ "kty": "oct", "kid": "a", "k": "AAAA" }));
    entries.insert(1, json!({ "kty": "OKP", "crv": "Ed448", "kid": "d", "x": "AAAA" }));
    entries.push(json!("nonsense"));
    entries.push(json!({ "kty": "EC", "crv": "P-256", "kid": "e", "x": "AA", "y": "AA", "alg": "ES256" }));
    let server = Server::start(Answer::json(&document)).await;
    let chain = chain(jwt(&server, NEVER_AGAIN));
    for signer in &signers {
        assert_eq!(judge(&chain, signer).await, format!("verified {USER}"), "{}", signer.alg());
    }
}

#[tokio::test]
async fn s6_of_two_keys_under_one_id_neither_is_used() {
    let (one, two, third) = (Signer::ed25519("same"), Signer::ed25519("same"), Signer::ed25519("third"));
    let server = Server::start(Answer::json(&jwks([&one, &two, &third]))).await;
    let chain = chain(jwt(&server, Duration::ZERO));
    assert_eq!(judge(&chain, &third).await, format!("verified {USER}"));
    assert_eq!(judge(&chain, &one).await, "refused: unknown-key");
    assert_eq!(judge(&chain, &two).await, "refused: unknown-key");
}

#[tokio::test]
async fn o5_the_probe_fetches_the_first_keys_and_then_asks_nobody() {
    let signer = Signer::ed25519("a");
    let server = Server::start(Answer::Status(500, String::new())).await;
    let chain = chain(jwt(&server, Duration::ZERO));
    let readiness = chain.probes().remove(0);
    assert_eq!(readiness.name(), "jwt");
    assert!(readiness.ask().await.is_err());
    server.answers(Answer::json(&jwks([&signer])));
    for _ in 0..3 {
        readiness.ask().await.expect("ready");
    }
    assert_eq!(server.requests(), 2);
    assert!(judge(&chain, &signer).await.starts_with("verified"));
    assert_eq!(server.requests(), 2);
}
