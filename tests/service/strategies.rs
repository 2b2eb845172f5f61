//! What `serve` says of its strategies when it starts, and what it refuses to start with.

use serde_json::json;

use crate::parts::{
    auth::{ANN, SECRET, cookie, cookie_cache, create_databases, signed},
    client::get,
    service::{Service, Setup},
};

const SHARED: &str = "a-shared-secret-of-the-tests-0123456789";
const HIDDEN: &str = "hunter2-swordfish-hunter2-swordfish";

/// The warnings that begin with a key; others are about who is out of reach.
fn warnings(service: &Service, key: &str) -> Vec<String> {
    let log = service.log();
    let begins = format!(" WARN {key}");
    log.lines().filter(|line| line.contains(&begins)).map(str::to_owned).collect()
}

#[track_caller]
fn refused(lines: &[&str], words: &[&str]) {
    let setup = lines.iter().fold(Setup::bare(), |setup, line| setup.config(line));
    setup.run(&["serve"]).expect_one_line(words);
}

#[test]
fn a_cookie_cache_after_what_looks_sessions_up_is_a_warning() {
    let setup = |strategies: &str| {
        let setup = Setup::bare()
            .config(&format!("strategies = {strategies}"))
            .config(&format!("better_auth.secret = '{SECRET}'"))
            .config("session_table.database_url = 'sqlite://auth.db'");
        create_databases(setup.folder());
        setup.start()
    };
    for first in ["session_table", "get_session"] {
        let warnings = warnings(&setup(&format!("['jwt', '{first}', 'session_cookie_cache']")), "strategies");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("session_cookie_cache is never asked"), "{warnings:?}");
        assert!(warnings[0].contains(first), "{warnings:?}");
    }
    for fine in
        ["['session_cookie_cache', 'session_table']", "['jwt', 'session_cookie_cache']", "['get_session']"]
    {
        assert_eq!(warnings(&setup(fine), "strategies"), [""; 0], "{fine}");
    }
}

#[test]
fn a_shared_secret_that_is_better_auths_own_is_a_warning() {
    let start = |secret: &str| {
        let setup =
            Setup::bare().config("strategies = ['shared_secret']").variable("BETTER_AUTH_SECRET", SECRET);
        setup.config(&format!("shared_secret.secret = '{secret}'")).start()
    };
    let warned = start(SECRET);
    let warnings = warnings(&warned, "shared_secret");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("Better Auth's own"), "{warnings:?}");
    assert!(!warned.log().contains(SECRET));
    assert_eq!(self::warnings(&start(SHARED), "shared_secret"), [""; 0]);
}

#[test]
fn two_that_claim_the_same_are_said_in_the_log() {
    let setup = Setup::bare().config("strategies = ['session_table', 'get_session']");
    create_databases(setup.folder());
    let setup = setup.config("session_table.database_url = 'sqlite://auth.db'");
    let log = setup.config(&format!("better_auth.secret = '{SECRET}'")).start().log();
    assert!(log.contains("get_session is never asked"), "{log}");
}

#[test]
fn what_a_strategy_needs_is_named() {
    let secret = format!("better_auth.secret = '{SECRET}'");
    for kind in ["session_table", "session_cookie_cache"] {
        refused(&[&format!("strategies = ['{kind}']")], &["better_auth.secret", "BETTER_AUTH_SECRET", kind]);
    }
    let storage = "strategies = ['secondary_storage']";
    refused(&[storage, &secret], &["secondary_storage.url", "REDIS_URL"]);
    refused(
        &[storage, "secondary_storage.url = 'redis://127.0.0.1:9'"],
        &["better_auth.secret", "secondary_storage"],
    );
    refused(
        &[
            storage,
            &secret,
            "secondary_storage.url = 'redis://127.0.0.1:9'",
            "secondary_storage.preserve_session_in_database = true",
        ],
        &["secondary_storage.preserve_session_in_database", "store_session_in_database"],
    );
    refused(&["strategies = ['shared_secret']"], &["shared_secret.secret", "VERIFIER_SHARED_SECRET__SECRET"]);
    refused(&["identity.session_fields = ['theme', 'token']"], &["identity.session_fields", "token"]);
    refused(&["identity.user_fields = ['credits:integer']"], &["identity.user_fields", "credits:number"]);
}

#[test]
fn a_listed_field_that_the_tables_lack_is_named_with_the_key_that_mends_it() {
    let setup =
        Setup::with_sessions().config("identity.user_fields = ['plan']").variable("RUST_LOG", "error");
    setup.run(&["serve"]).expect_one_line(&["session_table.naming", ".columns", "\"plan\"", "emailVerified"]);
    let setup =
        Setup::with_sessions().config("session_table.user_table = 'users'").variable("RUST_LOG", "error");
    setup.run(&["serve"]).expect_one_line(&[
        "session_table.database_url",
        ".user_table",
        "\"users\"",
        "user",
    ]);
}

#[test]
fn o2_a_redis_beyond_loopback_is_encrypted() {
    let with = |url: &str| {
        Setup::bare()
            .config("strategies = ['secondary_storage']")
            .config(&format!("better_auth.secret = '{SECRET}'"))
            .variable("REDIS_URL", url)
    };
    let finished = with(&format!("redis://user:{HIDDEN}@redis.example:6379/0")).run(&["serve"]);
    finished.expect_one_line(&[
        "secondary_storage.url",
        "redis.example",
        "rediss",
        "better_auth.allow_insecure",
    ]);
    assert!(!finished.stderr.contains(HIDDEN), "{finished:?}");
    with("rediss://redis.example:6379").start();
    with("redis://[::1]:9").start();
    let service = with(&format!("redis://:{HIDDEN}@10.255.255.1:6379"))
        .config("better_auth.allow_insecure = true")
        .start();
    assert_eq!(warnings(&service, "secondary_storage.url goes unencrypted").len(), 1, "{}", service.log());
    assert!(!service.log().contains(HIDDEN));
}

