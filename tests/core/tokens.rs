//! Tokens that Better Auth would not issue: what an attacker may hand in (RFC 8725).

use std::time::Duration;

use aws_lc_rs::hmac;
use better_auth_verifier::Chain;
use serde_json::{Value, json};

use crate::parts::{
    ISSUER, bearer, chain, jwt, outcome,
    server::{Answer, Server},
    signer::{Signer, USER, encoded, jwks},
};

/// A chain that knows `signer`'s key.
pub async fn knowing(signer: &Signer) -> (Server, Chain) {
    let server = Server::start(Answer::json(&jwks([signer]))).await;
    let chain = chain(jwt(&server, Duration::from_mins(10)));
    assert_eq!(outcome(&chain, &bearer(&signer.token())).await, format!("verified {USER}"));
    (server, chain)
}

async fn with_header(header: Value) -> String {
    let signer = Signer::ed25519("key");
    let (_server, chain) = knowing(&signer).await;
    outcome(&chain, &bearer(&signer.token_with(&header, &json!({})))).await
}

async fn with_payload(payload: Value) -> String {
    let signer = Signer::ed25519("key");
    let (_server, chain) = knowing(&signer).await;
    outcome(&chain, &bearer(&signer.token_with(&json!({}), &payload))).await
}

#[tokio::test]
async fn s1_only_asymmetric_algorithms_of_the_list_are_taken() {
    for (alg, expected) in [
        (json!("Ed25519"), "verified"),
        (json!("none"), "refused: unclaimed"),
        (json!("None"), "refused: unclaimed"),
        (json!("HS256"), "refused: unclaimed"),
        (json!("eddsa"), "refused: unclaimed"),
        (json!(""), "refused: unclaimed"),
        (json!(null), "refused: unclaimed"),
        (json!(["EdDSA"]), "refused: unclaimed"),
        (json!("Ed448"), "refused: algorithm-not-allowed"),
        (json!("ES256K"), "refused: algorithm-not-allowed"),
        (json!("ES384"), "refused: algorithm-not-allowed"),
        (json!("RS512"), "refused: algorithm-not-allowed"),
        (json!("ES256"), "refused: key-mismatch"),
        (json!("RS256"), "refused: key-mismatch"),
    ] {
        let outcome = with_header(json!({ "alg": alg })).await;
        assert!(outcome.starts_with(expected), "{alg}: {outcome}");
    }
}

#[tokio::test]
async fn s1_a_public_key_is_no_shared_secret() {
    for signer in [Signer::ed25519("key"), Signer::es256("key"), Signer::es512("key")] {
        let (_server, chain) = knowing(&signer).await;
        let secrets = [signer.public().to_vec(), signer.jwk().to_string().into_bytes()];
        for (secret, alg) in secrets.iter().flat_map(|secret| [(secret, "HS256"), (secret, signer.alg())]) {
            let genuine = signer.token_with(&json!({ "alg": alg }), &json!({}));
            let (message, _) = genuine.rsplit_once('.').expect("three parts");
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
            let outcome = outcome(&chain, &bearer(&format!("{message}.{}", encoded(tag.as_ref())))).await;
            let expected = if alg == "HS256" { "refused: unclaimed" } else { "refused: bad-signature" };
            assert_eq!(outcome, expected, "{alg}");
        }
    }
}

#[tokio::test]
async fn s2_signatures_of_another_form_are_bad() {
    for (signer, size) in [(Signer::ed25519("k"), 64), (Signer::es256("k"), 64), (Signer::es512("k"), 132)] {
        let (_server, chain) = knowing(&signer).await;
        let genuine = signer.token();
        let (message, signature) = genuine.rsplit_once('.').expect("three parts");
        let der = [0x30, 6, 2, 1, 1, 2, 1, 1];
        for forged in [vec![0; size], vec![0xFF; size], vec![0; size - 1], vec![1], der.to_vec()] {
            let token = format!("{message}.{}", encoded(&forged));
            assert_eq!(outcome(&chain, &bearer(&token)).await, "refused: bad-signature", "{forged:?}");
        }
        let other = signer.token_with(&json!({}), &json!({ "sub": "somebody else" }));
        let (message, _) = other.rsplit_once('.').expect("three parts");
        let swapped = format!("{message}.{signature}");
        assert_eq!(outcome(&chain, &bearer(&swapped)).await, "refused: bad-signature");
    }
}

