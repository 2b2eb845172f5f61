//! Keys that are fetched before they are needed, that are withdrawn, and that grow too old.

use std::time::Duration;

use better_auth_verifier::{Cached, Chain, Jwt, KeySource};
use serde_json::{Value, json};
use tokio::time::{self, Instant};

use crate::parts::{
    ISSUER, PATIENCE, bearer, begin, chain, later, outcome, pause,
    server::{Answer, Server},
    settle,
    signer::{Signer, USER, jwks},
};

pub const LONG: Duration = Duration::from_hours(1);
pub const SHORT: Duration = Duration::from_millis(200);

pub fn source(server: &Server) -> KeySource {
    KeySource::new(server.url("/api/auth/jwks")).expect("a client")
}

pub fn jwt(keys: KeySource) -> Jwt {
    Jwt::with_keys(keys, [ISSUER], [ISSUER])
}

fn cached(keys: KeySource) -> Chain {
    chain(Cached::new(jwt(keys), LONG, 100))
}

fn published(document: &Value) -> Answer {
    Answer::json(document)
}

fn away() -> Answer {
    Answer::Status(503, String::new())
}

pub fn verified() -> String {
    format!("verified {USER}")
}

/// Waits until a fetch that begins now has been answered, and for that to be known.
pub async fn refreshed(server: &Server) {
    // The one under way, if there is one, may have been answered before.
    server.receives(server.requests() + 2).await;
    time::sleep(Duration::from_millis(50)).await;
}

