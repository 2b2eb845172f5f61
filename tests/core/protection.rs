//! Protected routes: which credential gets which answer.

use std::{num::NonZeroU32, time::Duration};

use better_auth_verifier::{Authenticator, Chain, Limiter, NoStore, Problems, problem::RequestId};
use poem::{Endpoint, EndpointExt, test::TestClient};
use serde_json::Value;

use crate::parts::{
    api::{self, TRUSTED, Told, ask, authenticator, carriers, routes},
    scripted::Scripted,
};

const BARE: &str = r#"Bearer realm="better-auth""#;
const INVALID_TOKEN: &str = r#"Bearer error="invalid_token""#;
const INVALID_REQUEST: &str = r#"Bearer error="invalid_request""#;
const VARY: &str = "Authorization, Cookie, X-Session-Token, Origin";

fn client() -> TestClient<impl Endpoint> {
    api::client(routes().with(Problems).with(NoStore).data(authenticator().0))
}

async fn get(path: &str, headers: &[(&str, &str)]) -> Told {
    let told = ask(&client(), &format!("GET {path}"), headers).await;
    assert_eq!(told.header("cache-control"), "no-store", "h6: {path} {headers:?}");
    assert_eq!(told.header("vary"), VARY, "h6: {path} {headers:?}");
    told
}

/// Routes that need somebody.
const PROTECTED: [&str; 5] = ["/me", "/verified", "/admin", "/anns", "/plain"];

#[tokio::test]
async fn known_callers_are_served_in_every_carrier() {
    for headers in [
        ("authorization", "Bearer ann-verified-admin"),
        ("authorization", "bearer ann-verified-admin"),
        ("x-session-token", "ann-verified-admin"),
        ("x-api-key", "ann-verified-admin"),
        ("cookie", "a=b; session=ann-verified-admin"),
    ] {
        for path in PROTECTED.iter().chain(&["/public"]) {
            let told = get(path, &[headers]).await;
            assert_eq!((told.status, told.body.as_str()), (200, "ann"), "{path} {headers:?}");
        }
    }
}

#[tokio::test]
async fn h1_without_a_credential_the_challenge_is_bare() {
    for path in PROTECTED {
        let told = get(path, &[]).await;
        assert_eq!((told.status, told.header("www-authenticate")), (401, BARE), "{path}");
        assert_eq!(told.kind(), "missing-credential", "{path}");
    }
    let guest = get("/public", &[]).await;
    assert_eq!((guest.status, guest.body.as_str()), (200, "guest"));
}

#[tokio::test]
async fn h1_another_scheme_is_challenged_on_optional_routes_too() {
    for path in PROTECTED.iter().chain(&["/public"]) {
        for value in ["Basic YW5uOnB3", "Digest x", "DPoP ann", "Bearerann"] {
            let told = get(path, &[("authorization", value), ("cookie", "session=ann")]).await;
            assert_eq!((told.status, told.header("www-authenticate")), (401, BARE), "{path} {value}");
            assert_eq!(told.kind(), "missing-credential", "{path} {value}");
        }
    }
}

