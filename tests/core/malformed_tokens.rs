//! Tokens of a broken form: parts, encoding, JSON, length (RFC 7515, RFC 7519 section 4).

use base64::{
    Engine,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use better_auth_verifier::{AuthError, Carriers, Refusal, Unverified};
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::json;

use crate::{
    parts::{
        bearer, outcome,
        signer::{Signer, encoded},
    },
    tokens::knowing,
};

fn decoded(part: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url")
}

#[tokio::test]
async fn s12_parts_of_another_encoding_or_number_are_refused() {
    let signer = Signer::ed25519("key");
    let (server, chain) = knowing(&signer).await;
    let genuine = signer.token_with(&json!({}), &json!({ "name": "~~~~~???????~" }));
    let parts: Vec<&str> = genuine.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    let standard = BASE64_STANDARD_NO_PAD.encode(decoded(payload));
    assert!(standard.contains(['+', '/']), "{standard}");
    for token in [
        format!("{genuine}."),
        format!("{genuine}.x"),
        format!(".{genuine}"),
        format!("{header}.{payload}."),
        format!("{header}..{signature}"),
        format!("{header}.{payload}.{signature}="),
        format!("{genuine} "),
        signer.sign_encoded(&format!("{header}=.{payload}")),
        signer.sign_encoded(&format!("{header}.{payload}==")),
        signer.sign_encoded(&format!("{header}.{standard}")),
        signer.sign_encoded(&format!("{header}.%{payload}")),
    ] {
        let outcome = outcome(&chain, &bearer(&token)).await;
        assert!(
            ["refused: unclaimed", "refused: malformed"].contains(&outcome.as_str()),
            "{token}: {outcome}"
        );
    }
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn s12_json_that_can_be_read_in_two_ways_is_refused() {
    let signer = Signer::ed25519("key");
    let (_server, chain) = knowing(&signer).await;
    let genuine = signer.token();
    let payload = genuine.split('.').nth(1).expect("a payload");
    let payload = String::from_utf8(decoded(payload)).expect("text");
    let header = r#"{"alg":"EdDSA","kid":"key"}"#;
    assert!(outcome(&chain, &bearer(&signer.sign(header, &payload))).await.starts_with("verified"));
    let twice = |text: &str, member: &str| text.replacen('{', &format!("{{{member},"), 1);
    for (header, payload) in [
        (twice(header, r#""alg":"none""#), payload.clone()),
        (twice(header, r#""kid":"other""#), payload.clone()),
        (twice(header, r#""kid":"key""#), payload.clone()),
        (header.into(), twice(&payload, r#""sub":"somebody else""#)),
        (header.into(), twice(&payload, r#""iss":"https://evil.example""#)),
        (header.into(), twice(&payload, r#""banned":false,"banned":true"#)),
        (header.into(), format!("{payload} {{}}")),
        (header.into(), format!("[{payload}]")),
        (header.into(), "null".into()),
        (header.into(), payload.replace('}', "")),
        (format!("{header}x"), payload.clone()),
        ("[]".into(), payload.clone()),
    ] {
        let outcome = outcome(&chain, &bearer(&signer.sign(&header, &payload))).await;
        let refused = ["refused: unclaimed", "refused: malformed"].contains(&outcome.as_str());
        assert!(refused, "{header} {payload}: {outcome}");
    }
}

#[tokio::test]
async fn s12_a_header_member_that_nobody_reads_must_not_be_repeated_either() {
    let signer = Signer::ed25519("key");
    let (_server, chain) = knowing(&signer).await;
    let genuine = signer.token();
    let payload = genuine.split('.').nth(1).expect("a payload");
    let header = encoded(br#"{"alg":"EdDSA","kid":"key","x":1,"x":2}"#);
    let outcome = outcome(&chain, &bearer(&signer.sign_encoded(&format!("{header}.{payload}")))).await;
    assert!(outcome.starts_with("refused"), "{outcome}");
}

#[tokio::test]
async fn f8_s12_a_token_beyond_16_kib_is_refused_before_it_is_looked_at() {
    let signer = Signer::ed25519("key");
    let (_server, chain) = knowing(&signer).await;
    let read = |name: usize| {
        let token = signer.token_with(&json!({}), &json!({ "name": "x".repeat(name) }));
        let mut headers = HeaderMap::new();
        let value = HeaderValue::try_from(format!("Bearer {token}")).expect("a header value");
        headers.insert(header::AUTHORIZATION, value);
        Carriers::default().read(&Method::GET, &headers)
    };
    let below = read(11_000).expect("readable").expect("present");
    assert!(outcome(&chain, &below).await.starts_with("verified"));
    let refused = AuthError::Unverified(Unverified::Refused(Refusal::TooLong)).to_string();
    assert_eq!(read(12_400).expect_err("too long").to_string(), refused);
}