/// Waits until a token is answered so.
pub async fn becomes(chain: &Chain, token: &str, expected: &str) {
    let begin = Instant::now();
    loop {
        let outcome = outcome(chain, &bearer(token)).await;
        if outcome == expected {
            return;
        }
        assert!(begin.elapsed() < PATIENCE, "{outcome} and not {expected}");
        time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn s11_keys_are_fetched_again_and_again_without_any_request_as_long_as_they_are_held() {
    let signer = Signer::ed25519("a");
    let server = Server::start(published(&jwks([&signer]))).await;
    let keys = source(&server).with_refresh(SHORT);
    let (chain, clone) = (chain(jwt(keys.clone())), keys);
    assert_eq!(outcome(&chain, &bearer(&signer.token())).await, verified());
    let begin = Instant::now();
    server.receives(4).await;
    assert!(begin.elapsed() >= SHORT, "three in {:?}", begin.elapsed());
    drop(chain);
    server.receives(5).await;
    drop(clone);
    time::sleep(SHORT / 2).await;
    let requests = server.requests();
    time::sleep(SHORT * 2).await;
    assert_eq!(server.requests(), requests, "nobody holds them any more");
}

#[tokio::test]
async fn s11_keys_that_are_too_old_are_believed_no_longer_until_there_are_new_ones() {
    for by_itself in [true, false] {
        let (signer, newer) = (Signer::ed25519("a"), Signer::ed25519("b"));
        let server = Server::start(published(&jwks([&signer]))).await;
        let refresh = if by_itself { SHORT } else { LONG };
        let chain = cached(source(&server).with_max_stale(SHORT * 3).with_refresh(refresh));
        let remembered = signer.token();
        let other = signer.token_with(&json!({}), &json!({ "name": "Another" }));
        assert_eq!(outcome(&chain, &bearer(&remembered)).await, verified());
        server.answers(away());
        time::sleep(SHORT).await;
        for token in [&remembered, &other] {
            assert_eq!(
                outcome(&chain, &bearer(token)).await,
                verified(),
                "a failed fetch alone ends nothing"
            );
        }
        time::sleep(SHORT * 3).await;
        for token in [&remembered, &other] {
            let verdict = chain.judge(&bearer(token)).await.verdict;
            assert!(pause(&verdict).is_some_and(|pause| pause <= Duration::from_secs(1)), "{verdict:?}");
        }
        chain.probes().remove(0).ask().await.expect_err("not ready");
        server.answers(published(&jwks([&signer, &newer])));
        if by_itself {
            refreshed(&server).await;
            assert_eq!(outcome(&chain, &bearer(&remembered)).await, verified());
        }
        for token in [&remembered, &other, &newer.token()] {
            becomes(&chain, token, &verified()).await;
        }
        chain.probes().remove(0).ask().await.expect("ready");
    }
}

/// How many fetches there are in this time.
async fn fetches_in(server: &Server, time: Duration) -> usize {
    let before = server.requests();
    later(time).await;
    // What time has brought about has to arrive as well.
    time::sleep(Duration::from_millis(100)).await;
    server.requests() - before
}

#[tokio::test]
async fn r4_fetches_that_fail_are_tried_again_later_and_later() {
    let signer = Signer::ed25519("a");
    let server = Server::start(published(&jwks([&signer]))).await;
    let chain = chain(jwt(source(&server).with_refresh(LONG).with_max_stale(LONG * 10)));
    assert_eq!(outcome(&chain, &bearer(&signer.token())).await, verified());
    assert_eq!(fetches_in(&server, Duration::from_mins(59)).await, 0);
    server.answers(away());
    assert_eq!(fetches_in(&server, Duration::from_mins(1)).await, 1);
    // Each pause is twice as long as the last one, and at most as much again by chance.
    for pause in [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000] {
        assert_eq!(fetches_in(&server, Duration::from_millis(pause - 500)).await, 0, "{pause}");
        assert_eq!(fetches_in(&server, Duration::from_millis(pause + 1000)).await, 1, "{pause}");
    }
    server.answers(published(&jwks([&signer])));
    assert_eq!(fetches_in(&server, Duration::from_mins(2)).await, 1);
    assert_eq!(fetches_in(&server, Duration::from_mins(50)).await, 0, "all is well again");
}

#[tokio::test]
async fn r4_a_server_that_asks_for_patience_gets_it() {
    let signer = Signer::ed25519("a");
    let server = Server::start(published(&jwks([&signer]))).await;
    let chain = chain(jwt(source(&server).with_refresh(LONG).with_max_stale(LONG * 10)));
    assert_eq!(outcome(&chain, &bearer(&signer.token())).await, verified());
    server.answers(Answer::Status(503, "Retry-After: 30\r\n".into()));
    assert_eq!(fetches_in(&server, LONG).await, 1);
    assert_eq!(fetches_in(&server, Duration::from_secs(29)).await, 0);
    assert_eq!(fetches_in(&server, Duration::from_secs(2)).await, 1);
}

#[tokio::test]
async fn r4_nor_does_a_token_make_it_hurry() {
    let signer = Signer::ed25519("a");
    let server = Server::start(Answer::Status(429, "X-Retry-After: 30\r\n".into())).await;
    let chain = chain(jwt(source(&server)));
    for asked in [1, 1] {
        let pause = pause(&chain.judge(&bearer(&signer.token())).await.verdict).expect("a pause");
        assert!(pause > Duration::from_secs(20), "{pause:?}");
        assert_eq!(server.requests(), asked);
        later(Duration::from_secs(5)).await;
    }
    server.answers(published(&jwks([&signer])));
    later(Duration::from_secs(21)).await;
    becomes(&chain, &signer.token(), &verified()).await;
}

/// The refresh under way may have begun before there was the key.
#[tokio::test]
async fn h4_whoever_comes_during_a_refresh_with_a_new_key_has_a_fetch_of_their_own() {
    let (old, new) = (Signer::ed25519("old"), Signer::ed25519("new"));
    let server = Server::start(published(&jwks([&old]))).await;
    let chain = chain(jwt(source(&server).with_refresh(LONG).with_max_stale(LONG * 10)));
    assert_eq!(outcome(&chain, &bearer(&old.token())).await, verified());
    server.answers(Answer::Held(jwks([&old]).to_string()));
    later(LONG).await;
    server.receives(2).await;
    server.answers(published(&jwks([&old, &new])));
    let waiting = [begin(&chain, &new.token()), begin(&chain, &new.token())];
    settle().await;
    server.release();
    for waiter in waiting {
        assert_eq!(waiter.await.expect("an answer"), verified());
    }
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn a_refresh_that_hangs_delays_no_token_whose_key_is_known() {
    let signer = Signer::ed25519("a");
    let server = Server::start(published(&jwks([&signer]))).await;
    let keys = source(&server).with_refresh(SHORT);
    let (bare, remembering) = (chain(jwt(keys.clone())), cached(keys));
    for chain in [&bare, &remembering] {
        assert_eq!(outcome(chain, &bearer(&signer.token())).await, verified());
    }
    server.answers(Answer::Hang);
    server.receives(server.requests() + 1).await;
    let begin = Instant::now();
    for _ in 0..20 {
        for chain in [&bare, &remembering] {
            assert_eq!(outcome(chain, &bearer(&signer.token())).await, verified());
        }
    }
    // A fetch may take three seconds.
    assert!(begin.elapsed() < Duration::from_millis(1500), "{:?}", begin.elapsed());
}
