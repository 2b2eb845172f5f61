//! The commonest mistakes of a configuration: each has one line above info that names it and what to do.

use std::{
    fs,
    io::{BufReader, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use chrono::Utc;
use serde_json::Value;

use crate::parts::{
    auth::{ANN, EXPIRED, SECRET, cookie, signed_with},
    client::get,
    fake::{BetterAuth, request_line},
    service::{Service, Setup},
    until,
};

/// The warnings with this in them.
fn warnings(log: &str, word: &str) -> Vec<String> {
    let lines = log.lines().filter(|line| line.contains(" WARN ") && line.contains(word));
    lines.map(str::to_owned).collect()
}

/// There is one such line, with all of these words.
#[track_caller]
fn expect_once(service: &Service, word: &str, words: &[&str]) {
    let log = service.log_when(|log| log.contains(word));
    let lines = warnings(&log, word);
    assert_eq!(lines.len(), 1, "{log}");
    for word in words {
        assert!(lines[0].contains(word), "{word}: {log}");
    }
}

#[test]
fn a_session_cookie_of_another_name() {
    for (setup, found, words) in [
        (
            Setup::with_sessions().config("better_auth.url = 'https://auth.example.test'"),
            cookie(ANN),
            &["__Secure-better-auth.session_token", "better_auth.url", "better_auth.allow_plain_cookie"][..],
        ),
        (
            Setup::with_sessions().config("better_auth.cookie_prefix = 'my-app'"),
            cookie(ANN),
            &["my-app.session_token", "set better_auth.cookie_prefix = \"better-auth\""],
        ),
        // One that has nothing of Better Auth in its name, and a session token with its signature as value.
        (
            Setup::with_sessions(),
            cookie(ANN).replace("better-auth.session_token", "sid"),
            &["\"sid\"", "set better_auth.cookie_name = \"sid\""],
        ),
    ] {
        let service = setup.start();
        for _ in 0..3 {
            service.send(&get("/api/me").header("Cookie", found.as_str())).expect_problem(
                401,
                "missing-credential",
                "/api/me",
            );
            assert_eq!(service.send(&get("/api/public").header("Cookie", found.as_str())).status, 200);
        }
        expect_once(&service, "arrived, but only", words);
        assert!(!service.log().contains(ANN));
    }
    let right = Setup::with_sessions().start();
    assert_eq!(
        right.send(&get("/api/me").header("Cookie", format!("theme=dark; {}", cookie(ANN)))).status,
        200
    );
    assert_eq!(right.send(&get("/api/public").header("Cookie", "theme=dark")).status, 200);
    assert!(!right.log().contains("arrived, but only"), "{}", right.log());
    // The plugin multiSession signs cookies, too, and has session tokens in their names.
    let multi = cookie(ANN).replace("_token=", "_token_multi-0123456789abcdefghijklmnopqrstuv=");
    let fresh = Setup::with_sessions().start();
    assert_eq!(fresh.send(&get("/api/public").header("Cookie", multi)).status, 200);
    assert_eq!(fresh.send(&get("/api/me").by(ANN)).status, 200);
    assert!(!fresh.log().contains("multi-"), "{}", fresh.log());
}

#[test]
fn another_store() {
    let unknown = || {
        let token = signed_with(SECRET, "nobodyssession0123456789abcdefgh");
        get("/api/me").header("Authorization", format!("Bearer {token}"))
    };
    let service = Setup::with_sessions().start();
    for _ in 0..3 {
        service.send(&unknown()).expect_problem(401, "invalid-credential", "/api/me");
    }
    let words = ["session_table.database_url", "session_table.schema", "since the start"];
    expect_once(&service, "belongs to no session in the store", &words);
    // Where sessions are found, the store is the right one and an unknown session has ended.
    let right = Setup::with_sessions().start();
    assert_eq!(right.send(&get("/api/me").by(ANN)).status, 200);
    right.send(&unknown());
    right.log_when(|log| log.contains("unknown-session"));
    assert!(warnings(&right.log(), "belongs to no session in the store").is_empty(), "{}", right.log());
}

#[test]
fn another_secret() {
    let service = Setup::with_sessions().start();
    let forged =
        || get("/api/me").header("Authorization", format!("Bearer {}", signed_with("another secret", ANN)));
    for _ in 0..3 {
        service.send(&forged()).expect_problem(401, "invalid-credential", "/api/me");
    }
    expect_once(&service, "BETTER_AUTH_SECRET", &["better_auth.secret", "explain", "since the start"]);
    // Where sessions are verified, the secret is right and a bad signature is everyday life.
    let right = Setup::with_sessions().start();
    assert_eq!(right.send(&get("/api/me").by(ANN)).status, 200);
    right.send(&forged());
    right.log_when(|log| log.contains("bad-signature"));
    assert!(warnings(&right.log(), "BETTER_AUTH_SECRET").is_empty(), "{}", right.log());
}

#[test]
fn another_issuer() {
    let better_auth = BetterAuth::start();
    let named = better_auth.url().replace("127.0.0.1", "localhost");
    let service = Setup::bare().config(&format!("better_auth.url = '{named}'")).start();
    let token = better_auth.jwt("ann", Utc::now().timestamp());
    service.log_when(|log| log.contains("ready"));
    for _ in 0..3 {
        service.send(&get("/api/me").header("Authorization", format!("Bearer {token}"))).expect_problem(
            401,
            "invalid-credential",
            "/api/me",
        );
    }
    expect_once(
        &service,
        "Better Auth signs tokens that are refused",
        &["`iss`", &better_auth.url(), &named, "better_auth.url", "jwt.issuers"],
    );
    // What others have signed says nothing of Better Auth.
    let (head, _) = token.rsplit_once('.').expect("a signature");
    let other = Setup::bare().config(&format!("better_auth.url = '{named}'")).start();
    other.log_when(|log| log.contains("ready"));
    other.send(&get("/api/me").header("Authorization", format!("Bearer {head}.{}", "A".repeat(86))));
    other.log_when(|log| log.contains("wrong-issuer"));
    assert!(warnings(&other.log(), "Better Auth signs tokens").is_empty(), "{}", other.log());
}

/// A Better Auth that starts later than this service is no fault: it is asked for a sign of life, and nothing is looked into yet.
#[test]
fn a_better_auth_that_still_starts_is_only_asked_whether_it_is_there() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = asked.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let line = request_line(&mut BufReader::new(&mut stream));
            heard.lock().expect("unpoisoned").extend(line);
            let _ = stream.write_all(
                b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            );
        }
    });
    let service = Setup::bare().config(&format!("better_auth.url = '{url}'")).start();
    let signs = || asked.lock().expect("unpoisoned").iter().filter(|line| line.contains("/ok")).count();
    until("a second sign of life", || (signs() >= 2).then_some(()));
    let asked = asked.lock().expect("unpoisoned");
    let is_meant =
        |line: &&String| line.starts_with("GET /api/auth/ok ") || line.starts_with("GET /api/auth/jwks ");
    assert!(asked.iter().all(|line| is_meant(&line)), "{asked:?}");
    assert!(!service.log().contains("doctor: "), "{}", service.log());
}

