use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::parts::{
    auth::{ANN, BOB, EXPIRED, cookie, signed, signed_with},
    client::{Answer, Ask, ask, get},
    fake::BetterAuth,
    service::{Service, Setup},
};

const PATH: &str = "/api/public";

/// A window so long that nothing comes back while a test runs.
const THREE: &str = "{ requests = 3, window = '1h' }";

/// How many a user may create in a minute.
const NEW_TODOS: u128 = 120;

fn new_todo() -> Ask {
    ask("POST", "/api/todos").json(&json!({ "title": "one more" }))
}

fn limited(of: &str, trusted: &str) -> Service {
    Setup::with_sessions()
        .config(&format!("rate_limit.{of} = {THREE}"))
        .config(&format!("server.trusted_proxies = {trusted}"))
        .start()
}

fn from(client: &str) -> Ask {
    get(PATH).header("X-Forwarded-For", client)
}

/// How many of ten requests are let through.
fn passing(service: &Service, ask: &Ask) -> usize {
    (0..10).filter(|_| service.send(ask).status == 200).count()
}

#[track_caller]
fn expect_limited(answer: &Answer, limit: &str) {
    answer.expect_problem(429, "rate-limited", PATH).expect_not_stored();
    let wait: u32 = answer.header("Retry-After").and_then(|wait| wait.parse().ok()).expect("seconds");
    // Three in an hour is one in twenty minutes.
    assert!((1..=1200).contains(&wait), "{answer:?}");
    assert_eq!(answer.header("RateLimit"), Some(format!("\"{limit}\";r=0;t={wait}").as_str()));
    assert_eq!(answer.header("RateLimit-Policy"), Some(format!("\"{limit}\";q=3;w=3600").as_str()));
}

#[test]
fn r1_a_client_over_its_limit_is_told_when_to_return() {
    let service = limited("client", "[]");
    for _ in 0..3 {
        assert_eq!(service.get(PATH).status, 200);
    }
    expect_limited(&service.get(PATH), "client");
    // Before any other work: who it is does not matter.
    expect_limited(&service.send(&get(PATH).by(ANN)), "client");
}

#[test]
fn r1_who_waits_as_told_is_let_through() {
    let service = Setup::bare().config("rate_limit.client = { requests = 2, window = '2s' }").start();
    let answer = loop {
        let answer = service.get(PATH);
        if answer.status == 429 {
            break answer;
        }
    };
    let wait = answer.header("Retry-After").and_then(|wait| wait.parse().ok()).expect("seconds");
    sleep(Duration::from_secs(wait));
    assert_eq!(service.get(PATH).status, 200);
}

#[test]
fn r2_a_forged_header_has_no_effect() {
    let service = limited("client", "[]");
    let passed = (0..10).filter(|number| service.send(&from(&format!("192.0.2.{number}"))).status == 200);
    assert_eq!(passed.count(), 3);
}

#[test]
fn r2_the_client_is_the_rightmost_who_is_not_trusted() {
    let service = limited("client", "['127.0.0.1/32', '10.0.0.0/8']");
    assert_eq!(passing(&service, &from("198.51.100.1")), 3);
    // The same client, whatever it writes before its own address and however many trusted proxies stand behind it.
    assert_eq!(passing(&service, &from("203.0.113.7, 198.51.100.1, 10.1.2.3")), 0);
    assert_eq!(passing(&service, &from("203.0.113.8, 198.51.100.1")), 0);
    assert_eq!(passing(&service, &from("203.0.113.9").header("X-Forwarded-For", "198.51.100.1")), 0);
    assert_eq!(passing(&service, &from("198.51.100.2")), 3);
    // Without an address of its own it is the proxy itself.
    assert_eq!(passing(&service, &get(PATH)), 3);
    assert_eq!(passing(&service, &from("unknown")), 0);
}

#[test]
fn r3_addresses_of_one_subscriber_count_together() {
    let service = limited("client", "['127.0.0.1']");
    assert_eq!(passing(&service, &from("2001:db8:1:2::1")), 3);
    assert_eq!(passing(&service, &from("2001:db8:1:2:ffff::9")), 0);
    assert_eq!(passing(&service, &from("[2001:DB8:1:2::5]:4711")), 0);
    assert_eq!(passing(&service, &from("2001:db8:1:3::1")), 3);
    assert_eq!(passing(&service, &from("192.0.2.1")), 3);
    assert_eq!(passing(&service, &from("::ffff:192.0.2.1")), 0);
}

