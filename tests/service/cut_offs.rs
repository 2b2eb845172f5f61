//! A JWT names no session: it ends when the hook tells that one of its user's has ended, or that the user has changed.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::{
    contract::expect_documented,
    parts::{
        client::{Answer, get},
        event::{Event, PATH, SECRET, Sent},
        fake::BetterAuth,
        service::{Service, Setup},
    },
};

fn hearing(better_auth: &BetterAuth) -> Setup {
    Setup::bare()
        .config(&format!("better_auth.url = '{}'", better_auth.url()))
        .config(&format!("revocation.hook_secret = '{SECRET}'"))
}

/// What it keeps survives a restart.
fn keeping(better_auth: &BetterAuth) -> Setup {
    hearing(better_auth)
        .config("revocation.persist = true")
        .config("database.url = 'sqlite://own.db?mode=rwc'")
}

fn me(service: &Service, token: &str) -> Answer {
    service.send(&get("/api/me").header("Authorization", format!("Bearer {token}")))
}

#[track_caller]
fn accepted(service: &Service, token: &str) {
    let answer = me(service, token);
    assert_eq!((answer.status, &answer.json()["strategy"]), (200, &json!("jwt")), "{answer:?}");
}

#[track_caller]
fn refused(service: &Service, token: &str) {
    let answer = me(service, token);
    answer.expect_problem(401, "invalid-credential", "/api/me");
    // So a page knows that it should fetch another.
    assert_eq!(answer.header("WWW-Authenticate"), Some(r#"Bearer error="invalid_token""#));
}

#[track_caller]
fn tell(service: &Service, kind: &str, at: DateTime<Utc>, data: &Value) {
    let answer = service.send(&Event::new(kind, at, data).ask());
    assert_eq!(answer.status, 204, "{kind}: {answer:?}");
}

fn second(of: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(of, 999_000_000).expect("an instant")
}

#[test]
fn tokens_issued_up_to_the_second_of_an_event_are_refused() {
    let better_auth = BetterAuth::start();
    let service = hearing(&better_auth).start();
    let now = Utc::now().timestamp();
    let session = json!({ "sessionId": "s1", "userId": "ann" });
    for (kind, data, at) in [
        ("session.deleted", session, now - 60),
        ("user.updated", json!({ "userId": "ann" }), now - 40),
        ("user.deleted", json!({ "userId": "ann" }), now - 20),
    ] {
        let [before, same, after, others] = [("ann", at - 1), ("ann", at), ("ann", at + 1), ("bob", at - 1)]
            .map(|(user, issued_at)| better_auth.jwt(user, issued_at));
        // They are remembered, too.
        for token in [&before, &same, &after, &others] {
            accepted(&service, token);
        }
        tell(&service, kind, second(at), &data);
        for token in [&before, &same] {
            refused(&service, token);
        }
        for token in [&after, &others] {
            accepted(&service, token);
        }
        // One that was never seen before.
        refused(&service, &better_auth.jwt("ann", at - 7));
    }
    service.log_when(|log| log.contains(r#"auth.cause="revoked""#));
}

#[test]
fn an_event_that_comes_late_takes_nothing_back() {
    let better_auth = BetterAuth::start();
    let service = hearing(&better_auth).start();
    let now = Utc::now().timestamp();
    let token = better_auth.jwt("ann", now - 30);
    let user = json!({ "userId": "ann" });
    tell(&service, "user.updated", second(now - 20), &user);
    tell(&service, "session.deleted", second(now - 50), &json!({ "sessionId": "s0", "userId": "ann" }));
    refused(&service, &token);
    accepted(&service, &better_auth.jwt("ann", now - 19));
}

#[test]
fn a_session_that_changed_ends_no_token() {
    let better_auth = BetterAuth::start();
    let service = hearing(&better_auth).start();
    let now = Utc::now();
    let token = better_auth.jwt("ann", now.timestamp() - 5);
    accepted(&service, &token);
    tell(&service, "session.updated", now, &json!({ "sessionId": "s1", "userId": "ann" }));
    accepted(&service, &token);
}

/// Compared byte for byte.
#[test]
fn users_are_told_apart() {
    let better_auth = BetterAuth::start();
    let service = hearing(&better_auth).start();
    let now = Utc::now().timestamp();
    let tokens = ["ann", "Ann", "ann ", "änn"].map(|user| better_auth.jwt(user, now - 5));
    tell(&service, "user.deleted", second(now), &json!({ "userId": "ann" }));
    let [ann, others @ ..] = &tokens;
    refused(&service, ann);
    for other in others {
        accepted(&service, other);
    }
}

#[test]
fn what_is_not_kept_is_forgotten_at_a_restart() {
    let better_auth = BetterAuth::start();
    let mut service = hearing(&better_auth).start();
    service.log_when(|log| log.contains("revocation.persist = false: after a restart"));
    let now = Utc::now().timestamp();
    let token = better_auth.jwt("ann", now - 5);
    tell(&service, "user.updated", second(now), &json!({ "userId": "ann" }));
    refused(&service, &token);
    service.restart();
    accepted(&service, &token);
}

#[test]
fn what_is_kept_survives_a_restart() {
    let better_auth = BetterAuth::start();
    let setup = keeping(&better_auth);
    setup.run(&["migrate"]).expect_code(0);
    let mut service = setup.start();
    let now = Utc::now().timestamp();
    let [before, after, others] =
        [("ann", now - 11), ("ann", now - 9), ("bob", now - 11)].map(|(user, at)| better_auth.jwt(user, at));
    // Of several the latest counts, in whichever order they come.
    let user = json!({ "userId": "ann" });
    for at in [now - 20, now - 10, now - 30] {
        tell(&service, "user.updated", second(at), &user);
    }
    for _ in 0..2 {
        refused(&service, &before);
        for token in [&after, &others] {
            accepted(&service, token);
        }
        service.restart();
    }
    // Killed, there is no time to write anything.
    tell(&service, "user.updated", second(now), &user);
    service.signal("KILL");
    service.wait();
    service.start_again();
    refused(&service, &after);
    accepted(&service, &others);
}

#[test]
fn a_store_needs_its_table() {
    let better_auth = BetterAuth::start();
    // To-dos or not: `bare` has none.
    let setup = keeping(&better_auth).variable("RUST_LOG", "error");
    setup.run(&["serve"]).expect_one_line(&[
        "database.url",
        "better-auth-verifier migrate",
        "revocation.persist",
    ]);
    setup.run(&["migrate"]).expect_code(0);
    setup.run(&["migrate"]).expect_code(0);
    let service = setup.variable("RUST_LOG", "info").start();
    accepted(&service, &better_auth.jwt("ann", Utc::now().timestamp()));
    assert_eq!(service.get("/api/todos").status, 404);

    let without = hearing(&better_auth).run(&["migrate"]);
    without.expect_one_line(&["todos.enabled", "revocation.persist"]);
}

/// Who was cut off cannot be known: neither good nor bad.
#[test]
fn h4_a_store_out_of_reach_decides_nothing() {
    let better_auth = BetterAuth::start();
    let service = hearing(&better_auth)
        .config("revocation.persist = true")
        .config("database.url = 'postgres://todo:hunter2-swordfish@127.0.0.1:9/todo'")
        .config("log.level = 'debug'")
        .start();
    let now = Utc::now().timestamp();
    let token = better_auth.jwt("ann", now - 5);
    let answer = me(&service, &token);
    answer.expect_problem(503, "unavailable", "/api/me");
    assert!(answer.header("Retry-After").is_some(), "{answer:?}");
    service.get("/health/ready").expect_problem(503, "unavailable", "/health/ready");
    assert_eq!(service.get("/health/live").status, 200);
    // What is forged is seen to be without it.
    refused(&service, &token.replace('.', ".A"));

    // It takes effect although it cannot be kept, and is asked for again.
    let event = Event::new("user.updated", second(now), &json!({ "userId": "ann" }));
    for _ in 0..2 {
        let answer = service.send(&event.ask());
        expect_documented(answer.expect_problem(503, "unavailable", PATH), "post", PATH);
        assert!(answer.header("Retry-After").is_some(), "{answer:?}");
    }
    refused(&service, &token);
    me(&service, &better_auth.jwt("bob", now)).expect_problem(503, "unavailable", "/api/me");
    assert!(!service.log().contains("hunter2"), "{}", service.log());
}
