//! Tokens that a real Better Auth issued. Their clock stood at the first of January 2026, so the leeway is long here.

use std::time::Duration;

use better_auth_verifier::{Algorithm, Credential, Jwt};
use serde_json::{Value, json};

use crate::parts::{
    ISSUER, bearer, chain, jwt, outcome,
    server::{Answer, Server},
    vector::{self, text},
};

const COOLDOWN: Duration = Duration::from_mins(10);
const TEN_YEARS: Duration = Duration::from_hours(24 * 3652);

async fn server_of(vector: &Value) -> Server {
    Server::start(Answer::json(&vector["jwks"])).await
}

fn lenient(server: &Server) -> Jwt {
    jwt(server, COOLDOWN).with_leeway(TEN_YEARS)
}

#[tokio::test]
async fn s1_s10_jwts_of_every_algorithm_verify_in_every_carrier() {
    let mut algorithms = Vec::new();
    for (file, vector) in vector::all("jwt") {
        let server = server_of(&vector).await;
        let chain = chain(lenient(&server));
        let token = text(&vector, "/token");
        let verified = format!("verified {}", text(&vector, "/payload/sub"));
        for credential in [bearer(token), Credential::cookie("better-auth.session_token", token)] {
            assert_eq!(outcome(&chain, &credential).await, verified, "{file}");
        }
        let identity = chain.judge(&bearer(token)).await.verdict.expect("verified");
        assert_eq!(identity.user.email.as_deref(), Some(text(&vector, "/payload/email")), "{file}");
        assert_eq!(identity.expires_at.timestamp(), vector["payload"]["exp"], "{file}");
        assert_eq!((identity.strategy, identity.session), ("jwt", None), "{file}");
        algorithms.push(text(&vector, "/header/alg").to_owned());
    }
    algorithms.sort();
    assert_eq!(algorithms, ["ES256", "ES512", "Ed25519", "EdDSA", "PS256", "RS256"]);
}

#[tokio::test]
async fn s7_jwts_have_expired_when_the_leeway_is_the_usual_one() {
    for (file, vector) in vector::all("jwt") {
        let server = server_of(&vector).await;
        let outcome = outcome(&chain(jwt(&server, COOLDOWN)), &bearer(text(&vector, "/token"))).await;
        assert_eq!(outcome, "refused: expired", "{file}");
        assert_eq!(server.requests(), 0, "{file}: a token that is refused anyway costs no fetch");
    }
}

#[tokio::test]
async fn s2_no_changed_character_verifies() {
    for (file, vector) in vector::all("jwt") {
        let server = server_of(&vector).await;
        let chain = chain(lenient(&server));
        let token = text(&vector, "/token");
        assert!(outcome(&chain, &bearer(token)).await.starts_with("verified"), "{file}");
        for changed in vector::changed(token) {
            let verdict = chain.judge(&bearer(&changed)).await.verdict;
            assert!(verdict.is_err(), "{file}: {changed}");
        }
    }
}

#[tokio::test]
async fn s8_s1_issuer_audience_and_algorithm_are_held_to_the_configured_ones() {
    for (file, vector) in vector::all("jwt") {
        let server = server_of(&vector).await;
        let credential = bearer(text(&vector, "/token"));
        let own: Algorithm = text(&vector, "/header/alg").parse().expect("an algorithm");
        let expecting = |issuer: &str, audience: &str| {
            let jwt = Jwt::new(server.url("/jwks"), [issuer], [audience]).expect("a client");
            jwt.with_leeway(TEN_YEARS)
        };
        let others = Algorithm::ALL.iter().copied().filter(|algorithm| *algorithm != own);
        let cases = [
            (expecting("https://auth.example.test/", ISSUER), "refused: wrong-issuer"),
            (expecting("http://auth.example.test", ISSUER), "refused: wrong-issuer"),
            (expecting(ISSUER, "https://other.example.test"), "refused: wrong-audience"),
            (lenient(&server).with_algorithms(others), "refused: algorithm-not-allowed"),
            (lenient(&server).with_algorithms([]), "refused: algorithm-not-allowed"),
        ];
        for (number, (jwt, expected)) in cases.into_iter().enumerate() {
            assert_eq!(outcome(&chain(jwt), &credential).await, expected, "{file}, case {number}");
        }
        assert_eq!(server.requests(), 0, "{file}");
        let only = lenient(&server).with_algorithms([own]);
        assert!(outcome(&chain(only), &credential).await.starts_with("verified"), "{file}");
    }
}

