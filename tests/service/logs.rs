use std::time::{Duration, Instant};

use serde_json::Value;

use crate::parts::{
    auth::{ANN, EXPIRED, cookie, signed, signed_with},
    client::get,
    fake::BetterAuth,
    service::{Service, Setup},
};

/// Each line, which is one object.
#[track_caller]
fn lines(log: &str) -> Vec<Value> {
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn json(level: &str) -> Service {
    Setup::with_sessions().config("log.format = 'json'").config(&format!("log.level = '{level}'")).start()
}

/// The line about the judgement of the request of this name.
#[track_caller]
fn line_about(service: &Service, id: &str) -> Value {
    let is_it = |line: &str| line.contains(id) && line.contains("auth.cause");
    let log = service.log_when(|log| log.lines().any(is_it));
    lines(&log).into_iter().find(|line| is_it(&line.to_string())).expect("a line")
}

#[test]
fn o4_a_refusal_is_a_line_of_json_with_its_cause() {
    let service = json("info");
    for (ask, cause, carrier) in [
        (get("/api/me").by(EXPIRED), "expired", "authorization"),
        (get("/api/me").by("nobody"), "unknown-session", "authorization"),
        (get("/api/me").header("X-Session-Token", signed_with("other", ANN)), "bad-signature", "header"),
        (get("/api/me").header("Cookie", cookie(EXPIRED)), "expired", "cookie"),
    ] {
        let answer = service.send(&ask);
        let id = answer.json()["requestId"].as_str().expect("a name").to_owned();
        let line = line_about(&service, &id);
        assert_eq!(line["level"], "INFO", "{line}");
        assert_eq!(line["auth.strategy"], "session_table", "{line}");
        assert_eq!(line["auth.cause"], cause, "{line}");
        assert_eq!(line["auth.carrier"], carrier, "{line}");
        assert_eq!(line["client"], "127.0.0.1", "{line}");
        assert_eq!(line["target"], "better_auth_verifier::audit", "{line}");
        assert_eq!(line["requestId"], id.as_str(), "{line}");
        assert_eq!((&line["method"], &line["path"]), (&"GET".into(), &"/api/me".into()), "{line}");
        assert!(line["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')), "{line}");
    }
}

#[test]
fn who_is_let_in_is_logged_at_debug_only() {
    let service = json("info");
    assert_eq!(service.send(&get("/api/me").by(ANN)).status, 200);
    // The line that follows shows that the first one will not come.
    service.send(&get("/api/me").by(EXPIRED));
    let log = service.log_when(|log| log.contains("expired"));
    assert!(lines(&log).iter().all(|line| line["message"] != "verified"), "{log}");

    let service = json("debug");
    service.send(&get("/api/me").by(ANN));
    let log = service.log_when(|log| log.contains("\"verified\""));
    let line = lines(&log).into_iter().find(|line| line["message"] == "verified").expect("the line");
    assert_eq!((&line["level"], &line["auth.strategy"]), (&"DEBUG".into(), &"session_table".into()));
    assert_eq!(line["user.id"], "ann");
}

#[test]
fn an_outage_is_a_warning() {
    let better_auth = BetterAuth::start();
    let service = Setup::asking(&better_auth)
        .config("get_session.timeout = '200ms'")
        .config("log.format = 'json'")
        .start();
    better_auth.hold();
    let id = service.send(&get("/api/me").by(ANN)).json()["requestId"].as_str().expect("a name").to_owned();
    let line = line_about(&service, &id);
    assert_eq!((&line["level"], &line["auth.strategy"]), (&"WARN".into(), &"get_session".into()), "{line}");
    assert!(!line.to_string().contains(ANN), "{line}");
    better_auth.release();
}

#[test]
fn c6_no_token_is_ever_logged() {
    let better_auth = BetterAuth::start();
    let asking = Setup::asking(&better_auth).config("log.level = 'trace'").start();
    let reading = Setup::with_sessions().config("log.level = 'trace'").start();
    for service in [asking, reading] {
        for token in [ANN, EXPIRED, "TokenOfNobodyTokenOfNobody"] {
            for path in ["/api/me", "/api/public"] {
                service.send(&get(path).by(token));
                service.send(&get(path).header("X-Session-Token", signed(token)));
                service.send(&get(path).header("Cookie", cookie(token)));
                service.send(&get(path).header("Authorization", format!("Bearer {token} {token}")));
                service.send(&get(path).header("Authorization", format!("Basic {token}")));
                service.send(&get(path).header("x-api-key", token));
            }
        }
        let log = service.log();
        assert!(log.contains("DEBUG"), "{log}");
        for token in [ANN, EXPIRED, "TokenOfNobodyTokenOfNobody"] {
            let signature = signed(token).split_once('.').expect("a signature").1[..20].to_owned();
            let line = log.lines().find(|line| line.contains(token) || line.contains(&signature));
            assert_eq!(line, None);
        }
    }
}

#[test]
fn a_flood_of_one_cause_is_counted() {
    let service = json("info");
    let ask = get("/api/me").by(EXPIRED);
    let mut connection = service.connect();
    let begin = Instant::now();
    for _ in 0..50 {
        assert_eq!(connection.send(&ask).status, 401);
    }
    let flood = begin.elapsed();
    // Another cause is not drowned in it.
    service.send(&get("/api/me").by("nobody"));
    let of_cause = |log: &str, cause: &str| -> (Vec<u64>, usize) {
        let lines = lines(log).into_iter().filter(|line| line["auth.cause"] == cause);
        let (counted, single): (Vec<_>, Vec<_>) = lines.partition(|line| !line["suppressed"].is_null());
        (counted.iter().filter_map(|line| line["suppressed"].as_u64()).collect(), single.len())
    };
    let log = service.log_when(|log| {
        let (counted, single) = of_cause(log, "expired");
        single as u64 + counted.iter().sum::<u64>() == 50
    });
    let (counted, single) = of_cause(&log, "expired");
    // On a slow machine it may take more than the one second that is counted together.
    if flood < Duration::from_millis(900) {
        assert_eq!((counted, single), (vec![40], 10), "{log}");
    }
    assert_eq!(of_cause(&log, "unknown-session"), (vec![], 1), "{log}");
}

/// O4: what a client writes stays inside its field.
#[test]
fn what_clients_write_cannot_forge_a_line() {
    for setup in [Setup::bare().config("log.format = 'json'"), Setup::bare()] {
        let service = setup.config("log.level = 'debug'").start();
        let before = service.log().lines().count();
        service.get("/%0a%1b[31mforged\u{85}/x");
        service.get("/x?%0aforged");
        let log = service.log_when(|log| log.matches("answered").count() == 2);
        assert!(!log.contains('\u{1b}'), "{log}");
        assert!(
            log.lines().skip(before).all(|line| line.starts_with('{') || line.starts_with("20")),
            "{log}"
        );
    }
}

/// Whoever reads the log may go away; the service stays.
#[test]
fn a_log_that_cannot_be_written_does_not_stop_the_service() {
    let service = Setup::with_sessions().variable("RUST_LOG", "debug").start_without_log();
    for _ in 0..3 {
        service.send(&get("/api/me").by(EXPIRED)).expect_problem(401, "invalid-credential", "/api/me");
        assert_eq!(service.get("/health/live").status, 200);
    }
}