#[test]
fn r4_a_user_is_counted_over_all_addresses() {
    let service = limited("user", "['127.0.0.1']");
    for client in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        assert_eq!(service.send(&from(client).by(ANN)).status, 200, "{client}");
    }
    expect_limited(&service.send(&from("192.0.2.4").by(ANN)), "user");
    // The same user with another carrier.
    expect_limited(&service.send(&get(PATH).header("X-Session-Token", signed(ANN))), "user");
    // Neither another user from there nor a guest.
    assert_eq!(service.send(&from("192.0.2.1").by(BOB)).status, 200);
    assert_eq!(passing(&service, &from("192.0.2.1")), 10);
}

#[test]
fn limits_can_be_switched_off() {
    let service = Setup::with_sessions()
        .config("rate_limit.enabled = false")
        .config(&format!("rate_limit.client = {THREE}"))
        .config(&format!("rate_limit.failed = {THREE}"))
        .config(&format!("rate_limit.user = {THREE}"))
        .start();
    assert_eq!(passing(&service, &get(PATH).by(ANN)), 10);
    for _ in 0..10 {
        assert_eq!(service.send(&get(PATH).by(EXPIRED)).status, 401);
    }
    let mut connection = service.connect();
    for _ in 0..NEW_TODOS + 10 {
        assert_eq!(connection.send(&new_todo().by(ANN)).status, 201);
    }
}

#[test]
fn r4_who_fails_too_often_is_kept_out_unless_the_token_is_genuine() {
    let service = limited("failed", "['127.0.0.1']");
    let forged =
        |token: &str| from("192.0.2.1").header("X-Session-Token", signed_with("another secret", token));
    // Three are permitted; the fourth is the one too many.
    for ask in [from("192.0.2.1").by(EXPIRED), from("192.0.2.1").by("nobody"), forged(ANN), forged(BOB)] {
        service.send(&ask).expect_problem(401, "invalid-credential", PATH);
    }
    for _ in 0..2 {
        expect_limited(&service.send(&forged(ANN)), "failed");
        expect_limited(&service.send(&from("192.0.2.1").header("X-Session-Token", "nonsense")), "failed");
        // Whoever shares the address with somebody who forges has a token that is genuine.
        assert_eq!(passing(&service, &from("192.0.2.1").by(BOB)), 10);
    }
    // So had whoever is signed out by now: that is found out once, whatever carrier it comes in.
    service.send(&from("192.0.2.1").by(EXPIRED)).expect_problem(401, "invalid-credential", PATH);
    for again in [
        from("192.0.2.1").by(EXPIRED),
        from("192.0.2.1").header("X-Session-Token", signed(EXPIRED)),
        from("192.0.2.1").header("Cookie", cookie(EXPIRED)),
    ] {
        expect_limited(&service.send(&again), "failed");
    }
    // Guests present nothing that could be guessed, and others are somewhere else.
    assert_eq!(passing(&service, &from("192.0.2.1")), 10);
    assert_eq!(passing(&service, &from("192.0.2.2").by(ANN)), 10);
}

#[test]
fn r4_who_was_kept_out_is_judged_again_after_the_wait() {
    let service =
        Setup::with_sessions().config("rate_limit.failed = { requests = 1, window = '2s' }").start();
    for _ in 0..2 {
        assert_eq!(service.send(&get(PATH).by(EXPIRED)).status, 401);
    }
    let forged = get(PATH).header("X-Session-Token", signed_with("another secret", ANN));
    let answer = service.send(&forged);
    answer.expect_problem(429, "rate-limited", PATH);
    let wait = answer.header("Retry-After").and_then(|wait| wait.parse().ok()).expect("seconds");
    assert!((1..=2).contains(&wait), "{answer:?}");
    sleep(Duration::from_secs(wait));
    assert_eq!(service.send(&forged).status, 401);
}

