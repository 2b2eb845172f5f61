//! The keys of assertions: where APIs fetch them, and how they are changed in an incident.

use std::{collections::HashSet, thread::sleep, time::Duration};

use serde_json::Value;

use crate::parts::{
    client::{Answer, ask, get},
    service::{Service, Setup},
    until,
};

const PATH: &str = "/.well-known/jwks.json";
const SECRET: &str = "swordfish-swordfish-swordfish-32";

fn setup() -> Setup {
    Setup::bare()
        .config("forward_auth.profiles.default.assertion = 'api'")
        .config(&format!("assertion.secret = '{SECRET}'"))
        .config("assertion.issuer = 'https://auth.example.test'")
        .config("database.url = 'sqlite://own.db?mode=rwc'")
}

fn started() -> Service {
    let setup = setup();
    setup.run(&["migrate"]).expect_code(0);
    setup.start()
}

#[track_caller]
fn keys(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["keys"].as_array().expect("a list").clone()
}

#[track_caller]
fn kids(service: &Service) -> HashSet<String> {
    let kid = |key: &Value| key["kid"].as_str().expect("an id").to_owned();
    keys(&service.get(PATH)).iter().map(kid).collect()
}

#[test]
fn the_key_set_may_be_kept_by_everybody() {
    let service = started();
    let answer = service.get(PATH);
    assert_eq!(answer.header("Content-Type"), Some("application/jwk-set+json"));
    assert_eq!(answer.header("Cache-Control"), Some("public, max-age=300"));
    assert_eq!(answer.header("Vary"), None, "everybody gets the same");
    assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
    let [key] = &keys(&answer)[..] else { panic!("{answer:?}") };
    let mut members: Vec<_> = key.as_object().expect("a key").keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    assert_eq!((&key["alg"], &key["use"]), (&"ES256".into(), &"sig".into()));

    let head = service.send(&ask("HEAD", PATH));
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let post = service.send(&ask("POST", PATH));
    post.expect_problem(405, "method-not-allowed", PATH);
    assert_eq!(post.header("Allow"), Some("GET, HEAD"));
}

/// The keys are the same for everybody. Whose pages may read them is not.
#[test]
fn the_key_set_says_that_it_varies_where_pages_may_read_it() {
    let origin = "https://app.example.test";
    let setup = setup().config(&format!("cors.origins = ['{origin}']"));
    setup.run(&["migrate"]).expect_code(0);
    let service = setup.start();
    for (asked, permitted) in [(origin, Some(origin)), ("https://another.example.test", None)] {
        let answer = service.send(&get(PATH).header("Origin", asked));
        keys(&answer);
        assert_eq!(answer.header("Access-Control-Allow-Origin"), permitted);
        assert_eq!(answer.header("Vary"), Some("Origin"));
    }
}

#[test]
fn without_assertions_there_is_no_key_set() {
    let without = Setup::bare();
    let refused = without.run(&["assertion-keys", "rotate"]);
    refused.expect_one_line(&["[forward_auth.profiles]", "no keys to change"]);
    without.start().get(PATH).expect_problem(404, "not-found", PATH);
}

#[test]
fn the_key_set_counts_for_the_limit_of_the_client() {
    let setup = setup()
        .config("server.trusted_proxies = ['127.0.0.1']")
        .config("rate_limit.client = { requests = 3, window = '1h' }");
    setup.run(&["migrate"]).expect_code(0);
    let service = setup.start();
    let from = |client: &str| service.send(&get(PATH).header("X-Forwarded-For", client));
    for _ in 0..3 {
        keys(&from("192.0.2.1"));
    }
    from("192.0.2.1").expect_problem(429, "rate-limited", PATH);
    keys(&from("192.0.2.2"));
}

/// Somebody who has read a key cannot be stopped otherwise.
#[test]
fn keys_are_rotated_and_withdrawn_while_the_service_runs() {
    let setup = setup().config("rate_limit.enabled = false");
    setup.run(&["migrate"]).expect_code(0);
    let mut service = setup.start();
    let first = kids(&service);
    let rotated = service.command(&["assertion-keys", "rotate"]);
    rotated.expect_code(0);
    let both = until("the new key", || Some(kids(&service)).filter(|kids| kids.len() == 2));
    assert!(both.is_superset(&first));
    let new = both.difference(&first).next().expect("a new one");
    assert!(rotated.stdout.contains(new.as_str()), "{rotated:?}");

    let withdrawn = service.command(&["assertion-keys", "withdraw"]);
    withdrawn.expect_code(0);
    let only = until("only the last", || Some(kids(&service)).filter(|kids| kids.is_disjoint(&both)));
    assert_eq!(only.len(), 1);
    assert!(withdrawn.stdout.contains(only.iter().next().expect("one").as_str()), "{withdrawn:?}");
    assert!(withdrawn.stdout.contains("refuse what the new key signs"), "{withdrawn:?}");

    service.set("VERIFIER_ASSERTION__SECRET", "another-secret-of-at-least-32-bytes");
    let another = service.command(&["assertion-keys", "rotate"]);
    another.expect_code(1);
    assert!(another.stderr.contains("database.url: assertion.secret opens none of the keys"), "{another:?}");
    let another = service.command(&["assertion-keys", "withdraw"]);
    another.expect_code(0);
    assert!(another.stderr.contains("assertion.secret opens none of the keys"), "{another:?}");
}

/// The keys stay, and are of no use to whoever has the file but not the secret.
#[test]
fn somebody_with_the_database_alone_has_no_key() {
    let mut service = started();
    let first = kids(&service);
    service.restart();
    assert_eq!(kids(&service), first);

    let file = std::fs::read(service.path("own.db")).expect("the database");
    let public = keys(&service.get(PATH))[0]["x"].as_str().expect("a coordinate").to_owned();
    for (what, octets) in [
        // An EC private key in PKCS #8 begins its curve and its version so (RFC 5915, RFC 5480).
        ("a private key", &b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"[..]),
        ("the secret", SECRET.as_bytes()),
        ("the public key", public.as_bytes()),
    ] {
        assert!(!file.windows(octets.len()).any(|part| part == octets), "{what}");
    }

    let another = "another-secret-of-at-least-32-bytes";
    service.set("VERIFIER_ASSERTION__SECRET", another);
    service.restart();
    assert!(kids(&service).is_disjoint(&first));
    let log = service.log_when(|log| log.contains("signing keys of no use"));
    assert!(log.contains("assertion.secret") && !log.contains(another), "{log}");
}

#[test]
fn while_the_keys_are_unknown_the_set_is_too() {
    let service = setup()
        .config("better_auth.allow_insecure = true")
        .variable("VERIFIER_DATABASE__URL", "postgres://todo:hunter2-swordfish@127.0.0.1:9/todo");
    let service = service.start();
    let answer = service.get(PATH);
    answer.expect_problem(503, "unavailable", PATH);
    assert!(answer.header("Retry-After").is_some(), "{answer:?}");
    // It tries again every second, and says so once.
    sleep(Duration::from_millis(2500));
    let log = service.log();
    assert_eq!(log.matches("cannot read its signing keys").count(), 1, "{log}");
    assert!(!log.contains("hunter2"), "{log}");
}