#[test]
fn what_is_out_of_reach_is_named_with_its_key() {
    const HIDDEN: &str = "hunter2-swordfish";
    let service = Setup::bare()
        .config("strategies = ['session_table']")
        .config(&format!("better_auth.secret = '{SECRET}'"))
        .config(&format!("session_table.database_url = 'postgres://ann:{HIDDEN}@127.0.0.1:9/auth'"))
        .start();
    let log = service.log_when(|log| log.contains("not ready yet"));
    let lines = warnings(&log, "not ready yet");
    for word in ["session_table.database_url", "127.0.0.1:9/auth", "503", "efused"] {
        assert!(lines[0].contains(word), "{word}: {log}");
    }
    assert!(!log.contains(HIDDEN) && !log.contains("pool timed out"), "{log}");
}

#[test]
fn a_limit_is_named_with_its_key() {
    let service =
        Setup::with_sessions().config("rate_limit.failed.requests = 1").config("log.format = 'json'").start();
    for _ in 0..4 {
        service.send(&get("/api/me").by(EXPIRED));
    }
    let log = service.log_when(|log| log.contains("\"limited\""));
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let line = lines.iter().find(|line| line["auth.cause"] == "limited").expect("a line");
    assert!(line["hint"].as_str().is_some_and(|hint| hint.contains("rate_limit.failed")), "{line}");
}

#[test]
fn mistakes_in_a_configuration_are_warnings() {
    let setup = Setup::with_sessions()
        .config("better_auth.cookie_prefix = '__Secure-better-auth'")
        .variable("VERIFIER_BETTER_AUTH__SECRET", "a short one");
    // The file says where the service's own tables are: that variable is Better Auth's.
    let file = "export DATABASE_URL=postgres://ann:hunter2@db/auth\nREDIS_URL=\nOTHER=x\nBETTER_AUTH_URL = http://a\n";
    fs::write(setup.folder().join(".env"), file).expect("a file");
    fs::write(setup.folder().join(".env.production"), "FRONTEND=x\nVERIFIER_CORS__ORIGINS=x\n")
        .expect("a file");
    let log = setup.start().log();
    for (word, words) in [
        ("better_auth.cookie_prefix", &["\"__Secure-better-auth\"", "\"better-auth\""][..]),
        ("better_auth.secret has", &["11 bytes", "32"]),
        (".env here", &["so BETTER_AUTH_URL from it", "export"]),
        (".env.production here", &["so VERIFIER_CORS__ORIGINS from it"]),
    ] {
        let lines = warnings(&log, word);
        assert_eq!(lines.len(), 1, "{word}: {log}");
        for word in words {
            assert!(lines[0].contains(word), "{word}: {log}");
        }
    }
    assert!(!log.contains("hunter2") && !log.contains("a short one") && !log.contains("REDIS_URL"), "{log}");
    let right = Setup::with_sessions().start().log();
    for word in ["better_auth.cookie_prefix", "better_auth.secret has", ".env"] {
        assert!(warnings(&right, word).is_empty(), "{word}: {right}");
    }
}

#[test]
fn migrate_says_what_it_did_and_serve_makes_no_file() {
    let setup = Setup::empty()
        .config("server.listen = '127.0.0.1:0'")
        .variable("VERIFIER_DATABASE__URL", "sqlite://own.db?mode=rwc");
    let refused = setup.run(&["serve"]);
    refused.expect_one_line(&["database.url", "own.db", "migrate"]);
    assert!(!setup.folder().join("own.db").exists(), "a start in another folder leaves nothing behind");
    for _ in 0..2 {
        let finished = setup.run(&["migrate"]);
        assert!(
            finished.expect_code(0).stdout.contains("database.url: the service's own tables are there"),
            "{finished:?}"
        );
    }
}
