//! A key that is gone takes along what was verified with it, and nothing else.

use std::time::Duration;

use better_auth_verifier::{Cached, Chain, KeySource};

use crate::{
    key_refresh::{LONG, SHORT, becomes, jwt, refreshed, source, verified},
    parts::{
        bearer, chain,
        counted::{Calls, Counted},
        outcome,
        server::{Answer, Server},
        settle,
        signer::{Signer, jwks},
    },
};

async fn judge(chain: &Chain, token: &str) -> String {
    outcome(chain, &bearer(token)).await
}

/// A chain that remembers these tokens, and how often one of them has been looked at.
async fn remembering(keys: KeySource, tokens: &[String]) -> (Chain, Calls) {
    let (counted, calls) = Counted::new(jwt(keys.with_refresh(SHORT)));
    let chain = chain(Cached::new(counted, LONG, 100));
    // The first of all is looked at before its keys are listened for.
    for token in tokens.iter().chain(tokens) {
        assert_eq!(judge(&chain, token).await, verified());
        settle().await;
    }
    let before = calls.get();
    for token in tokens {
        assert_eq!(judge(&chain, token).await, verified());
    }
    assert_eq!(calls.get(), before, "they are remembered");
    (chain, calls)
}

#[tokio::test]
async fn s11_what_was_verified_with_a_withdrawn_key_ends_with_the_refresh() {
    let (gone, stays) = (Signer::ed25519("gone"), Signer::es256("stays"));
    let server = Server::start(Answer::json(&jwks([&gone, &stays]))).await;
    let tokens = [gone.token(), stays.token()];
    let (chain, calls) = remembering(source(&server), &tokens).await;
    server.answers(Answer::json(&jwks([&stays])));
    refreshed(&server).await;
    for _ in 0..2 {
        assert_eq!(judge(&chain, &tokens[0]).await, "refused: unknown-key");
        assert_eq!(judge(&chain, &tokens[1]).await, verified());
    }
    let before = calls.get();
    assert_eq!(
        (judge(&chain, &tokens[1]).await, calls.get()),
        (verified(), before),
        "it is remembered again"
    );
    server.answers(Answer::json(&jwks([&gone, &stays])));
    becomes(&chain, &tokens[0], &verified()).await;
}

#[tokio::test]
async fn s11_a_key_that_is_published_anew_with_other_material_is_another_key() {
    let (old, new, other) = (Signer::ed25519("same"), Signer::ed25519("same"), Signer::es256("other"));
    let server = Server::start(Answer::json(&jwks([&old, &other]))).await;
    let tokens = [old.token(), other.token()];
    let (chain, _) = remembering(source(&server), &tokens).await;
    server.answers(Answer::json(&jwks([&new, &other])));
    refreshed(&server).await;
    assert_eq!(judge(&chain, &tokens[0]).await, "refused: bad-signature");
    assert_eq!(judge(&chain, &tokens[1]).await, verified());
    assert_eq!(judge(&chain, &new.token()).await, verified());
}

#[tokio::test]
async fn s11_a_refresh_that_takes_no_key_away_ends_nothing() {
    let (one, two, new) = (Signer::ed25519("one"), Signer::es256("two"), Signer::ed25519("new"));
    let server = Server::start(Answer::json(&jwks([&one, &two]))).await;
    let tokens = [one.token(), two.token()];
    let (chain, calls) = remembering(source(&server), &tokens).await;
    let before = calls.get();
    for answer in [
        Answer::json(&jwks([&two, &one])),
        Answer::json(&jwks([&new, &two, &one])),
        Answer::Status(503, String::new()),
        Answer::Ok(r#"{"keys":[]}"#.into()),
    ] {
        server.answers(answer);
        refreshed(&server).await;
        for token in &tokens {
            assert_eq!(judge(&chain, token).await, verified());
        }
        assert_eq!(calls.get(), before);
    }
}

#[tokio::test]
async fn s11_the_longest_time_is_taken_without_overflow() {
    let (gone, stays) = (Signer::ed25519("gone"), Signer::ed25519("stays"));
    let server = Server::start(Answer::json(&jwks([&gone, &stays]))).await;
    let tokens = [gone.token()];
    let (chain, _) = remembering(source(&server).with_max_stale(Duration::MAX), &tokens).await;
    server.answers(Answer::json(&jwks([&stays])));
    refreshed(&server).await;
    assert_eq!(judge(&chain, &tokens[0]).await, "refused: unknown-key");
}
