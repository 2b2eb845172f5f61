//! What RFC 7517 lets a key set and a token leave out: `alg` of a key, `kid` of both.

use std::time::Duration;

use better_auth_verifier::{Algorithm, Chain};
use serde_json::{Value, json};

use crate::parts::{
    bearer, chain, jwt, later, outcome,
    server::{Answer, Server},
    signer::{Signer, USER, jwks},
};

const COOLDOWN: Duration = Duration::from_secs(10);

async fn publishing(keys: &[Value]) -> (Server, Chain) {
    let server = Server::start(Answer::json(&json!({ "keys": keys }))).await;
    let chain = chain(jwt(&server, COOLDOWN));
    (server, chain)
}

/// A token that names no key.
fn nameless(signer: &Signer) -> String {
    signer.token_with(&json!({ "kid": null }), &json!({}))
}

fn verified() -> String {
    format!("verified {USER}")
}

#[tokio::test]
async fn s1_further_algorithms_count_where_they_are_configured_and_only_there() {
    let rsa = ["RS384", "RS512", "PS384", "PS512"].map(|alg| Signer::rsa(alg, "key"));
    for signer in rsa.into_iter().chain([Signer::es384("key")]) {
        let alg = signer.alg();
        let server = Server::start(Answer::json(&jwks([&signer]))).await;
        let own: Algorithm = alg.parse().expect("a known name");
        assert!(!Algorithm::DEFAULT.contains(&own), "{alg}");
        let token = bearer(&signer.token());
        for (algorithms, expected) in [
            (Algorithm::DEFAULT, "refused: algorithm-not-allowed".to_owned()),
            (&[own], verified()),
            (Algorithm::ALL, verified()),
        ] {
            let jwt = jwt(&server, COOLDOWN).with_algorithms(algorithms.iter().copied());
            assert_eq!(outcome(&chain(jwt), &token).await, expected, "{alg}");
        }
        let forged = signer.token_with(&json!({}), &json!({ "sub": "somebody else" }));
        let (message, _) = forged.rsplit_once('.').expect("three parts");
        let whole = signer.token();
        let (_, signature) = whole.rsplit_once('.').expect("three parts");
        let jwt = jwt(&server, COOLDOWN).with_algorithms([own]);
        let outcome = outcome(&chain(jwt), &bearer(&format!("{message}.{signature}"))).await;
        assert_eq!(outcome, "refused: bad-signature", "{alg}");
    }
}

#[tokio::test]
async fn s3_a_key_of_small_order_is_passed_over_when_the_set_is_read() {
    let signer = Signer::ed25519("good");
    let small = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "small", "x": "A".repeat(43) });
    let (_server, chain) = publishing(&[small, signer.jwk()]).await;
    assert_eq!(outcome(&chain, &bearer(&signer.token())).await, verified());
    // R of small order and S = 0 would be right for such a key, whatever the message.
    let forged = signer.token_with(&json!({ "kid": "small" }), &json!({}));
    let (message, _) = forged.rsplit_once('.').expect("three parts");
    let forged = format!("{message}.{}", "A".repeat(86));
    assert_eq!(outcome(&chain, &bearer(&forged)).await, "refused: unknown-key");
}

#[tokio::test]
async fn s6_a_token_without_a_key_id_is_of_the_only_key_that_fits() {
    let (ours, other) = (Signer::ed25519("key"), Signer::es256("other"));
    let unnamed = ours.jwk_with(&json!({ "kid": null }));
    for keys in [vec![ours.jwk()], vec![unnamed], vec![other.jwk(), ours.jwk()]] {
        let (server, chain) = publishing(&keys).await;
        for _ in 0..3 {
            assert_eq!(outcome(&chain, &bearer(&nameless(&ours))).await, verified(), "{keys:?}");
        }
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn s6_a_token_without_a_key_id_is_refused_where_several_keys_fit() {
    let (one, two) = (Signer::ed25519("one"), Signer::ed25519("two"));
    let shared = two.jwk_with(&json!({ "kid": "one" }));
    for keys in [
        vec![one.jwk(), two.jwk()],
        vec![one.jwk(), two.jwk_with(&json!({ "kid": null }))],
        // Those that share their name are there all the same.
        vec![one.jwk(), shared],
    ] {
        let (server, chain) = publishing(&keys).await;
        for _ in 0..3 {
            assert_eq!(outcome(&chain, &bearer(&nameless(&one))).await, "refused: ambiguous-key", "{keys:?}");
        }
        assert_eq!(server.requests(), 1);
    }
}

/// Its key may be newer than the set, as with an unknown name; and a flood of forged ones fetches no more than that does.
#[tokio::test]
async fn s6_s11_a_token_without_a_key_id_is_looked_for_as_one_with_an_unknown_name() {
    let (old, new) = (Signer::ed25519("old"), Signer::ed25519("new"));
    let (server, chain) = publishing(&[old.jwk()]).await;
    assert_eq!(outcome(&chain, &bearer(&nameless(&old))).await, verified());
    for _ in 0..20 {
        let outcome = outcome(&chain, &bearer(&nameless(&Signer::ed25519("stranger")))).await;
        assert!(["refused: unknown-key", "undecidable"].contains(&&*outcome), "{outcome}");
    }
    assert_eq!(server.requests(), 2);
    server.answers(Answer::json(&jwks([&new])));
    later(COOLDOWN).await;
    assert_eq!(outcome(&chain, &bearer(&nameless(&new))).await, verified());
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn s6_a_token_with_a_key_id_is_never_of_a_key_without_one() {
    let signer = Signer::ed25519("key");
    let (_server, chain) = publishing(&[signer.jwk_with(&json!({ "kid": null }))]).await;
    assert_eq!(outcome(&chain, &bearer(&signer.token())).await, "refused: unknown-key");
}

/// A key without `alg` is one for exactly one of the accepted algorithms (RFC 7517 section 4.4, RFC 8725 section 3.1).
#[tokio::test]
async fn s2_an_rsa_key_without_alg_is_of_the_only_accepted_algorithm_of_rsa() {
    for alg in ["RS256", "PS256", "PS512"] {
        let signer = Signer::rsa(alg, "key");
        let server =
            Server::start(Answer::json(&json!({ "keys": [signer.jwk_with(&json!({ "alg": null }))] }))).await;
        let own: Algorithm = alg.parse().expect("a known name");
        let judge = async |algorithms: &[Algorithm], token: &str| {
            let jwt = jwt(&server, Duration::ZERO).with_algorithms(algorithms.iter().copied());
            outcome(&chain(jwt), &bearer(token)).await
        };
        for token in [signer.token(), nameless(&signer)] {
            assert_eq!(judge(&[Algorithm::EdDsa, own], &token).await, verified(), "{alg}");
        }
        let several = [own, Algorithm::Rs384];
        assert_eq!(judge(&several, &signer.token()).await, "refused: ambiguous-key", "{alg}");
    }
}
