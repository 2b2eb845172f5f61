//! Cookie caches that Better Auth would not write, by somebody who has its secret or something that it signed. What is of
//! another kind proves nothing even so: the key was not meant for it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    parts::{
        cookie_cache::{SECRET, beside, compact, content, hs256, in_each_form, jwe, soon, strategy, until},
        signer::{Signer, encoded},
    },
    session_cookie_cache::{decided, with},
};

async fn decided_about(cache: &str) -> String {
    decided(strategy(), &beside(cache)).await
}

/// The JSON inside the form `compact`, changed.
fn rewritten(cache: &str, change: impl FnOnce(String) -> String) -> String {
    let json = BASE64_URL_SAFE_NO_PAD.decode(cache).expect("base64url");
    encoded(change(String::from_utf8(json).expect("text")).as_bytes())
}

#[tokio::test]
async fn a_jwt_of_another_kind_proves_nothing() {
    for (header, expected) in [
        (json!({ "alg": "HS256" }), "verified ann"),
        (json!({ "alg": "HS256", "typ": "JWT" }), "passed over: algorithm-not-allowed"),
        (json!({ "alg": "HS256", "typ": "" }), "passed over: algorithm-not-allowed"),
        (json!({ "alg": "HS256", "typ": null }), "passed over: malformed"),
        (json!({ "alg": "HS256", "crit": ["exp"] }), "passed over: unsupported-header"),
        (json!({ "alg": "HS256", "crit": [] }), "passed over: unsupported-header"),
        (json!({ "alg": "HS256", "b64": false }), "passed over: unsupported-header"),
        (json!({ "alg": "none" }), "passed over: algorithm-not-allowed"),
        (json!({ "alg": "hs256" }), "passed over: algorithm-not-allowed"),
        (json!({ "alg": "HS512" }), "passed over: algorithm-not-allowed"),
        (json!({ "alg": "EdDSA" }), "passed over: algorithm-not-allowed"),
        (json!({ "alg": ["HS256"] }), "passed over: malformed"),
        (json!({}), "passed over: malformed"),
    ] {
        let cache = hs256(SECRET, &header, &until(&content(), soon()));
        assert_eq!(decided_about(&cache).await, expected, "{header}");
    }
}

#[tokio::test]
async fn a_jwt_without_a_signature_proves_nothing() {
    let cache = hs256(SECRET, &json!({ "alg": "none" }), &until(&content(), soon()));
    let unsigned = cache.rsplit_once('.').expect("a signature").0;
    for cache in [format!("{unsigned}."), unsigned.to_owned(), format!("{unsigned}.AA")] {
        let decided = decided_about(&cache).await;
        assert!(decided.starts_with("passed over: "), "{decided}");
    }
}

#[tokio::test]
async fn an_asymmetric_signature_without_its_type_proves_nothing() {
    let signer = Signer::ed25519("key");
    let payload = until(&content(), soon()).to_string();
    for header in
        [json!({ "alg": "EdDSA", "kid": "key" }), json!({ "alg": "EdDSA", "kid": "key", "typ": "JWT" })]
    {
        let cache = signer.sign(&header.to_string(), &payload);
        assert_eq!(decided_about(&cache).await, "passed over: algorithm-not-allowed", "{header}");
    }
}

#[tokio::test]
async fn a_jwe_of_another_kind_proves_nothing() {
    for (header, expected) in [
        (json!({ "alg": "dir", "enc": "A256CBC-HS512" }), "verified ann"),
        (json!({ "alg": "dir", "enc": "A256CBC-HS512", "kid": "another" }), "passed over: unknown-key"),
        (json!({ "alg": "dir", "enc": "A256GCM" }), "passed over: algorithm-not-allowed"),
        (json!({ "alg": "dir", "enc": "A128CBC-HS256" }), "passed over: algorithm-not-allowed"),
        (json!({ "alg": "A256KW", "enc": "A256CBC-HS512" }), "passed over: algorithm-not-allowed"),
        (json!({ "alg": "RSA-OAEP", "enc": "A256CBC-HS512" }), "passed over: algorithm-not-allowed"),
        (
            json!({ "alg": "PBES2-HS256+A128KW", "enc": "A256CBC-HS512" }),
            "passed over: algorithm-not-allowed",
        ),
        (json!({ "alg": "none", "enc": "A256CBC-HS512" }), "passed over: algorithm-not-allowed"),
        (json!({ "enc": "A256CBC-HS512" }), "passed over: algorithm-not-allowed"),
        (json!({ "alg": "dir" }), "passed over: algorithm-not-allowed"),
        (json!({ "alg": "dir", "enc": "A256CBC-HS512", "zip": "DEF" }), "passed over: unsupported-header"),
        (json!({ "alg": "dir", "enc": "A256CBC-HS512", "crit": ["exp"] }), "passed over: unsupported-header"),
        (json!({ "alg": "dir", "enc": "A256CBC-HS512", "crit": null }), "passed over: unsupported-header"),
    ] {
        let cache = jwe(SECRET, &header, &until(&content(), soon()));
        assert_eq!(decided_about(&cache).await, expected, "{header}");
    }
}