#[test]
fn secrets_of_the_new_sections_are_never_printed() {
    for line in [
        format!("shared_secret.secret = ['{HIDDEN}']"),
        format!("shared_secret.secret = '{HIDDEN}"),
        format!("shared_secret.secrt = '{HIDDEN}'"),
        format!("shared_secret.older_secrets = '{HIDDEN}'"),
        format!("shared_secret.older_secrets = ['{HIDDEN}', '{}']", &HIDDEN[..20]),
        format!("shared_secret.secret = '{}'", &HIDDEN[..31]),
        format!("secondary_storage.url = 'redis://user:{HIDDEN}@'"),
        format!("secondary_storage.url = 'http://user:{HIDDEN}@localhost'"),
        format!("secondary_storage.url = 'redis://user:{HIDDEN}@localhost/not-a-number'"),
        format!("secondary_storage.url = 'redis://user:a/{HIDDEN}@localhost'"),
        format!("secondary_storage.url = '{HIDDEN}'"),
        format!("secondary_storage.url = 7\nbetter_auth.secret = ['{HIDDEN}']"),
    ] {
        let finished = Setup::empty().config(&line).run(&["serve"]);
        finished.expect_code(1);
        assert!(!finished.stderr.contains(&HIDDEN[..20]), "{line}: {finished:?}");
    }
    for name in ["REDIS_URL", "VERIFIER_SECONDARY_STORAGE__URL", "BETTER_AUTH_SECRETS"] {
        let finished = Setup::empty().variable(name, HIDDEN).run(&["serve"]);
        assert!(!finished.expect_code(1).stderr.contains(HIDDEN), "{finished:?}");
    }
}

#[test]
fn a_secret_in_the_place_of_its_section_is_not_printed_either() {
    for line in [format!("shared_secret = '{HIDDEN}'"), format!("shared_secret = ['{HIDDEN}']")] {
        let finished = Setup::empty().config(&line).run(&["serve"]);
        finished.expect_one_line(&["shared_secret", "a table"]);
        assert!(!finished.stderr.contains(HIDDEN), "{line}: {finished:?}");
    }
}

#[test]
fn h4_a_redis_out_of_reach_keeps_nobody_from_starting() {
    let service = Setup::bare()
        .config("strategies = ['secondary_storage']")
        .config(&format!("better_auth.secret = '{SECRET}'"))
        .config(&format!("secondary_storage.url = 'redis://user:{HIDDEN}@127.0.0.1:9/3'"))
        .config("secondary_storage.timeout = '500ms'")
        .config("log.level = 'trace'")
        .start();
    assert_eq!(service.get("/health/live").status, 200);
    service.get("/health/ready").expect_problem(503, "unavailable", "/health/ready");
    let answer = service.send(&get("/api/me").by(ANN));
    answer.expect_problem(503, "unavailable", "/api/me");
    assert!(answer.header("Retry-After").is_some(), "{answer:?}");
    // Without a good signature nobody is asked.
    let forged = get("/api/me").header("X-Session-Token", signed("other").replace("other", ANN));
    service.send(&forged).expect_problem(401, "invalid-credential", "/api/me");
    assert!(!service.log().contains(HIDDEN), "{}", service.log());
}

#[test]
fn a_cookie_cache_spares_the_look_up_and_its_absence_does_not_hurt() {
    let setup = Setup::bare()
        .config("strategies = ['session_cookie_cache', 'session_table']")
        .config(&format!("better_auth.secret = '{SECRET}'"))
        .config("session_table.database_url = 'sqlite://auth.db'");
    create_databases(setup.folder());
    let service = setup.start();
    let ask = |cookies: String| service.send(&get("/api/me").header("Cookie", cookies));
    let session = cookie(ANN);
    let data = |value: &str| format!("{session}; better-auth.session_data={value}");
    let cache = cookie_cache(ANN);

    let cached = ask(data(&cache));
    let identity = cached.expect_not_stored().expect_no_null().json();
    assert_eq!(
        (&identity["user"]["id"], &identity["strategy"]),
        (&json!("cached"), &json!("session_cookie_cache"))
    );
    assert!(identity["expiresAt"].as_str() < identity["session"]["expiresAt"].as_str(), "{identity}");
    assert!(!cached.body.contains(ANN), "the token stays inside");
    let (first, second) = cache.split_at(cache.len() / 2);
    let parts = format!("better-auth.session_data.1={second}; {session}; better-auth.session_data.0={first}");
    assert_eq!(ask(parts).json(), identity);

    for without in [session.clone(), data(""), format!("{session}; better-auth.session_data.1={second}")] {
        let identity = ask(without).json();
        assert_eq!(
            (&identity["user"]["id"], &identity["strategy"]),
            (&json!("ann"), &json!("session_table"))
        );
    }
    for useless in [cookie_cache("SomebodyElsesTokenSomebodyElsesT"), cache.replace('J', "K")] {
        assert_eq!(ask(data(&useless)).json()["strategy"], "session_table");
    }
    let bearer = get("/api/me").by(ANN).header("Cookie", data(&cache));
    assert_eq!(service.send(&bearer).json()["strategy"], "session_table");
}
