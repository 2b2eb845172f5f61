use super::*;
use crate::{credential::Carrier, error::Unverified};

const ORIGIN: &str = "https://app.example";
const BARE: &str = "better-auth.session_token";

fn read(method: &Method, headers: &[(&str, &str)]) -> Result<Option<Credential>, AuthError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name: HeaderName = name.parse().expect("a header name");
        map.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
    }
    Carriers::new([SECURE_COOKIE, BARE]).with_trusted_origins([ORIGIN]).read(method, &map)
}

fn found(headers: &[(&str, &str)]) -> (Carrier, String) {
    let credential = read(&Method::GET, headers).expect("readable").expect("something presented");
    (credential.carrier(), credential.token().to_owned())
}

#[test]
fn carriers_are_read_in_order_and_the_first_present_is_judged() {
    let all = [
        ("cookie", "better-auth.session_token=c"),
        ("x-api-key", "k"),
        ("x-session-token", "h"),
        ("authorization", "Bearer a"),
    ];
    assert_eq!(found(&all), (Carrier::Authorization, "a".into()));
    assert_eq!(found(&all[..3]), (Carrier::Header, "h".into()));
    assert_eq!(found(&all[..2]), (Carrier::ApiKey, "k".into()));
    assert_eq!(found(&all[..1]), (Carrier::Cookie, "c".into()));
    assert!(read(&Method::GET, &[]).expect("readable").is_none());
}

#[test]
fn h5_the_scheme_is_case_insensitive_and_the_token_keeps_its_form() {
    assert_eq!(found(&[("authorization", "bEaReR   abc.def%3D ")]).1, "abc.def%3D");
    assert_eq!(found(&[("authorization", "Bearer abc.d+/f==")]).1, "abc.d+/f==");
}

#[test]
fn h2_anything_but_one_bearer_token_is_malformed() {
    for value in ["Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "Bearer \"a\"", "Bearer =", "", "Bearer ä"]
    {
        let read = read(&Method::GET, &[("authorization", value)]);
        assert!(matches!(read, Err(AuthError::Malformed(_))), "{value:?}: {read:?}");
    }
}

#[test]
fn h2_repeated_credential_headers_are_malformed() {
    for name in ["authorization", "x-session-token", "x-api-key"] {
        let read = read(&Method::GET, &[(name, "Bearer a"), (name, "Bearer a")]);
        assert!(matches!(read, Err(AuthError::Malformed(_))), "{name}: {read:?}");
    }
}

#[test]
fn another_scheme_is_its_own_answer_even_with_a_cookie_beside_it() {
    let read =
        read(&Method::GET, &[("authorization", "Basic YTpi"), ("cookie", "better-auth.session_token=c")]);
    assert!(matches!(read, Err(AuthError::OtherScheme)));
}

#[test]
fn s12_an_over_long_token_is_refused() {
    let long = format!("Bearer {}", "a".repeat(MAX_TOKEN + 1));
    let read = read(&Method::GET, &[("authorization", &long)]);
    assert!(matches!(read, Err(AuthError::Unverified(Unverified::Refused(Refusal::Malformed)))));
}

#[test]
fn the_secure_cookie_wins_and_contradicting_values_are_refused() {
    let both = "better-auth.session_token=plain; __Secure-better-auth.session_token=secure";
    assert_eq!(found(&[("cookie", both)]).1, "secure");
    assert_eq!(found(&[("cookie", "better-auth.session_token=a; better-auth.session_token=a")]).1, "a");
    let two = read(
        &Method::GET,
        &[("cookie", "better-auth.session_token=a"), ("cookie", "x=ö; better-auth.session_token=b")],
    );
    assert!(matches!(two, Err(AuthError::Unverified(Unverified::Refused(Refusal::AmbiguousCookie)))));
}

#[test]
fn a_cookie_keeps_its_value_as_received_with_its_name() {
    let credential = read(&Method::GET, &[("cookie", "a=b;better-auth.session_token=t.s%2B%3D; c")])
        .expect("readable")
        .expect("present");
    assert_eq!(credential.token(), "t.s%2B%3D");
    assert_eq!(credential.cookie_name(), Some(BARE));
}

#[test]
fn companions_are_taken_as_named_and_only_with_the_cookie() {
    let carriers = Carriers::new([BARE]).with_companions(["better-auth.session_data"]);
    let mut headers = HeaderMap::new();
    let line = "better-auth.session_data=d; other=o; better-auth.session_token=t";
    headers.insert("cookie", HeaderValue::from_static(line));
    let credential = carriers.read(&Method::GET, &headers).expect("readable").expect("present");
    assert_eq!(credential.companions().len(), 1);
    headers.insert("x-session-token", HeaderValue::from_static("t"));
    let credential = carriers.read(&Method::GET, &headers).expect("readable").expect("present");
    assert!(credential.companions().is_empty());
}

#[test]
fn c4_a_cookie_on_an_unsafe_method_needs_a_trusted_origin() {
    let cookie = ("cookie", "better-auth.session_token=t");
    let cases: [(&[(&str, &str)], bool); 9] = [
        (&[], false),
        (&[("origin", ORIGIN)], true),
        (&[("origin", "https://app.example:443")], false),
        (&[("origin", "https://app.example.evil")], false),
        (&[("origin", "null")], false),
        (&[("origin", "https://evil.example")], false),
        (&[("origin", ORIGIN), ("origin", "https://evil.example")], false),
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "same-site")], false),
    ];
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        for (headers, trusted) in cases {
            let headers = [&[cookie], headers].concat();
            let read = read(&method, &headers);
            assert_eq!(read.is_ok(), trusted, "{method} {headers:?}");
            assert!(trusted || matches!(read, Err(AuthError::UntrustedOrigin)));
        }
    }
    assert!(read(&Method::GET, &[cookie, ("origin", "https://evil.example")]).is_ok());
    assert!(read(&Method::POST, &[("authorization", "Bearer t"), ("origin", "null")]).is_ok());
}

#[test]
fn c4_a_websocket_handshake_counts_as_unsafe() {
    let handshake = [("cookie", "better-auth.session_token=t"), ("upgrade", "WebSocket")];
    assert!(matches!(read(&Method::GET, &handshake), Err(AuthError::UntrustedOrigin)));
    let trusted = [&handshake[..], &[("origin", ORIGIN)]].concat();
    assert!(read(&Method::GET, &trusted).is_ok());
}