#[tokio::test]
async fn s2_a_key_of_another_algorithm_under_the_same_id_is_a_mismatch() {
    let vectors = vector::all("jwt");
    for (file, vector) in &vectors {
        let alg = text(vector, "/header/alg").replace("Ed25519", "EdDSA");
        for (other_file, other) in &vectors {
            if text(other, "/header/alg").replace("Ed25519", "EdDSA") == alg {
                continue;
            }
            let mut jwks = other["jwks"].clone();
            jwks["keys"][0]["kid"] = vector["header"]["kid"].clone();
            let server = Server::start(Answer::json(&jwks)).await;
            let outcome = outcome(&chain(lenient(&server)), &bearer(text(vector, "/token"))).await;
            assert_eq!(outcome, "refused: key-mismatch", "{file} with the key of {other_file}");
        }
    }
}

#[tokio::test]
async fn s2_an_rsa_key_is_bound_to_the_algorithm_of_its_entry() {
    for (alg, other, expected) in [("RS256", "PS256", "key-mismatch"), ("PS256", "RS256", "key-mismatch")] {
        let vectors = vector::all("jwt");
        let (_, vector) = vectors.iter().find(|(_, one)| one["header"]["alg"] == alg).expect("a vector");
        let mut jwks = vector["jwks"].clone();
        jwks["keys"][0]["alg"] = json!(other);
        let server = Server::start(Answer::json(&jwks)).await;
        let outcome = outcome(&chain(lenient(&server)), &bearer(text(vector, "/token"))).await;
        assert_eq!(outcome, format!("refused: {expected}"), "{alg}");
    }
}

#[tokio::test]
async fn key_sets_of_better_auth_1_2_name_no_algorithm() {
    for (file, vector) in vector::all("jwt") {
        let mut jwks = vector["jwks"].clone();
        jwks["keys"][0].as_object_mut().expect("an object").remove("alg");
        let server = Server::start(Answer::json(&jwks)).await;
        let token = bearer(text(&vector, "/token"));
        // Type and curve name the algorithm; an RSA key could be of two that are accepted.
        let is_rsa = vector["jwks"]["keys"][0]["kty"] == "RSA";
        let expected = if is_rsa { "refused: ambiguous-key" } else { "verified" };
        let by_default = outcome(&chain(lenient(&server)), &token).await;
        assert!(by_default.starts_with(expected), "{file}: {by_default}");
        let own: Algorithm = text(&vector, "/header/alg").parse().expect("an algorithm");
        let alone = outcome(&chain(lenient(&server).with_algorithms([own])), &token).await;
        assert!(alone.starts_with("verified"), "{file}: {alone}");
    }
}

#[tokio::test]
async fn s9_a_session_cache_cookie_is_claimed_by_nobody() {
    for (file, vector) in vector::all("session-cache-jwt") {
        let server = server_of(&vector).await;
        let jwt = Jwt::new(server.url("/jwks"), [ISSUER], [text(&vector, "/payload/aud")]).expect("a client");
        let chain = chain(jwt.with_leeway(TEN_YEARS));
        let token = text(&vector, "/token");
        for credential in [bearer(token), Credential::cookie("better-auth.session_data", token)] {
            let judgement = chain.judge(&credential).await;
            assert_eq!(judgement.strategy, None, "{file}");
            assert_eq!(outcome(&chain, &credential).await, "refused: unclaimed", "{file}");
        }
        assert_eq!(server.requests(), 0, "{file}");
    }
}
