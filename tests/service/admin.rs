//! The listener for operators: who gets in, and what strangers and pages from elsewhere get.

use std::{
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::parts::{
    auth::{ANN, EXPIRED, bearer},
    client::{Answer, Ask, Connection, ask, get},
    service::{Service, Setup},
    until,
};

const TOKEN: &str = "an-admin-token-of-the-tests-0123456789";
const LOOKS: [&str; 3] = ["/metrics", "/state", "/verdicts"];
const FILES: [(&str, &str); 7] = [
    ("/", "text/html; charset=utf-8"),
    ("/page.css", "text/css; charset=utf-8"),
    ("/page.js", "text/javascript; charset=utf-8"),
    ("/ask.js", "text/javascript; charset=utf-8"),
    ("/doctor.js", "text/javascript; charset=utf-8"),
    ("/element.js", "text/javascript; charset=utf-8"),
    ("/explain.js", "text/javascript; charset=utf-8"),
];

fn open() -> Service {
    Setup::with_sessions().with_admin().start()
}

fn guarded() -> Service {
    Setup::with_sessions().with_admin().variable("VERIFIER_SERVER__ADMIN_TOKEN", TOKEN).start()
}

fn login(token: &str) -> Ask {
    ask("POST", "/login").json(&json!({ "token": token }))
}

/// The cookie that an answer sets, as a browser sends it.
#[track_caller]
fn cookie(answer: &Answer) -> &str {
    let set = answer.header("Set-Cookie").unwrap_or_else(|| panic!("{answer:?}"));
    set.split(';').next().expect("a part")
}

#[test]
fn without_the_key_there_is_no_such_listener_and_no_such_route() {
    let service = Setup::with_sessions().start();
    assert!(!service.log().contains("operators"), "{}", service.log());
    for path in LOOKS {
        service.get(path).expect_problem(404, "not-found", path);
    }
    // With it, the routes are on that listener alone, which has none of the API.
    let service = open();
    for path in LOOKS {
        assert_eq!(service.get_admin(path).status, 200, "{path}");
        service.get(path).expect_problem(404, "not-found", path);
    }
    for path in ["/api/me", "/health/live", "/docs", "/state/", "/metrics/x"] {
        service.get_admin(path).expect_problem(404, "not-found", path);
    }
}

#[test]
fn beyond_loopback_a_token_is_needed() {
    let wildcard = |more: &str| {
        Setup::bare().config(&format!("server.admin_listen = '0.0.0.0:0'\n{more}")).run(&["serve"])
    };
    wildcard("").expect_one_line(&[
        "server.admin_token = \"\"",
        "32",
        "VERIFIER_SERVER__ADMIN_TOKEN",
        "loopback",
    ]);
    wildcard("server.admin_token = 'short'").expect_one_line(&["server.admin_token = (hidden)", "32"]);
    let taken = open();
    let same = Setup::bare().config(&format!("server.admin_listen = '{}'", taken.admin())).run(&["serve"]);
    same.expect_one_line(&["server.admin_listen", "cannot listen on", "in use"]);
}

#[test]
fn a_token_opens_as_a_bearer() {
    let service = guarded();
    for path in LOOKS {
        let stranger = service.get_admin(path);
        stranger.expect_problem(401, "missing-credential", path);
        assert_eq!(stranger.header("WWW-Authenticate"), Some(r#"Bearer realm="better-auth-verifier admin""#));
        let by =
            |authorization: String| service.send_admin(&get(path).header("Authorization", authorization));
        assert_eq!(by(format!("Bearer {TOKEN}")).status, 200, "{path}");
        let (longer, shorter) = (format!("{TOKEN}x"), &TOKEN[..TOKEN.len() - 1]);
        for wrong in
            ["Bearer ", "Bearer x", "Basic eDp4", &format!("Bearer {longer}"), &format!("Bearer {shorter}")]
        {
            by(wrong.to_owned()).expect_problem(401, "invalid-credential", path);
        }
        // A caller of the API is no operator.
        by(bearer(ANN)).expect_problem(401, "invalid-credential", path);
    }
    let log = service.log_when(|log| log.contains("server.admin_token"));
    assert_eq!(log.matches("has presented something else than server.admin_token").count(), 1, "{log}");
    assert!(!log.contains(TOKEN), "{log}");
}

#[test]
fn a_browser_gets_a_session_for_the_token() {
    let service = guarded();
    service.send_admin(&login("wrong")).expect_problem(401, "invalid-credential", "/login");
    let entered = service.send_admin(&login(TOKEN).header("Origin", "http://localhost"));
    assert_eq!(entered.status, 204, "{entered:?}");
    let set = entered.header("Set-Cookie").expect("a cookie").to_owned();
    for attribute in ["; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age=43200"] {
        assert!(set.contains(attribute), "{set}");
    }
    assert!(!set.contains(TOKEN) && !set.contains("Secure"), "{set}");
    let session = cookie(&entered).to_owned();
    let look = |cookie: &str| service.send_admin(&get("/state").header("Cookie", cookie));
    assert_eq!(look(&session).status, 200);
    assert_eq!(look(&format!("theme=dark; {session}")).status, 200);
    look(&format!("{session}x")).expect_problem(401, "missing-credential", "/state");
    // The token itself is no cookie.
    let (name, _) = session.split_once('=').expect("a pair");
    // What other servers on this host have set stands before it.
    assert_eq!(look(&format!("{name}=theirs; name=J\u{f6}rg; {session}")).status, 200);
    look(&format!("{name}={TOKEN}")).expect_problem(401, "missing-credential", "/state");
    // A bearer that is wrong is not mended by a cookie.
    let both = get("/state").header("Cookie", &*session).header("Authorization", "Bearer x");
    service.send_admin(&both).expect_problem(401, "invalid-credential", "/state");

    let left = service.send_admin(&ask("POST", "/logout").header("Cookie", &*session));
    assert_eq!((left.status, cookie(&left)), (204, &*format!("{name}=")), "{left:?}");
    look(&session).expect_problem(401, "missing-credential", "/state");
    // A proxy in front speaks TLS.
    let secure = login(TOKEN).header("Origin", "https://localhost");
    assert!(service.send_admin(&secure).header("Set-Cookie").is_some_and(|set| set.ends_with("; Secure")));
    let log = service.log();
    assert!(log.contains("an operator has signed in") && !log.contains(TOKEN), "{log}");
    assert!(!log.contains(session.split_once('=').expect("a pair").1), "{log}");
}

#[test]
fn only_json_logs_in() {
    let service = guarded();
    let form = ask("POST", "/login").body("application/x-www-form-urlencoded", format!("token={TOKEN}"));
    service.send_admin(&form).expect_problem(415, "unsupported-media-type", "/login");
    for body in ["", "{}", "[]", "{\"token\":1}"] {
        let body = ask("POST", "/login").body("application/json", body);
        service.send_admin(&body).expect_problem(400, "bad-request", "/login");
    }
    let large = login(&"x".repeat(64 * 1024));
    service.send_admin(&large).expect_problem(413, "payload-too-large", "/login");
}

/// A page elsewhere cannot get in: neither by a name of its own that leads here, nor by asking across origins.
#[test]
fn pages_from_elsewhere_are_kept_out() {
    for service in [open(), guarded()] {
        let port = service.admin().port();
        let trusted = |ask: Ask| ask.header("Authorization", format!("Bearer {TOKEN}"));
        for path in LOOKS.iter().chain(&["/", "/page.js"]) {
            let refused = |ask: Ask| {
                service.send_admin(&trusted(ask)).expect_problem(403, "forbidden", path);
            };
            refused(get(path).host("rebound.example"));
            refused(get(path).host(&format!("rebound.example:{port}")));
            refused(get(path).host("127.0.0.1.rebound.example"));
            refused(get(path).header("Origin", "https://rebound.example"));
            refused(get(path).header("Origin", "null"));
            refused(get(path).header("Origin", format!("http://localhost:{port}")).host("127.0.0.1"));
            refused(get(path).header("Sec-Fetch-Site", "cross-site"));
            // Another port of this machine is the same site, and cookies go there.
            refused(get(path).header("Sec-Fetch-Site", "same-site"));
            assert_eq!(service.send_admin(&trusted(get(path).host("127.0.0.1"))).status, 200, "{path}");
        }
        let foreign = login(TOKEN).header("Origin", "https://rebound.example");
        service.send_admin(&foreign).expect_problem(403, "forbidden", "/login");
        let preflight = ask("OPTIONS", "/state").header("Access-Control-Request-Method", "GET");
        let preflight = service.send_admin(&preflight.header("Origin", "https://rebound.example"));
        assert_eq!((preflight.status, preflight.header("Access-Control-Allow-Origin")), (403, None));
        // A link leads to the page, which asks for itself, and not to what it shows.
        let link =
            |path| get(path).header("Sec-Fetch-Site", "cross-site").header("Sec-Fetch-Mode", "navigate");
        assert_eq!(service.send_admin(&link("/")).status, 200);
        service.send_admin(&trusted(link("/state"))).expect_problem(403, "forbidden", "/state");
        let log = service.log_when(|log| log.contains("server.admin_hosts"));
        assert_eq!(log.matches("names the host \"rebound.example\"").count(), 1, "{log}");
    }
}

#[test]
fn a_name_of_ones_own_is_permitted_by_configuration() {
    let named = || Setup::with_sessions().with_admin().config("server.admin_hosts = ['verifier.internal']");
    // Whoever comes by a name may come through a proxy.
    named().run(&["serve"]).expect_one_line(&["server.admin_token = \"\"", "server.admin_hosts", "proxy"]);
    let service = named().variable("VERIFIER_SERVER__ADMIN_TOKEN", TOKEN).start();
    let state = || get("/state").header("Authorization", format!("Bearer {TOKEN}"));
    let by = |host: &str| service.send_admin(&state().host(host)).status;
    assert_eq!((by("verifier.internal"), by("verifier.internal:9000")), (200, 200));
    assert_eq!((by("other.internal"), by("x.verifier.internal")), (403, 403));
}

#[test]
fn the_page_is_for_everybody_and_tells_nothing() {
    let service = guarded();
    for (path, media) in FILES {
        let answer = service.get_admin(path);
        assert_eq!((answer.status, answer.header("Content-Type")), (200, Some(media)), "{path}");
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("Cross-Origin-Resource-Policy"), Some("same-origin"), "{path}");
        let policy = answer.header("Content-Security-Policy").expect("a policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        service.send_admin(&ask("POST", path)).expect_problem(405, "method-not-allowed", path);
    }
    let page = service.get_admin("/").body;
    let is_inline = |word: &str| word.contains('=') && (word.starts_with("on") || word.starts_with("style"));
    assert!(!page.split_whitespace().any(is_inline), "inline styles and scripts do not run");
    let looked = service.send_admin(&get("/state").header("Authorization", format!("Bearer {TOKEN}")));
    assert_eq!(looked.header("Cache-Control"), Some("no-store"), "{looked:?}");
    assert_eq!(looked.header("Content-Security-Policy"), Some("default-src 'none'; frame-ancestors 'none'"));
}

#[test]
fn the_state_tells_what_readiness_does_not() {
    let service = Setup::with_sessions()
        .with_admin()
        .variable("VERIFIER_STRATEGIES", "jwt,session_table")
        .variable("BETTER_AUTH_URL", "http://127.0.0.1:9")
        .variable("VERIFIER_SESSION_TABLE__CACHE__MAX_AGE", "1m")
        .start();
    let fed = |state: &Value| state["strategies"][1]["freshness"]["feeds"][0]["state"] == "listening";
    let state = until("the feed", || Some(service.get_admin("/state").expect_no_null().json()).filter(fed));
    let [jwt, table] = state["strategies"].as_array().expect("a list").as_slice() else { panic!("{state}") };
    assert_eq!((&jwt["name"], &jwt["state"]), (&json!("jwt"), &json!("unavailable")));
    let keys = &jwt["parts"][0]["keys"];
    assert!(keys["keys"] == 0 && keys.get("ageSeconds").is_none(), "{state}");
    assert!(keys["failure"].as_str().is_some_and(|failure| failure.contains("cannot be fetched")), "{state}");
    assert_eq!((&table["name"], &table["state"]), (&json!("session_table"), &json!("ready")));
    let parts = &table["parts"][0];
    assert_eq!(parts["cache"]["maxAgeSeconds"], 60.0, "{state}");
    assert_eq!(parts["guard"], json!({ "open": false, "openings": 0, "underWay": 0, "waiting": 0 }));
    assert!(state["connections"]["most"].as_u64().is_some_and(|most| most > 0), "{state}");
    assert_eq!(state["tokenNeeded"], false);
    let limits: Vec<_> =
        state["limits"].as_array().expect("a list").iter().map(|limit| &limit["name"]).collect();
    assert_eq!(limits, ["client", "user", "failed", "pages"]);
    assert!(state["limits"][0]["requests"].is_u64() && state["limits"][3]["bytes"].is_u64(), "{state}");
    assert_eq!(state["limits"][0]["refused"], 0);
}

#[test]
fn verdicts_are_shown_and_never_a_token() {
    let service = open();
    let news = |after: u64| service.get_admin(&format!("/verdicts?after={after}")).expect_no_null().json();
    // Nobody watched: of those who pass none is kept.
    assert_eq!(service.send(&get("/api/me").by(ANN)).status, 200);
    let refused = service.send(&get("/api/me?secret=1").by(EXPIRED));
    let first = news(0);
    let [verdict] = first["verdicts"].as_array().expect("a list").as_slice() else { panic!("{first}") };
    let expected = json!({
        "number": 1, "at": verdict["at"], "verdict": "refused", "cause": "expired", "strategy": "session_table",
        "carrier": "authorization", "client": "127.0.0.1", "requestId": refused.header("X-Request-Id"),
        "request": "GET /api/me", "detail": "refused: expired",
    });
    assert_eq!(verdict, &expected);
    // Now somebody watches.
    assert_eq!(service.send(&get("/api/me").by(ANN)).status, 200);
    assert_eq!(service.get("/api/public").status, 200);
    let next = news(1);
    let seen: Vec<_> = next["verdicts"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|verdict| (verdict["verdict"].as_str(), verdict["user"].as_str(), verdict["number"].as_u64()))
        .collect();
    assert_eq!(seen, [(Some("verified"), Some("ann"), Some(2)), (Some("guest"), None, Some(3))], "{next}");
    assert_eq!((news(3)["verdicts"].clone(), news(3)["last"].clone()), (json!([]), json!(3)));
    let text = service.get_admin("/verdicts?after=0").body;
    assert!(!text.contains(ANN) && !text.contains(EXPIRED) && !text.contains("secret"), "{text}");
}

/// A proxy on this machine comes from loopback, with the whole world behind it.
#[test]
fn without_a_token_no_proxy_is_answered() {
    let service = open();
    for (name, value) in [
        ("X-Forwarded-For", "10.0.0.1"),
        ("Forwarded", "for=10.0.0.1"),
        ("Via", "1.1 proxy"),
        ("X-Real-IP", "10.0.0.1"),
    ] {
        for path in LOOKS {
            let refused = service.send_admin(&get(path).header(name, value));
            refused.expect_problem(403, "forbidden", path);
            assert!(refused.body.contains("server.admin_token"), "{refused:?}");
        }
        service.send_admin(&login(TOKEN).header(name, value)).expect_problem(403, "forbidden", "/login");
    }
    let log = service.log_when(|log| log.contains("comes through a proxy"));
    assert_eq!(log.matches("comes through a proxy").count(), 1, "{log}");
    // With one it may stand behind a proxy.
    let service = guarded();
    let proxied = get("/state").header("X-Forwarded-For", "10.0.0.1");
    assert_eq!(service.send_admin(&proxied.header("Authorization", format!("Bearer {TOKEN}"))).status, 200);
}

#[test]
fn strangers_keep_no_connection() {
    let service = guarded();
    for stranger in [get("/state"), get("/state").host("rebound.example"), login("wrong")] {
        let mut connection = Connection::open(service.admin());
        let answer = connection.send(&stranger);
        assert_eq!(answer.header("Connection"), Some("close"), "{answer:?}");
        connection.read_to_close();
    }
}

/// A name as long as a head has room for would fill the log.
#[test]
fn a_long_host_is_logged_short() {
    let service = open();
    let host = format!("{}.example", "x".repeat(4000));
    service.send_admin(&get("/state").host(&host)).expect_problem(403, "forbidden", "/state");
    let log = service.log_when(|log| log.contains("server.admin_hosts"));
    assert!(log.contains(&"x".repeat(200)) && !log.contains(&"x".repeat(300)), "{log}");
}

/// Fifty sockets that say nothing fill the 32 places, for longer than the test waits. They give way to whoever asks, also to one
/// with the same address: operators may all come by one tunnel.
#[test]
fn silent_connections_give_way_at_once() {
    const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
    let service = Setup::bare().with_admin().config("server.header_timeout = '1m'").start();
    for operator in [Ipv4Addr::LOCALHOST, STRANGER] {
        let _silent: Vec<_> = (0..50)
            .map(|_| {
                let mut silent = Connection::open_from(STRANGER, service.admin());
                silent.write("GET / HTTP/1.1\r\nHost: ");
                silent
            })
            .collect();
        let began = Instant::now();
        for _ in 0..5 {
            assert_eq!(Connection::open_from(operator, service.admin()).send(&get("/state")).status, 200);
        }
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    }
    let line = service.log_when(|log| log.contains("that server.admin_listen permits"));
    assert!(line.contains("all 32 connections"), "{line}");
}

/// Nor does a body that never comes hold a place for long.
#[test]
fn bodies_that_never_come_give_way() {
    let service = Setup::bare().with_admin().config("server.header_timeout = '1m'").start();
    let bodiless =
        ask("POST", "/login").header("Content-Type", "application/json").header("Content-Length", "100");
    let mut slow: Vec<_> = (0..32).map(|_| Connection::open(service.admin())).collect();
    for connection in &mut slow {
        assert!(connection.write(bodiless.text()));
    }
    // Two seconds of patience, and then those behind go.
    let state = || {
        let mut connection = Connection::open(service.admin());
        connection.write(get("/state").text());
        connection.read(false).ok().filter(|answer| answer.status == 200)
    };
    let began = Instant::now();
    until("an operator's turn", state);
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
}

/// Nobody holds the listener up with heads that never end.
#[test]
fn silent_connections_are_closed() {
    let service = Setup::bare().with_admin().config("server.header_timeout = '300ms'").start();
    let mut silent: Vec<_> = (0..40).map(|_| Connection::open(service.admin())).collect();
    for connection in &mut silent {
        assert!(connection.write("GET / HTTP/1.1\r\nHost: "));
    }
    assert_eq!(service.get_admin("/state").status, 200);
    for connection in &mut silent {
        connection.read_to_close();
    }
}
