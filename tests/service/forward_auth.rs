//! The endpoint for proxies, asked as they ask it. `tests/forward-auth` asks through real ones.

use chrono::Utc;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::Value;

use crate::parts::{
    auth::{ANN, BOB, EXPIRED, cookie, execute, signed_with},
    client::{Answer, Ask, ask, get},
    fake::BetterAuth,
    service::{Service, Setup},
    until,
};

const HEADERS: [&str; 11] = [
    "X-Auth-User-Id",
    "X-Auth-User-Email",
    "X-Auth-User-Email-Verified",
    "X-Auth-User-Name",
    "X-Auth-User-Role",
    "X-Auth-Session-Id",
    "X-Auth-Organization-Id",
    "X-Auth-Client-Id",
    "X-Auth-Strategy",
    "X-Auth-Expires",
    "X-Auth-Assertion",
];

const ORIGIN: &str = "https://app.example";

fn setup() -> Setup {
    Setup::with_sessions()
        .config("server.trusted_proxies = ['127.0.0.1']")
        .config(&format!("better_auth.trusted_origins = ['{ORIGIN}']"))
        .config("[forward_auth.profiles.default]")
        .config(
            "[forward_auth.profiles.verified]\nrequire = ['verified_email', 'fresh:1h', 'not_impersonated']",
        )
        .config("[forward_auth.profiles.admins]\nrequire = ['role:admin']")
        .config("[forward_auth.profiles.guests]\noptional = true")
}

fn service() -> Service {
    setup().start()
}

/// As a proxy asks about a request for `/orders`.
fn proxied(method: &str, profile: &str) -> Ask {
    get(&format!("/forward-auth{profile}"))
        .header("X-Forwarded-Method", method)
        .header("X-Forwarded-Uri", "/orders?page=2")
        .header("X-Forwarded-Host", "api.example")
        .header("X-Forwarded-For", "198.51.100.7")
}

#[track_caller]
fn expect_problem(answer: &Answer, status: u16, kind: &str) {
    answer.expect_problem(status, kind, "/orders").expect_not_stored();
}

#[test]
fn a_caller_is_told_in_headers_and_a_guest_by_empty_ones() {
    let service = service();
    let ann = service.send(&proxied("GET", "/guests").by(ANN));
    let guest = service.send(&proxied("GET", "/guests"));
    assert_eq!([ann.status, guest.status], [200, 200], "{ann:?} {guest:?}");
    for name in HEADERS {
        assert!(ann.header(name).is_some(), "{name}: {ann:?}");
        assert_eq!(guest.header(name), Some(""), "{name}");
    }
    assert_eq!(ann.header("X-Auth-User-Id"), Some("ann"));
    assert_eq!(ann.header("X-Auth-User-Email-Verified"), Some("true"));
    assert_eq!(ann.header("X-Auth-Session-Id"), Some("s1"));
    assert_eq!(ann.header("X-Auth-Strategy"), Some("session_table"));
    assert_eq!(ann.body, "");
    ann.expect_not_stored();
    // Presented and refused is no guest.
    expect_problem(&service.send(&proxied("GET", "/guests").by(EXPIRED)), 401, "invalid-credential");
}

#[test]
fn every_method_is_answered_and_the_default_profile_has_two_paths() {
    let service = service();
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
        for path in ["/forward-auth", "/forward-auth/default"] {
            let answer = service.send(&ask(method, path).by(ANN));
            assert_eq!(
                (answer.status, answer.header("X-Auth-User-Id")),
                (200, Some("ann")),
                "{method} {path}"
            );
        }
    }
    expect_problem(&service.send(&proxied("GET", "")), 401, "missing-credential");
}

/// Not even where the origin is one whose pages may read answers: the API behind the proxy answers preflights.
#[test]
fn a_preflight_is_no_preflight_of_ours() {
    let service = setup().config(&format!("[cors]\norigins = ['{ORIGIN}']")).start();
    let preflight = ask("OPTIONS", "/forward-auth")
        .header("Origin", ORIGIN)
        .header("Access-Control-Request-Method", "POST");
    service.send(&preflight).expect_problem(401, "missing-credential", "/forward-auth");
}