#[test]
fn r4_only_what_was_refused_is_a_failure() {
    let service = limited("failed", "[]");
    for _ in 0..5 {
        service.get("/api/me").expect_problem(401, "missing-credential", "/api/me");
        let basic = get("/api/me").header("Authorization", "Basic YW5uOnB3");
        service.send(&basic).expect_problem(401, "missing-credential", "/api/me");
        assert_eq!(service.send(&get("/api/me").header("Authorization", "Bearer")).status, 400);
        let evil = ask("DELETE", "/api/todos/1").header("Origin", "https://evil.example.test");
        assert_eq!(service.send(&evil.header("Cookie", cookie(ANN))).status, 403);
        assert_eq!(service.send(&get("/api/me").by(ANN)).status, 200);
    }
    // Nor is an outage.
    let better_auth = BetterAuth::start();
    let service = Setup::asking(&better_auth)
        .config("get_session.timeout = '50ms'")
        .config(&format!("rate_limit.failed = {THREE}"))
        .start();
    better_auth.hold();
    for _ in 0..10 {
        service.send(&get(PATH).by(ANN)).expect_problem(503, "unavailable", PATH);
    }
    better_auth.release();
}

/// What fills the table, and nothing else.
#[test]
fn r4_new_to_dos_are_limited_for_each_user() {
    let service = Setup::with_sessions().config("server.trusted_proxies = ['127.0.0.1']").start();
    let mut connection = service.connect();
    let begin = Instant::now();
    let mut count = 0;
    let (limited, last) = loop {
        let answer = connection.send(&new_todo().by(ANN));
        match answer.status {
            201 => count += 1,
            _ => break (answer, begin.elapsed()),
        }
    };
    // Two come back in each second.
    let most = NEW_TODOS + 1 + last.as_millis() / 500;
    assert!((NEW_TODOS..=most).contains(&count), "{count} in {last:?}");
    limited.expect_problem(429, "rate-limited", "/api/todos").expect_not_stored();
    assert_eq!(limited.header("Retry-After"), Some("1"));
    assert_eq!(limited.header("RateLimit"), Some(r#""new-todos";r=0;t=1"#));
    assert_eq!(limited.header("RateLimit-Policy"), Some(r#""new-todos";q=120;w=60"#));

    assert_eq!(connection.send(&new_todo().by(BOB)).status, 201);
    let todos = connection.send(&get("/api/todos?limit=1").by(ANN)).json();
    let path = format!("/api/todos/{}", todos["items"][0]["id"].as_str().expect("an id"));
    for (method, status) in [("GET", 200), ("PATCH", 200), ("DELETE", 204)] {
        let change = ask(method, &path).by(ANN).json(&json!({ "completed": true }));
        assert_eq!(connection.send(&change).status, status, "{method}");
    }
    // Wherever the user is; one may have come back meanwhile.
    let elsewhere = new_todo().by(ANN).header("X-Forwarded-For", "192.0.2.9");
    let statuses: Vec<_> = (0..10).map(|_| connection.send(&elsewhere).status).collect();
    assert!(statuses.contains(&429), "{statuses:?}");
}

/// An orchestrator that asks often must not restart a busy service, nor a monitor take it for dead.
#[test]
fn health_has_limits_of_its_own() {
    let service = limited("client", "['127.0.0.1']");
    let from = |path: &str| get(path).header("X-Forwarded-For", "192.0.2.1");
    for path in ["/health/live", "/health/ready", "/health"] {
        assert_eq!(passing(&service, &from(path)), 10, "{path}");
    }
    // Nor do monitors use up what others behind the same address may ask.
    assert_eq!(passing(&service, &from(PATH)), 3);
    let mut connection = service.connect();
    let limited = (0..5000).map(|_| connection.send(&from("/health"))).find(|answer| answer.status != 200);
    let limited = limited.expect("a limit");
    limited.expect_problem(429, "rate-limited", "/health");
    assert_eq!(limited.header("RateLimit-Policy"), Some(r#""health";q=1000;w=10"#));
    for _ in 0..2000 {
        assert_eq!(connection.send(&from("/health/live")).status, 200);
    }
}

/// A proxy that nobody has listed makes one client of all.
#[test]
fn the_log_names_a_peer_whose_header_is_not_believed_once() {
    let service = Setup::bare().start();
    for number in 0..5 {
        assert_eq!(service.send(&from(&format!("192.0.2.{number}"))).status, 200);
    }
    let log = service.log_when(|log| log.contains("server.trusted_proxies"));
    let told: Vec<_> = log.lines().filter(|line| line.contains("server.trusted_proxies")).collect();
    assert!(told.len() == 1 && told[0].contains("127.0.0.1"), "{told:?}");
    let trusting = Setup::bare().config("server.trusted_proxies = ['127.0.0.1']").start();
    assert_eq!(trusting.send(&from("192.0.2.1")).status, 200);
    assert!(!trusting.log().contains("server.trusted_proxies"), "{}", trusting.log());
}
