use serde_json::json;

use crate::parts::{
    auth::{ANN, cookie},
    client::{Answer, Ask, ask, get},
    service::{Service, Setup},
};

const APP: &str = "https://app.example";
const EVIL: &str = "https://evil.example";

fn service() -> Service {
    Setup::with_sessions().config(&format!("cors.origins = ['{APP}', 'http://localhost:5173']")).start()
}

fn preflight(origin: &str, method: &str) -> Ask {
    ask("OPTIONS", "/api/todos").header("Origin", origin).header("Access-Control-Request-Method", method)
}

#[track_caller]
fn expect_permitted(answer: &Answer, origin: &str) {
    assert_eq!(answer.header("Access-Control-Allow-Origin"), Some(origin), "{answer:?}");
    assert_eq!(answer.header("Access-Control-Allow-Credentials"), Some("true"), "{answer:?}");
    assert!(answer.words("Vary").contains(&"origin".to_owned()), "{answer:?}");
    expect_no_wildcard(answer);
}

#[track_caller]
fn expect_not_permitted(answer: &Answer) {
    let found =
        answer.headers.iter().find(|(name, _)| name.to_ascii_lowercase().starts_with("access-control-"));
    assert_eq!(found, None, "{answer:?}");
}

#[track_caller]
fn expect_no_wildcard(answer: &Answer) {
    let of_cors =
        answer.headers.iter().filter(|(name, _)| name.to_ascii_lowercase().starts_with("access-control-"));
    assert!(of_cors.clone().all(|(_, value)| !value.contains('*')), "{answer:?}");
}

#[test]
fn a_preflight_from_a_configured_origin_is_permitted() {
    let service = service();
    for (origin, method) in [(APP, "GET"), (APP, "POST"), ("http://localhost:5173", "PATCH"), (APP, "DELETE")]
    {
        let headers = "authorization,content-type,x-session-token";
        let answer =
            service.send(&preflight(origin, method).header("Access-Control-Request-Headers", headers));
        assert!(matches!(answer.status, 200 | 204), "{answer:?}");
        expect_permitted(&answer, origin);
        answer.expect_not_stored();
        assert!(
            answer.words("Access-Control-Allow-Methods").contains(&method.to_ascii_lowercase()),
            "{answer:?}"
        );
        let allowed = answer.words("Access-Control-Allow-Headers");
        assert!(headers.split(',').all(|name| allowed.contains(&name.to_owned())), "{answer:?}");
        assert!(answer.header("Access-Control-Max-Age").is_some());
    }
}

#[test]
fn a_preflight_for_what_nobody_offers_is_refused() {
    let service = service();
    let unknown_header = preflight(APP, "POST").header("Access-Control-Request-Headers", "x-anything");
    for ask in [preflight(APP, "PUT"), unknown_header] {
        service.send(&ask).expect_problem(403, "forbidden", "/api/todos").expect_not_stored();
    }
}

#[test]
fn pages_of_a_configured_origin_may_read_every_answer() {
    let service = service();
    for (ask, status) in [
        (get("/api/me").by(ANN), 200),
        (get("/api/public"), 200),
        (get("/api/me"), 401),
        (get("/api/me").by("nobody"), 401),
        (get("/api/me").header("Authorization", "Bearer a b"), 400),
        (get("/api/nowhere"), 404),
        (ask("PUT", "/api/me"), 405),
        (get("/health"), 200),
        (get("/openapi.json"), 200),
    ] {
        let answer = service.send(&ask.header("Origin", APP));
        assert_eq!(answer.status, status, "{answer:?}");
        expect_permitted(&answer, APP);
        let exposed = answer.words("Access-Control-Expose-Headers");
        for name in
            ["location", "ratelimit", "ratelimit-policy", "retry-after", "www-authenticate", "x-request-id"]
        {
            assert!(exposed.contains(&name.to_owned()), "{name}: {answer:?}");
        }
    }
}

#[test]
fn a_foreign_origin_is_answered_and_may_not_read() {
    let service = service();
    for origin in [
        EVIL,
        "null",
        "https://app.example.evil.example",
        "HTTPS://APP.EXAMPLE",
        "https://app.example:443",
        "*",
        "",
    ] {
        let answer = service.send(&get("/api/public").header("Origin", origin));
        assert_eq!(answer.status, 200, "{origin}: {answer:?}");
        expect_not_permitted(&answer);
        let answer = service.send(&preflight(origin, "POST"));
        assert!(answer.status >= 400, "{origin}: {answer:?}");
        expect_not_permitted(&answer);
        answer.expect_not_stored();
    }
    expect_not_permitted(&service.get("/api/public"));
}

#[test]
fn without_configured_origins_nobody_may_read() {
    let service = Setup::bare().start();
    for ask in [get("/api/public"), ask("OPTIONS", "/api/me").header("Access-Control-Request-Method", "GET")]
    {
        expect_not_permitted(&service.send(&ask.header("Origin", EVIL)));
    }
}

/// Browsers send `Origin` on every POST, those to the page's own server included.
#[test]
fn our_own_pages_need_no_permission() {
    let service = service();
    let own = format!("http://{}", service.address());
    let post = ask("POST", "/api/todos").json(&json!({ "title": "from /docs" })).header("Origin", &own);
    let answer = service.send(&post.clone().by(ANN));
    assert_eq!(answer.status, 201, "{answer:?}");
    expect_not_permitted(&answer);
    let by_cookie = post.header("Cookie", cookie(ANN)).header("Sec-Fetch-Site", "same-origin");
    assert_eq!(service.send(&by_cookie).status, 201);
}

#[test]
fn the_environment_adds_origins() {
    let service = Setup::with_sessions()
        .variable("CORS_ORIGINS", "https://one.example, https://two.example")
        .variable("FRONTEND_URL", "https://front.example/app/")
        .start();
    for origin in ["https://one.example", "https://two.example", "https://front.example"] {
        expect_permitted(&service.send(&get("/api/public").header("Origin", origin)), origin);
    }
    // The frontend may also use the cookie, the others may not.
    let post = |origin: &str| {
        let post = ask("POST", "/api/todos").json(&json!({ "title": "x" })).header("Cookie", cookie(ANN));
        service.send(&post.header("Origin", origin))
    };
    assert_eq!(post("https://front.example").status, 201);
    let answer = post("https://one.example");
    answer.expect_problem(403, "untrusted-origin", "/api/todos");
    expect_permitted(&answer, "https://one.example");
}