#[tokio::test]
async fn a_jwe_whose_parts_are_of_another_length_proves_nothing() {
    let [.., (_, cache)] = in_each_form(SECRET, &content(), soon());
    let parts: Vec<_> = cache.split('.').collect();
    let [header, "", iv, text, tag] = parts[..] else { panic!("five parts, the second empty") };
    let shorter = |part: &str, octets: usize| {
        let part = BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url");
        encoded(&part[..part.len() - octets])
    };
    for forged in [
        format!("{header}.AAAA.{iv}.{text}.{tag}"),
        format!("{header}..{}.{text}.{tag}", shorter(iv, 1)),
        format!("{header}..{}.{text}.{tag}", shorter(iv, 4)),
        format!("{header}..{iv}.{}.{tag}", shorter(text, 1)),
        format!("{header}..{iv}.{}.{tag}", shorter(text, 16)),
        format!("{header}..{iv}.{text}.{}", shorter(tag, 1)),
        format!("{header}..{iv}.{text}.{}", shorter(tag, 16)),
        format!("{header}..{iv}.{text}.{}", shorter(tag, 31)),
        format!("{header}..{iv}.{text}."),
        format!("{header}..{iv}..{tag}"),
        format!("{header}...{text}.{tag}"),
        format!("{header}..{iv}.{text}.{tag}."),
        format!("{header}..{tag}.{text}.{iv}"),
    ] {
        let decided = decided_about(&forged).await;
        assert!(decided.starts_with("passed over: "), "{forged}: {decided}");
    }
}

#[tokio::test]
async fn a_compact_cache_is_signed_byte_by_byte() {
    let end = soon();
    let cache = compact(SECRET, &content().to_string(), end);
    assert_eq!(decided_about(&rewritten(&cache, |json| json)).await, "verified ann");
    // Read, all of these say the same as what was signed.
    for (from, to) in [
        (r#","user":"#, r#", "user":"#),
        (r#""version":"1"}"#, "\"version\":\"1\"\n}"),
        (r#"{"session":{"session":{"#, r#"{"session":{ "session":{"#),
        ("ann@example.test", r"ann\u0040example.test"),
        (r#""emailVerified":true"#, r#""emailVerified":true,"extra":null"#),
        (r#","version":"1""#, ""),
    ] {
        let changed = rewritten(&cache, |json| {
            assert!(json.contains(from), "{json}");
            json.replacen(from, to, 1)
        });
        assert_eq!(decided_about(&changed).await, "passed over: bad-signature", "{from}");
    }
    let before = end.timestamp_millis();
    for later in [before + 1, before + 86_400_000] {
        let changed = rewritten(&cache, |json| json.replace(&before.to_string(), &later.to_string()));
        assert_eq!(decided_about(&changed).await, "passed over: bad-signature");
    }
}

#[tokio::test]
async fn a_compact_cache_signed_with_spaces_inside_is_the_one_that_was_signed() {
    let spaced = serde_json::to_string_pretty(&content()).expect("JSON");
    assert_eq!(decided_about(&compact(SECRET, &spaced, soon())).await, "verified ann");
}

#[tokio::test]
async fn a_compact_cache_of_a_broken_form_proves_nothing() {
    let cache = compact(SECRET, &content().to_string(), soon());
    let end = soon().timestamp_millis();
    for change in [
        |json: String| json.replace("\"signature\":", "\"signatur\":"),
        |json| json.replace("\"signature\":\"", "\"signature\":\"="),
        |json| json.replace("\"expiresAt\":1", "\"expiresAt\":1.0,\"x\":1"),
        |json| json.replacen("{\"session\":", "{\"session\":1,\"session\":", 1),
        |json| format!("[{json}]"),
        |json| format!("{json} {{}}"),
        |json| json + "x",
    ] as [fn(String) -> String; 7]
    {
        let changed = rewritten(&cache, change);
        assert_eq!(decided_about(&changed).await, "passed over: malformed", "{changed}");
    }
    for session in ["null", "1", "[]", "{}", "\"{}\""] {
        let envelope = format!(r#"{{"session":{session},"expiresAt":{end},"signature":"AAAA"}}"#);
        assert_eq!(decided_about(&encoded(envelope.as_bytes())).await, "passed over: malformed", "{session}");
    }
}

#[tokio::test]
async fn a_cache_without_what_makes_a_session_proves_nothing() {
    for content in [
        with("/user/id", json!(null)),
        with("/user/id", json!("")),
        with("/user/id", json!(["ann"])),
        with("/session", json!([])),
        with("/user", json!("ann")),
        with("/version", json!(1)),
    ] {
        for (form, cache) in in_each_form(SECRET, &content, soon()) {
            assert_eq!(decided_about(&cache).await, "passed over: malformed", "{form}: {content}");
        }
    }
    for (form, cache) in in_each_form(SECRET, &with("/session/token", json!(null)), soon()) {
        assert_eq!(decided_about(&cache).await, "passed over: another-session", "{form}");
    }
}

#[tokio::test]
async fn an_end_that_is_no_date_proves_nothing() {
    let later = (soon() + TimeDelta::days(1)).timestamp();
    for end in
        [json!(null), json!("soon"), json!(later.to_string()), json!(true), json!(u64::MAX), json!(1e300)]
    {
        let mut content: Value = content();
        content["exp"] = end.clone();
        let jwt = hs256(SECRET, &json!({ "alg": "HS256" }), &content);
        let jwe = jwe(SECRET, &json!({ "alg": "dir", "enc": "A256CBC-HS512" }), &content);
        for cache in [jwt, jwe] {
            assert_eq!(decided_about(&cache).await, "passed over: invalid-claim-exp", "{end}");
        }
    }
}
