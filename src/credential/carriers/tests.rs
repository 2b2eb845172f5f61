use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderName, HeaderValue};

use super::*;
use crate::error::Unverified;

const ORIGIN: &str = "https://app.example";
const BARE: &str = "better-auth.session_token";

fn read(method: &Method, headers: &[(&str, &str)]) -> Result<Option<Credential>, AuthError> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name: HeaderName = name.parse().expect("a header name");
        map.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a header value"));
    }
    Ok(Carriers::new([SECURE_COOKIE, BARE]).with_trusted_origins([ORIGIN]).read(method, &map)?)
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
    assert!(matches!(read, Err(AuthError::Unverified(Unverified::Refused(Refusal::TooLong)))));
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

/// Tokens with the signatures of two secrets, as two deployments set them.
mod several {
    use super::*;

    const OURS: &str = "test-secret-0123456789-abcdefghij-KLMNOPQ";
    const THEIRS: &str = "staging-secret-0123456789-abcdefghij-KLMN";

    fn signed(secret: &str, token: &str) -> String {
        let signature = SigningKeys::new([secret].into_iter()).sign(token.as_bytes());
        format!("{token}.{}", BASE64_STANDARD.encode(signature))
    }

    /// The value that is judged, or what is wrong, of these values under the safer name and the bare one.
    fn judged(secrets: Option<&str>, secure: &[&str], bare: &[&str]) -> Result<Option<String>, String> {
        let pair = |name: &str, value: &&str| format!("{name}={value}");
        let secure = secure.iter().map(|value| pair(SECURE_COOKIE, value));
        let pairs: Vec<_> = secure.chain(bare.iter().map(|value| pair(BARE, value))).collect();
        let mut headers = HeaderMap::new();
        headers.insert("cookie", HeaderValue::try_from(pairs.join("; ")).expect("a header value"));
        let carriers = Carriers::new([SECURE_COOKIE, BARE]);
        let carriers = if let Some(secret) = secrets { carriers.with_secrets(secret) } else { carriers };
        match carriers.read(&Method::GET, &headers) {
            Ok(found) => Ok(found.map(|credential| credential.token().to_owned())),
            Err(Misread { error, carrier, cookie }) => {
                assert_eq!((carrier, cookie.is_some()), (Carrier::Cookie, true));
                Err(error.to_string())
            }
        }
    }

    #[test]
    fn f11_the_one_with_a_valid_signature_is_judged() {
        let (own, staging, planted) = (signed(OURS, "own"), signed(THEIRS, "staging"), "planted");
        let (other, encoded) = (signed(OURS, "other"), own.replace('=', "%3D"));
        let (own, staging, other) = (&*own, &*staging, &*other);
        let ambiguous = Err("refused: ambiguous-cookie");
        for (secure, bare, expected) in [
            (&[own, staging][..], &[][..], Ok(own)),
            (&[staging, own], &[], Ok(own)),
            (&[staging, planted, own, ""], &[], Ok(own)),
            // Neither is better than the other.
            (&[own, other], &[], ambiguous),
            (&[staging, planted], &[], ambiguous),
            // The same session twice.
            (&[own, &encoded], &[], Ok(own)),
            (&[&encoded, own], &[], Ok(&*encoded)),
            // The safer name counts, if its signature is valid; if none is it is judged as ever.
            (&[own], &[other], Ok(own)),
            (&[staging], &[own], Ok(own)),
            (&[staging, planted], &[own], Ok(own)),
            (&[staging], &[own, other], ambiguous),
            (&[own, other], &[own], ambiguous),
            (&[staging], &[planted], Ok(staging)),
            // One alone is judged, whatever it is.
            (&[staging, staging], &[], Ok(staging)),
            (&[], &[planted], Ok(planted)),
        ] {
            let judged = judged(Some(OURS), secure, bare);
            let judged = judged.as_ref().map(|value| value.as_deref().expect("a cookie"));
            assert_eq!(judged.map_err(|error| &**error), expected, "{secure:?} {bare:?}");
        }
    }

    #[test]
    fn f11_without_a_secret_several_values_are_refused() {
        let (own, staging) = (signed(OURS, "own"), signed(THEIRS, "staging"));
        assert_eq!(judged(None, &[&own, &staging], &[]), Err("refused: ambiguous-cookie".into()));
        assert_eq!(judged(None, &[&staging], &[&own]), Ok(Some(staging)));
    }

    #[test]
    fn f11_no_more_than_a_few_are_checked() {
        let own = signed(OURS, "own");
        let planted: Vec<_> = (0..MAX_CANDIDATES).map(|number| number.to_string()).collect();
        let mut values: Vec<_> = planted.iter().map(|value| &**value).collect();
        values.push(&own);
        assert_eq!(judged(Some(OURS), &values, &[]), Err("refused: ambiguous-cookie".into()));
        assert_eq!(judged(Some(OURS), &values[1..], &[]), Ok(Some(own.clone())));
    }
}

#[test]
fn f8_what_is_wrong_is_told_with_its_carrier() {
    let long = "a".repeat(MAX_TOKEN + 1);
    for (headers, carrier, name) in [
        (("authorization", format!("Bearer {long}")), Carrier::Authorization, None),
        (("authorization", "Bearer a b".into()), Carrier::Authorization, None),
        (("x-session-token", long.clone()), Carrier::Header, None),
        (("x-api-key", long.clone()), Carrier::ApiKey, None),
        (("cookie", format!("{BARE}={long}")), Carrier::Cookie, Some(BARE)),
        (("cookie", format!("{BARE}=a; {BARE}=b")), Carrier::Cookie, Some(BARE)),
    ] {
        let mut map = HeaderMap::new();
        map.insert(headers.0, HeaderValue::try_from(headers.1).expect("a header value"));
        let misread = Carriers::new([SECURE_COOKIE, BARE]).read(&Method::GET, &map).expect_err("misread");
        assert_eq!((misread.carrier, misread.cookie.as_deref()), (carrier, name));
    }
}