#[tokio::test]
async fn s9_other_kinds_of_token_signed_by_the_same_key_are_not_claimed() {
    for typ in
        ["at+jwt", "AT+JWT", "application/at+jwt", "logout+jwt", "better-auth.session-cache+jwt", "JWE", ""]
    {
        assert_eq!(with_header(json!({ "typ": typ })).await, "refused: unclaimed", "{typ}");
    }
    for typ in ["JWT", "jwt"] {
        assert!(with_header(json!({ "typ": typ })).await.starts_with("verified"), "{typ}");
    }
}

#[tokio::test]
async fn s5_header_parameters_that_must_be_understood_are_refused() {
    for header in
        [json!({ "crit": ["exp"] }), json!({ "crit": [] }), json!({ "b64": false }), json!({ "b64": true })]
    {
        assert_eq!(with_header(header.clone()).await, "refused: unsupported-header", "{header}");
    }
}

#[tokio::test]
async fn s4_keys_that_a_token_brings_along_are_ignored() {
    let (ours, attacker) = (Signer::ed25519("key"), Signer::ed25519("key"));
    let elsewhere = Server::start(Answer::json(&jwks([&attacker]))).await;
    let (server, chain) = knowing(&ours).await;
    let url = elsewhere.url("/jwks").to_string();
    for header in [
        json!({ "jwk": attacker.jwk() }),
        json!({ "jku": url }),
        json!({ "x5u": url }),
        json!({ "x5c": ["MIIB"] }),
        json!({ "kid": "key", "jwk": attacker.jwk(), "jku": url }),
    ] {
        let forged = attacker.token_with(&header, &json!({}));
        assert_eq!(outcome(&chain, &bearer(&forged)).await, "refused: bad-signature", "{header}");
        let genuine = ours.token_with(&header, &json!({}));
        assert_eq!(outcome(&chain, &bearer(&genuine)).await, format!("verified {USER}"), "{header}");
    }
    assert_eq!((elsewhere.requests(), server.requests()), (0, 1));
}

#[tokio::test]
async fn s7_s8_s13_claims_are_typed_and_exact() {
    for (payload, expected) in [
        (json!({ "aud": ["other", ISSUER] }), "verified"),
        (json!({ "iss": [ISSUER] }), "refused: invalid-claim-iss"),
        (json!({ "iss": format!("{ISSUER}/api/auth") }), "refused: wrong-issuer"),
        (json!({ "aud": "better-auth:session-cache" }), "refused: wrong-audience"),
        (json!({ "aud": [] }), "refused: wrong-audience"),
        (json!({ "aud": null }), "refused: invalid-claim-aud"),
        (json!({ "sub": null }), "refused: invalid-claim-sub"),
        (json!({ "sub": 1 }), "refused: invalid-claim-sub"),
        (json!({ "exp": null }), "refused: invalid-claim-exp"),
        (json!({ "exp": "9999999999" }), "refused: invalid-claim-exp"),
        (json!({ "exp": 3600 }), "refused: expired"),
        (json!({ "iat": null }), "refused: invalid-claim-iat"),
        (json!({ "iat": 9_999_999_999_u64 }), "refused: not-yet-valid"),
        (json!({ "nbf": 9_999_999_999_u64 }), "refused: not-yet-valid"),
        (json!({ "nbf": "" }), "refused: invalid-claim-nbf"),
        (json!({ "cnf": { "jkt": "x" } }), "refused: bound"),
        (json!({ "banned": true }), "refused: banned"),
        (json!({ "banned": true, "banExpires": "2026-01-01T00:00:00.000Z" }), "verified"),
    ] {
        let outcome = with_payload(payload.clone()).await;
        assert!(outcome.starts_with(expected), "{payload}: {outcome}");
    }
}

#[tokio::test]
async fn s7_the_longest_durations_are_taken_without_overflow() {
    let signer = Signer::ed25519("key");
    let server = Server::start(Answer::json(&jwks([&signer]))).await;
    let jwt = jwt(&server, Duration::MAX).with_leeway(Duration::MAX).with_max_lifetime(Some(Duration::MAX));
    let token = signer.token_with(&json!({}), &json!({ "exp": u64::MAX, "iat": 0, "nbf": 0 }));
    assert_eq!(outcome(&chain(jwt), &bearer(&token)).await, format!("verified {USER}"));
}