#[tokio::test]
async fn h2_c3_every_cause_of_a_refusal_reads_the_same_and_is_never_a_guest() {
    let long = format!("Bearer {}", "x".repeat(17_000));
    let causes: [&[(&str, &str)]; 10] = [
        &[("authorization", "Bearer refused")],
        &[("authorization", "Bearer expired")],
        &[("authorization", "Bearer bad")],
        &[("authorization", "Bearer other")],
        &[("authorization", "Bearer ann-verified-admin-banned")],
        &[("authorization", &long)],
        &[("x-session-token", "refused")],
        &[("x-api-key", "refused")],
        &[("cookie", "session=refused")],
        &[("cookie", "session=ann; session=bob")],
    ];
    for path in PROTECTED.iter().chain(&["/public"]) {
        let mut answers = Vec::new();
        for headers in causes {
            let told = get(path, headers).await;
            assert_eq!(
                (told.status, told.header("www-authenticate")),
                (401, INVALID_TOKEN),
                "{path} {headers:?}"
            );
            assert_eq!(told.kind(), "invalid-credential");
            answers.push(told);
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{path} {answers:?}");
    }
}

#[tokio::test]
async fn h4_undecidable_is_503_with_retry_after_and_never_a_guest() {
    for path in PROTECTED.iter().chain(&["/public"]) {
        for headers in [("authorization", "Bearer outage"), ("cookie", "session=outage")] {
            let told = get(path, &[headers]).await;
            assert_eq!((told.status, told.kind().as_str()), (503, "unavailable"), "{path}");
            assert!(told.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "{told:?}");
            assert_eq!(told.header("www-authenticate"), "");
            assert!(!told.body.contains("line is dead"), "h3: no internals: {told:?}");
        }
    }
}

#[tokio::test]
async fn h2_a_malformed_credential_is_400() {
    let cases: [&[(&str, &str)]; 7] = [
        &[("authorization", "Bearer")],
        &[("authorization", "Bearer ann bob")],
        &[("authorization", "Bearer ann,bob")],
        &[("authorization", "")],
        &[("authorization", "Bearer ann"), ("authorization", "Bearer ann")],
        &[("x-session-token", "ann"), ("x-session-token", "ann")],
        &[("x-session-token", "ann bob")],
    ];
    for path in PROTECTED.iter().chain(&["/public"]) {
        for headers in cases {
            let told = get(path, headers).await;
            assert_eq!((told.status, told.kind().as_str()), (400, "bad-request"), "{path} {headers:?}");
            assert_eq!(told.header("www-authenticate"), INVALID_REQUEST);
        }
    }
}

#[tokio::test]
async fn a1_a_policy_that_says_no_is_403() {
    for (path, token, status) in [
        ("/verified", "ann", 403),
        ("/verified", "ann-verified", 200),
        ("/admin", "ann-verified", 403),
        ("/admin", "bob-admin", 200),
        ("/anns", "bob-verified-admin", 403),
        ("/anns", "ann", 200),
        ("/me", "bob", 200),
    ] {
        let told = get(path, &[("authorization", &format!("Bearer {token}"))]).await;
        assert_eq!(told.status, status, "{path} {token}");
        assert!(status == 200 || told.kind() == "forbidden", "{path} {token}");
        assert_eq!(told.header("www-authenticate"), "", "{path} {token}");
    }
}

#[tokio::test]
async fn c4_a_cookie_on_an_unsafe_method_needs_a_trusted_origin() {
    let client = client();
    let cookie = ("cookie", "session=ann");
    let json = ("content-type", "application/json");
    for (header, status) in [
        (("origin", TRUSTED), 200),
        (("sec-fetch-site", "same-origin"), 200),
        (("origin", "https://evil.example"), 403),
        (("origin", "https://app.example.evil.example"), 403),
        (("origin", "HTTPS://APP.EXAMPLE"), 403),
        (("origin", "null"), 403),
        (("sec-fetch-site", "same-site"), 403),
        (("x-nothing", ""), 403),
    ] {
        let request = client.post("/orders").header(cookie.0, cookie.1).header(json.0, json.1);
        let request = request.header(header.0, header.1).body(r#"{"amount":1}"#);
        let told = Told::read(request.send().await.0).await;
        assert_eq!(told.status, status, "{header:?}");
        assert!(status == 200 || told.kind() == "untrusted-origin", "{header:?}");
    }
    let handshake = [cookie, ("upgrade", "websocket"), ("connection", "upgrade")];
    assert_eq!(get("/me", &handshake).await.kind(), "untrusted-origin");
    let bearer = client.post("/orders").header("authorization", "Bearer ann").header("origin", "null");
    let told = Told::read(bearer.header(json.0, json.1).body(r#"{"amount":1}"#).send().await.0).await;
    assert_eq!((told.status, told.body.as_str()), (200, "ann 1"));
}

#[tokio::test]
async fn nobodys_body_is_read_before_they_are_known() {
    let client = client();
    for (token, status) in [("ann", 400), ("refused", 401), ("outage", 503)] {
        let request = client.post("/orders").header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json").body("{ no JSON");
        let told = Told::read(request.send().await.0).await;
        assert_eq!(told.status, status, "{token}");
        told.problem();
    }
}

#[tokio::test]
async fn h5_a_token_in_the_query_string_is_none() {
    for query in ["access_token=ann", "token=ann", "session=ann"] {
        assert_eq!(get(&format!("/me?{query}"), &[]).await.kind(), "missing-credential", "{query}");
    }
}

#[tokio::test]
async fn c3_a_session_cookie_that_is_no_text_is_not_absent() {
    let value = poem::http::HeaderValue::from_bytes(b"session=\xFF\xFE").expect("a header value");
    let told = Told::read(client().get("/public").header("cookie", value).send().await.0).await;
    assert_eq!(told.status, 401, "{told:?}");
}

#[tokio::test]
async fn c3_a_second_session_cookie_that_is_no_text_contradicts_the_first() {
    let value =
        poem::http::HeaderValue::from_bytes(b"session=\xFF\xFE; session=ann").expect("a header value");
    let told = Told::read(client().get("/me").header("cookie", value).send().await.0).await;
    assert_eq!(told.status, 401, "{told:?}");
}

#[tokio::test]
async fn h3_a_problem_names_path_and_request() {
    let client = client();
    let request = client.get("/me?x=1").data(RequestId("r-1".into()));
    let problem = Told::read(request.send().await.0).await.problem();
    assert_eq!((&problem["instance"], &problem["requestId"]), (&"/me".into(), &"r-1".into()));
    let nameless = get("/me", &[]).await.problem();
    assert_eq!(nameless.get("requestId"), None, "an absent value is left out");
    assert_eq!(nameless.get("detail").and_then(Value::as_str), None);
}

#[tokio::test]
async fn r1_r4_a_user_over_their_limit_is_told_when_to_come_back() {
    let limit = Limiter::new("user", NonZeroU32::new(2).expect("not zero"), Duration::from_mins(1));
    let chain = Chain::default().push(Scripted::new("scripted", |_| true));
    let authenticator = Authenticator::new(carriers(), chain).with_user_limit(limit);
    let client = api::client(routes().with(Problems).with(NoStore).data(authenticator));
    // However the user comes, it is one user.
    assert_eq!(ask(&client, "GET /me", &[("authorization", "Bearer ann")]).await.status, 200);
    assert_eq!(ask(&client, "GET /public", &[("cookie", "session=ann-admin")]).await.status, 200);
    let told = ask(&client, "GET /plain", &[("x-session-token", "ann-verified")]).await;
    assert_eq!((told.status, told.kind().as_str()), (429, "rate-limited"));
    let wait: u32 = told.header("retry-after").parse().expect("seconds");
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(told.header("ratelimit"), format!("\"user\";r=0;t={wait}"));
    assert_eq!(told.header("ratelimit-policy"), "\"user\";q=2;w=60");
    assert_eq!(ask(&client, "GET /me", &[("authorization", "Bearer bob")]).await.status, 200);
    assert_eq!(ask(&client, "GET /me", &[("authorization", "Bearer refused")]).await.status, 401);
}
