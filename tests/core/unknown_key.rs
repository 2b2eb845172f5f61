//! Keys that are not there: how often they are looked for, and what a token of one is answered.

use std::time::{Duration, Instant};

use better_auth_verifier::Chain;
use chrono::Utc;
use serde_json::{Value, json};
use tokio::time;

use crate::parts::{
    bearer, begin, chain, jwt, later, outcome, pause,
    server::{Answer, Server},
    signer::{Signer, USER, jwks},
};

const COOLDOWN: Duration = Duration::from_millis(300);

/// A chain that has fetched this key, and its server.
async fn warm(known: &Signer, cooldown: Duration) -> (Server, Chain) {
    let server = Server::start(Answer::json(&jwks([known]))).await;
    let chain = chain(jwt(&server, cooldown));
    assert_eq!(judge(&chain, known).await, format!("verified {USER}"));
    (server, chain)
}

async fn judge(chain: &Chain, signer: &Signer) -> String {
    outcome(chain, &bearer(&signer.token())).await
}

#[tokio::test]
async fn s6_a_key_that_was_looked_for_in_vain_is_not_looked_for_again_for_half_a_minute() {
    let (known, other) = (Signer::ed25519("known"), Signer::ed25519("other"));
    let (server, chain) = warm(&known, COOLDOWN).await;
    let absent = bearer(&Signer::ed25519("absent").token());
    for _ in 0..2 {
        assert_eq!(outcome(&chain, &absent).await, "refused: unknown-key");
        assert_eq!(server.requests(), 2);
        later(COOLDOWN * 2).await;
    }
    assert_eq!(judge(&chain, &other).await, "refused: unknown-key");
    assert_eq!(server.requests(), 3, "the cool-down is over for others");
    later(Duration::from_secs(25)).await;
    assert_eq!(outcome(&chain, &absent).await, "refused: unknown-key");
    assert_eq!(server.requests(), 3);
    later(Duration::from_secs(6)).await;
    assert_eq!(outcome(&chain, &absent).await, "refused: unknown-key");
    assert_eq!(server.requests(), 4, "the half minute is over");
}

