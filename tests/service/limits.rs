use crate::parts::{
    auth::{ANN, BOB},
    client::{Answer, Ask, get},
    service::{Service, Setup},
};

const PATH: &str = "/api/public";

/// A window so long that nothing comes back while a test runs.
const THREE: &str = "{ requests = 3, window = '1h' }";

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
    std::thread::sleep(std::time::Duration::from_secs(wait));
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
    expect_limited(
        &service.send(&get(PATH).header("X-Session-Token", crate::parts::auth::signed(ANN))),
        "user",
    );
    // Neither another user from there nor a guest.
    assert_eq!(service.send(&from("192.0.2.1").by(BOB)).status, 200);
    assert_eq!(passing(&service, &from("192.0.2.1")), 10);
}

#[test]
fn limits_can_be_switched_off() {
    let service = Setup::with_sessions()
        .config("rate_limit.enabled = false")
        .config(&format!("rate_limit.client = {THREE}"))
        .config(&format!("rate_limit.user = {THREE}"))
        .start();
    assert_eq!(passing(&service, &get(PATH).by(ANN)), 10);
}

/// A monitor that asks often must not take the service for dead, nor an orchestrator restart it.
#[test]
fn health_is_never_limited() {
    let service = limited("client", "[]");
    for path in ["/health/live", "/health/ready", "/health"] {
        assert_eq!(passing(&service, &get(path)), 10, "{path}");
    }
    // Nor do monitors use up what others behind the same address may ask.
    assert_eq!(passing(&service, &get(PATH)), 3);
}