#[test]
fn a_profile_requires_all_that_it_lists() {
    let setup = setup();
    let folder = setup.folder().to_owned();
    let service = setup.start();
    assert_eq!(service.send(&proxied("GET", "/verified").by(ANN)).status, 200);
    expect_problem(&service.send(&proxied("GET", "/verified").by(BOB)), 403, "forbidden");
    expect_problem(&service.send(&proxied("GET", "/admins").by(ANN)), 403, "forbidden");
    execute(&folder, r#"update "session" set "createdAt" = '2026-01-01T00:00:00.000Z' where "id" = 's1'"#);
    expect_problem(&service.send(&proxied("GET", "/verified").by(ANN)), 403, "forbidden");
    assert!(service.log().contains("denied by policy fresh:3600s: the session began"), "{}", service.log());
    assert!(service.log().contains("denied by policy role:admin"), "{}", service.log());
}

/// As the admin plugin's column says.
#[test]
fn a_refusal_is_logged_with_the_method_and_the_path_of_the_client() {
    let service = service();
    let answer = service.send(&proxied("DELETE", "/admins").by(ANN));
    expect_problem(&answer, 403, "forbidden");
    let id = answer.header("X-Request-Id").expect("an id");
    let log = service.log_when(|log| log.contains(id));
    let line = log.lines().find(|line| line.contains(id)).expect("a line");
    assert!(line.contains(r#"method="DELETE" path="/orders""#), "{line}");
}

#[test]
fn an_impersonated_user_is_not_the_user() {
    let setup = setup();
    execute(setup.folder(), r#"alter table "session" add column "impersonatedBy" text"#);
    let folder = setup.folder().to_owned();
    let service = setup.start();
    assert_eq!(service.send(&proxied("GET", "/verified").by(ANN)).status, 200);
    execute(&folder, r#"update "session" set "impersonatedBy" = 'bob' where "id" = 's1'"#);
    expect_problem(&service.send(&proxied("GET", "/verified").by(ANN)), 403, "forbidden");
    assert_eq!(service.send(&proxied("GET", "").by(ANN)).status, 200);
}

#[test]
fn only_trusted_proxies_are_answered_and_the_log_names_the_key_once() {
    let stranger = Setup::with_sessions().config("[forward_auth.profiles.default]").start();
    for path in ["/forward-auth", "/forward-auth/default", "/forward-auth/unknown"] {
        stranger.send(&get(path).by(ANN)).expect_problem(403, "forbidden", path).expect_not_stored();
    }
    let named = stranger.log().matches("is not in server.trusted_proxies, so it gets 403").count();
    assert_eq!(named, 1, "{}", stranger.log());
}

#[test]
fn a_path_is_a_profile_letter_for_letter() {
    let service = service();
    for path in [
        "/",
        "/unknown",
        "/Default",
        "/default/",
        "/default/x",
        "/defaul%74",
        "/guests%2F..%2Fadmins",
        "//guests",
    ] {
        let path = format!("/forward-auth{path}");
        service.send(&get(&path).by(ANN)).expect_problem(404, "not-found", &path);
    }
    // A few lines an hour, whatever clients come up with.
    let log = service.log();
    let named = log.matches("[forward_auth.profiles] has only admins, default, guests, verified").count();
    assert_eq!(
        (named, log.matches("names no others like this until an hour after the first").count()),
        (4, 1),
        "{log}"
    );
    assert!(log.contains("/forward-auth/unknown, which gets 404"), "{log}");
    assert_eq!(service.send(&get("/forward-authentication").by(ANN)).status, 404);
    // What stands in the query means nothing.
    let query = get("/forward-auth/admins?profile=guests&X-Forwarded-Method=GET").by(ANN);
    service.send(&query).expect_problem(403, "forbidden", "/forward-auth/admins");
}

#[test]
fn without_profiles_there_is_no_such_path() {
    let service = Setup::with_sessions().config("server.trusted_proxies = ['127.0.0.1']").start();
    service.send(&get("/forward-auth").by(ANN)).expect_problem(404, "not-found", "/forward-auth");
}

/// A WebSocket handshake is a GET, and the proxy's own request does not show that it is one.
#[test]
fn c4_a_cookie_needs_a_trusted_origin_whatever_the_method() {
    let service = service();
    let by_cookie = |method: &str| proxied(method, "").header("Cookie", cookie(ANN));
    for method in ["GET", "POST"] {
        for origin in ["https://evil.example", "null", "https://app.example.evil", ""] {
            let answer = service.send(&by_cookie(method).header("Origin", origin));
            expect_problem(&answer, 403, "untrusted-origin");
            let same_origin =
                by_cookie(method).header("Origin", origin).header("Sec-Fetch-Site", "same-origin");
            expect_problem(&service.send(&same_origin), 403, "untrusted-origin");
        }
        assert_eq!(service.send(&by_cookie(method).header("Origin", ORIGIN)).status, 200, "{method}");
        let twice = by_cookie(method).header("Origin", ORIGIN).header("Origin", "https://evil.example");
        expect_problem(&service.send(&twice), 403, "untrusted-origin");
        // A bearer is no cookie: no browser sends it by itself.
        assert_eq!(service.send(&proxied(method, "").by(ANN).header("Origin", "null")).status, 200);
    }
    // Without an origin a safe method is a navigation, and an unsafe one is refused.
    assert_eq!(service.send(&by_cookie("GET")).status, 200);
    expect_problem(&service.send(&by_cookie("POST")), 403, "untrusted-origin");
    // The proxy's own method says nothing once it has told the client's.
    let as_post =
        ask("POST", "/forward-auth").header("X-Forwarded-Method", "GET").header("Cookie", cookie(ANN));
    assert_eq!(service.send(&as_post).status, 200);
    let two = proxied("GET", "").header("X-Forwarded-Method", "POST").by(ANN);
    service.send(&two).expect_problem(400, "bad-request", "/forward-auth");
}

#[test]
fn what_a_client_sends_itself_is_not_believed() {
    let service = service();
    let forged = HEADERS.iter().fold(proxied("GET", "/guests"), |ask, name| ask.header(name, "admin"));
    let answer = service.send(&forged.header("User-Agent", "GoogleHC/1.0"));
    for name in HEADERS {
        assert_eq!(answer.header(name), Some(""), "{name}");
    }
    expect_problem(
        &service.send(&proxied("GET", "").header("User-Agent", "GoogleHC/1.0")),
        401,
        "missing-credential",
    );
    let forged = signed_with("another-secret-of-the-tests-0123456789", ANN);
    let answer = service.send(&proxied("GET", "/guests").header("Authorization", format!("Bearer {forged}")));
    expect_problem(&answer, 401, "invalid-credential");
}

#[test]
fn limits_count_the_client_and_not_the_proxy() {
    let service = setup().config("[rate_limit]\nclient = { requests = 3, window = '1h' }").start();
    let from = |client: &str| get("/forward-auth").by(ANN).header("X-Forwarded-For", client);
    let passing = |client: &str| (0..5).filter(|_| service.send(&from(client)).status == 200).count();
    assert_eq!([passing("198.51.100.1"), passing("198.51.100.2")], [3, 3]);
    let limited = service.send(&from("198.51.100.1"));
    limited.expect_problem(429, "rate-limited", "/forward-auth");
    assert!(limited.header("Retry-After").is_some());
}

fn setup_with_assertions() -> Setup {
    setup()
        .config("[forward_auth.profiles.api]\noptional = true\nassertion = 'https://api.example'")
        .config("[forward_auth.profiles.bearer]\noptional = true\nassertion = 'https://other.example'")
        .config("assertion_header = 'authorization'")
        .config("[assertion]\nissuer = 'https://verifier.example'\nsecret = 'a secret of at least thirty-two bytes'")
        .variable("VERIFIER_SESSION_TABLE__CACHE__MAX_AGE", "10s")
}

/// The claims of an assertion for this audience, if the service's key set has its key.
fn verified(service: &Service, token: &str, audience: &str) -> Option<Value> {
    let keys: JwkSet = serde_json::from_str(&service.get("/.well-known/jwks.json").body).expect("a key set");
    let header = decode_header(token).ok()?;
    assert_eq!(header.typ.as_deref(), Some("auth-assertion+jwt"));
    let key = DecodingKey::from_jwk(keys.find(&header.kid?)?).expect("a key");
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[audience]);
    validation.set_issuer(&["https://verifier.example"]);
    decode(token, &key, &validation).ok().map(|data| data.claims)
}

#[test]
fn an_assertion_states_the_caller_and_lives_with_the_verdict() {
    let setup = setup_with_assertions();
    let folder = setup.folder().to_owned();
    let service = setup.start();
    let assertion =
        |ask: Ask| service.send(&ask).header("X-Auth-Assertion").expect("always there").to_owned();
    let token = assertion(proxied("GET", "/api").by(ANN));
    let claims = verified(&service, &token, "https://api.example").expect("an assertion");
    assert_eq!(
        [&claims["sub"], &claims["email"], &claims["sid"], &claims["strategy"]],
        ["ann", "ann@example.test", "s1", "session_table"]
    );
    assert_eq!((&claims["email_verified"], claims.get("act")), (&Value::Bool(true), None));
    assert_eq!(claims["exp"].as_i64().zip(claims["iat"].as_i64()).map(|(exp, iat)| exp - iat), Some(60));
    assert_eq!(verified(&service, &token, "https://other.example"), None);
    // Minted once for a verdict that is remembered.
    assert_eq!(assertion(proxied("GET", "/api").by(ANN)), token);
    assert_ne!(assertion(proxied("GET", "/api").by(BOB)), token);
    // Nothing for guests, and nothing where the profile has none.
    assert_eq!(assertion(proxied("GET", "/api")), "");
    assert_eq!(assertion(proxied("GET", "").by(ANN)), "");
    // It opens nothing here.
    let back = proxied("GET", "/api").header("Authorization", format!("Bearer {token}"));
    expect_problem(&service.send(&back), 401, "invalid-credential");
    // A sign-out ends it with the verdict.
    execute(&folder, r#"delete from "session" where "id" = 's1'"#);
    until("the sign-out", || (service.send(&proxied("GET", "/api").by(ANN)).status == 401).then_some(()));
}

/// `jwt.leeway` still lets it pass where the API gets nothing that would be over, too.
#[test]
fn a_jwt_that_is_over_gets_no_assertion() {
    let better_auth = BetterAuth::start();
    let setup = setup_with_assertions()
        .variable("VERIFIER_STRATEGIES", "jwt")
        .variable("VERIFIER_BETTER_AUTH__URL", &better_auth.url())
        .variable("VERIFIER_JWT__LEEWAY", "60s");
    let service = setup.start();
    // It lives for 15 minutes.
    let token = better_auth.jwt("ann", Utc::now().timestamp() - 15 * 60 - 5);
    let by = |ask: Ask| ask.header("Authorization", format!("Bearer {token}"));
    assert_eq!(service.send(&by(proxied("GET", ""))).status, 200);
    expect_problem(&service.send(&by(proxied("GET", "/api"))), 401, "invalid-credential");
    let log = service.log_when(|log| log.contains("auth.cause=\"expired\""));
    assert_eq!(log.matches("auth.cause").count(), 1, "{log}");
}

#[test]
fn an_assertion_can_take_the_place_of_the_credential() {
    let service = setup_with_assertions().start();
    let ann = service.send(&proxied("GET", "/bearer").by(ANN));
    let token =
        ann.header("Authorization").and_then(|value| value.strip_prefix("Bearer ")).expect("a bearer");
    assert!(verified(&service, token, "https://other.example").is_some());
    assert_eq!(ann.header("X-Auth-Assertion"), Some(""));
    let guest = service.send(&proxied("GET", "/bearer"));
    assert_eq!((guest.status, guest.header("Authorization")), (200, Some("")));
}