#[tokio::test]
async fn s11_a_key_that_was_looked_for_in_vain_is_known_as_soon_as_another_fetch_brings_it() {
    let (known, absent, other) =
        (Signer::ed25519("known"), Signer::ed25519("absent"), Signer::ed25519("other"));
    let (server, chain) = warm(&known, COOLDOWN).await;
    let token = bearer(&absent.token());
    assert_eq!(outcome(&chain, &token).await, "refused: unknown-key");
    server.answers(Answer::json(&jwks([&known, &absent])));
    later(COOLDOWN).await;
    assert_eq!(outcome(&chain, &token).await, "refused: unknown-key");
    assert_eq!(judge(&chain, &other).await, "refused: unknown-key");
    assert_eq!(outcome(&chain, &token).await, format!("verified {USER}"));
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn s11_a_newer_token_of_a_key_that_was_looked_for_in_vain_is_worth_a_fetch() {
    let (known, new) = (Signer::ed25519("known"), Signer::ed25519("new"));
    let (server, chain) = warm(&known, COOLDOWN).await;
    // Made up before there was such a key.
    let old = new.token_with(&json!({}), &json!({ "iat": Utc::now().timestamp() - 600 }));
    assert_eq!(outcome(&chain, &bearer(&old)).await, "refused: unknown-key");
    server.answers(Answer::json(&jwks([&known, &new])));
    assert_eq!(judge(&chain, &new).await, "undecidable", "inside the cool-down");
    later(COOLDOWN).await;
    assert_eq!(outcome(&chain, &bearer(&old)).await, "refused: unknown-key");
    assert_eq!(server.requests(), 2);
    assert_eq!(judge(&chain, &new).await, format!("verified {USER}"));
}

/// Whoever can guess the next key's name cannot have its tokens refused.
#[tokio::test]
async fn s11_h4_a_token_made_up_for_a_key_to_come_shuts_out_nobody() {
    let known = Signer::ed25519("1");
    let (forger, new) = (Signer::ed25519("2"), Signer::ed25519("2"));
    let (server, chain) = warm(&known, COOLDOWN).await;
    let now = Utc::now().timestamp();
    let made_up = forger.token_with(&json!({}), &json!({ "iat": now + 29 }));
    assert_eq!(outcome(&chain, &bearer(&made_up)).await, "refused: unknown-key");
    server.answers(Answer::json(&jwks([&known, &new])));
    let real = new.token_with(&json!({}), &json!({ "iat": now + 5 }));
    assert_eq!(outcome(&chain, &bearer(&real)).await, "undecidable", "inside the cool-down");
    later(COOLDOWN).await;
    assert_eq!(outcome(&chain, &bearer(&real)).await, format!("verified {USER}"));
}

/// The last fetch has failed, and the next one hangs until these keys are there.
async fn one_alone_waits(server: &Server, chain: &Chain, signer: &Signer, published: &Value) {
    assert_eq!(judge(chain, signer).await, "undecidable");
    let failed = server.requests();
    server.answers(Answer::Held(published.to_string()));
    let waiter = begin(chain, &signer.token());
    server.receives(failed + 1).await;
    let begin = Instant::now();
    for _ in 0..20 {
        assert_eq!(judge(chain, signer).await, "undecidable");
    }
    // A fetch may take three seconds.
    assert!(begin.elapsed() < Duration::from_millis(1500), "{:?}", begin.elapsed());
    server.release();
    assert_eq!(waiter.await.expect("an answer"), format!("verified {USER}"));
    assert_eq!(judge(chain, signer).await, format!("verified {USER}"));
    assert_eq!(server.requests(), failed + 1);
}

#[tokio::test]
async fn h4_one_alone_waits_for_a_server_that_hangs_once_more() {
    let (known, new) = (Signer::ed25519("known"), Signer::ed25519("new"));
    let (server, chain) = warm(&known, Duration::ZERO).await;
    server.answers(Answer::Close);
    one_alone_waits(&server, &chain, &new, &jwks([&known, &new])).await;
}

#[tokio::test]
async fn h4_without_any_key_one_alone_waits_for_a_server_that_hangs_once_more() {
    let signer = Signer::ed25519("a");
    let server = Server::start(Answer::Close).await;
    one_alone_waits(&server, &chain(jwt(&server, Duration::ZERO)), &signer, &jwks([&signer])).await;
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn h4_a_fetch_that_failed_has_looked_for_nothing() {
    let (known, new) = (Signer::ed25519("known"), Signer::ed25519("new"));
    let (server, chain) = warm(&known, COOLDOWN).await;
    for answer in [Answer::Status(503, String::new()), Answer::Close, Answer::Ok("<html>".into())] {
        server.answers(answer);
        let before = server.requests();
        for _ in 0..5 {
            let verdict = chain.judge(&bearer(&new.token())).await.verdict;
            assert!(pause(&verdict).is_some_and(|pause| pause <= COOLDOWN), "{verdict:?}");
        }
        assert_eq!(server.requests() - before, 1, "once in the cool-down");
        later(COOLDOWN).await;
    }
    server.answers(Answer::json(&jwks([&known, &new])));
    assert_eq!(judge(&chain, &new).await, format!("verified {USER}"));
}

#[tokio::test]
async fn s6_h4_inside_the_cool_down_a_token_that_may_be_newer_than_the_keys_is_undecidable() {
    let (known, first, unknown) =
        (Signer::ed25519("known"), Signer::ed25519("first"), Signer::ed25519("unknown"));
    let cooldown = Duration::from_secs(10);
    let (server, chain) = warm(&known, cooldown).await;
    assert_eq!(judge(&chain, &first).await, "refused: unknown-key");
    let fetched = Utc::now().timestamp();
    // Its clock may be half a minute behind.
    for (issued_at, refused) in [(-600, true), (-40, true), (-20, false), (0, false), (20, false)] {
        let token = unknown.token_with(&json!({}), &json!({ "iat": fetched + issued_at }));
        let verdict = chain.judge(&bearer(&token)).await.verdict;
        if refused {
            assert_eq!(outcome(&chain, &bearer(&token)).await, "refused: unknown-key", "{issued_at}");
        } else {
            let pause = pause(&verdict).expect("a pause");
            assert!(pause > cooldown / 2 && pause <= cooldown, "{issued_at}: {pause:?}");
        }
    }
    assert_eq!(server.requests(), 2);
    later(cooldown).await;
    server.answers(Answer::json(&jwks([&known, &unknown])));
    assert_eq!(judge(&chain, &unknown).await, format!("verified {USER}"), "after the pause it is decided");
}

#[tokio::test]
async fn s6_whoever_joins_the_fetch_of_another_key_is_not_refused_for_it() {
    let (known, first, second) =
        (Signer::ed25519("known"), Signer::ed25519("first"), Signer::ed25519("second"));
    let (server, chain) = warm(&known, COOLDOWN).await;
    server.answers(Answer::Held(jwks([&known]).to_string()));
    let both = async { tokio::join!(judge(&chain, &first), judge(&chain, &second)) };
    let released = async {
        server.receives(2).await;
        // Both wait for it by now.
        time::sleep(Duration::from_millis(50)).await;
        server.release();
    };
    let ((one, other), ()) = tokio::join!(both, released);
    assert_eq!((one.as_str(), other.as_str()), ("refused: unknown-key", "undecidable"));
    assert_eq!(server.requests(), 2);
}
