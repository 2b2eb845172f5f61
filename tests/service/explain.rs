//! `explain`, asked about sessions and tokens of today.

use chrono::Utc;
use serde_json::Value;

use crate::parts::{
    auth::{ANN, BOB, EXPIRED, SECRET, cookie, cookie_cache, execute, signed, signed_with},
    fake::BetterAuth,
    service::{Finished, Setup},
};

const SHARED: &str = "a-shared-secret-of-the-tests-0123456789";

/// What it says of this text, as JSON.
#[track_caller]
fn explained(setup: Setup, text: &str) -> Value {
    let finished = setup.stdin(text).run(&["explain", "--json"]);
    assert_hidden(&finished);
    serde_json::from_str(&finished.expect_code(0).stdout).expect("JSON")
}

#[track_caller]
fn assert_hidden(finished: &Finished) {
    for hidden in [ANN, BOB, EXPIRED, SECRET, SHARED] {
        assert!(!finished.stdout.contains(hidden) && !finished.stderr.contains(hidden), "{finished:?}");
    }
}

/// A configuration that finds sessions in a SQLite file, with a cache and everything else that a service has.
fn with_sessions() -> Setup {
    Setup::with_sessions().variable("VERIFIER_SESSION_TABLE__CACHE__MAX_AGE", "1h")
}

fn outcome(said: &Value) -> (&str, Option<&str>) {
    (said["verdict"]["outcome"].as_str().expect("an outcome"), said["verdict"]["cause"].as_str())
}

#[test]
fn each_form_of_input_is_judged_as_its_request_would_be() {
    let line = cookie(ANN);
    let (name, value) = line.split_once('=').expect("a cookie");
    for input in [
        signed(ANN),
        value.to_owned(),
        format!("Authorization: Bearer {}", signed(ANN)),
        format!("bearer {}", signed(ANN)),
        format!("X-Session-Token: {}", signed(ANN)),
        format!("Cookie: theme=dark; {line}"),
        line.clone(),
        format!("GET http://api.example/api/me HTTP/1.1\r\nHost: api.example\r\nCookie: {line}\r\n\r\n"),
        format!("curl 'https://api.example/api/me' \\\r\n  -H 'accept: */*' \\\r\n  -b $'{name}={value}'"),
    ] {
        let said = explained(with_sessions(), &input);
        assert_eq!(outcome(&said), ("verified", None), "{input}: {said:#}");
        assert_eq!(said["identity"]["userId"], "ann", "{said:#}");
        assert_eq!(said["strategies"][0]["claims"], true, "{said:#}");
    }
}

#[test]
fn the_cause_is_named_with_what_to_do() {
    for (input, cause, words) in [
        (signed(EXPIRED), "expired", "has expired"),
        (signed("NobodysTokenNobodysTokenNobodysT"), "unknown-session", "no such session"),
        (signed_with("another secret", ANN), "bad-signature", "another secret"),
        (ANN.to_owned(), "unclaimed", "better_auth.raw_tokens = true"),
        ("Basic YW5uOnBhc3M=".to_owned(), "other-scheme", "another scheme than Bearer"),
        (format!("Authorization: Bearer {ANN} {ANN}"), "malformed-request", "exactly one token"),
        (
            format!("GET / HTTP/1.1\nAuthorization: Bearer {ANN}\nAuthorization: Bearer {BOB}"),
            "malformed-request",
            "repeated",
        ),
        ("x-api-key: mk_1".to_owned(), "unclaimed", "an API key"),
        (
            format!("POST /api/todos HTTP/1.1\nOrigin: https://evil.example\nCookie: {}", cookie(ANN)),
            "untrusted-origin",
            "https://evil.example",
        ),
        ("Cookie: theme=dark".to_owned(), "missing-credential", "Nothing is presented"),
        (
            format!("Cookie: {}", cookie(ANN).replace("better-auth.", "my-app.")),
            "missing-credential",
            "my-app.session_token",
        ),
        (format!("Cookie: {}; {}", cookie(ANN), cookie(BOB)), "ambiguous-cookie", "different values"),
        (format!("Cookie: {}", cookie_cache(ANN)), "missing-credential", ""),
    ] {
        let said = explained(with_sessions(), &input);
        let verdict = &said["verdict"];
        assert_eq!(verdict["cause"], cause, "{input}: {said:#}");
        let all = verdict.to_string();
        assert!(all.contains(words), "{input}: {words}: {said:#}");
    }
}

#[test]
fn a_plain_cookie_over_https_is_the_commonest_mistake_and_has_its_remedy() {
    let setup = with_sessions().config("better_auth.url = 'https://auth.example.test'");
    let said = explained(setup, &format!("Cookie: {}", cookie(ANN)));
    assert_eq!(outcome(&said), ("missing", Some("missing-credential")), "{said:#}");
    let verdict = said["verdict"].to_string();
    for word in [
        "better-auth.session_token",
        "__Secure-better-auth.session_token",
        "better_auth.url",
        "allow_plain_cookie",
    ] {
        assert!(verdict.contains(word), "{word}: {said:#}");
    }
}

/// Anybody can write a name: it is worth adding only if Better Auth itself has signed it.
#[test]
fn an_issuer_is_recommended_only_where_a_published_key_signed_it() {
    let better_auth = BetterAuth::start();
    let named = better_auth.url().replace("127.0.0.1", "localhost");
    let token = better_auth.jwt("ann", Utc::now().timestamp());
    let said = |text: &str| {
        let setup = Setup::bare().config(&format!("better_auth.url = '{named}'"));
        let said = explained(setup, text);
        assert_eq!(outcome(&said), ("refused", Some("wrong-issuer")), "{said:#}");
        said["verdict"].to_string()
    };
    let genuine = said(&token);
    assert!(
        genuine.contains("A published key of your Better Auth has signed")
            && genuine.contains("or add the name"),
        "{genuine}"
    );
    assert!(!genuine.contains("UNVERIFIED"), "{genuine}");
    let (head, _) = token.rsplit_once('.').expect("a signature");
    let forged = said(&format!("{head}.{}", "A".repeat(86)));
    assert!(forged.contains("UNVERIFIED") && !forged.contains("or add the name"), "{forged}");
}

#[test]
fn a_secret_with_a_line_end_is_recognised() {
    let setup = Setup::with_sessions().variable("BETTER_AUTH_SECRET", &format!("{SECRET}\n"));
    let said = explained(setup, &signed(ANN));
    assert_eq!(outcome(&said), ("refused", Some("bad-signature")), "{said:#}");
    assert!(said["verdict"]["meaning"].as_str().is_some_and(|text| text.contains("line end")), "{said:#}");
}

#[test]
fn a_banned_user_is_said_to_be_one() {
    let setup = with_sessions();
    execute(
        setup.folder(),
        r#"alter table "user" add "banned" integer; update "user" set "banned" = 1 where "id" = 'ann'"#,
    );
    let said = explained(setup, &signed(ANN));
    assert_eq!(outcome(&said), ("refused", Some("banned")), "{said:#}");
    let failed = said["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .find(|step| step["outcome"] == "failed")
        .expect("a step");
    assert_eq!(
        (&failed["what"], &failed["found"]),
        (&"user not banned".into(), &"a ban without an end".into())
    );
}

#[test]
fn why_each_strategy_does_not_claim_it() {
    let setup = with_sessions()
        .config("shared_secret.secret = 'a-shared-secret-of-the-tests-0123456789'")
        .variable("VERIFIER_STRATEGIES", "jwt,shared_secret,session_table,get_session");
    let said = explained(setup, &signed(ANN));
    let claims: Vec<_> = said["strategies"].as_array().expect("strategies").iter().collect();
    let because = |at: usize| claims[at]["because"].as_str().unwrap_or_default();
    assert_eq!(claims.len(), 4, "{said:#}");
    assert!(
        because(0).contains("a signed session token") && because(0).contains("a JWT in authorization"),
        "{said:#}"
    );
    assert!(because(1).contains("a JWT signed with HS256"), "{said:#}");
    assert_eq!((claims[2]["claims"].as_bool(), because(2)), (Some(true), ""), "{said:#}");
    assert!(because(3).contains("not asked, as session_table has decided"), "{said:#}");
}

#[test]
fn what_it_says_of_itself_is_marked_and_holds_no_token() {
    let better_auth = BetterAuth::start();
    let token = better_auth.jwt("ann", chrono::Utc::now().timestamp());
    let setup = |text: &str| {
        let setup = Setup::bare().config(&format!("better_auth.url = '{}'", better_auth.url()));
        setup.stdin(text)
    };
    let said = setup(&token).run(&["explain"]);
    let text = &said.expect_code(0).stdout;
    assert!(
        text.contains("UNVERIFIED") && text.contains("key-of-the-tests") && text.contains("iss"),
        "{text}"
    );
    assert!(text.contains("verified by jwt. The answer is 200"), "{text}");
    for part in token.split('.') {
        assert!(!text.contains(part), "{text}");
    }
    // What a stranger writes can neither forge a line nor change the terminal.
    let forged = format!(
        "eyJhbGciOiJFZERTQSIsImtpZCI6IlxuVmVyZGljdCB2ZXJpZmllZFx1MDAxYlszMW0ifQ.e30.{}",
        "A".repeat(86)
    );
    let said = setup(&forged).run(&["explain"]);
    let text = &said.expect_code(0).stdout;
    assert!(!text.contains("\nVerdict verified") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn profiles_say_what_they_would_answer() {
    let setup = || {
        with_sessions()
            .config("[forward_auth.profiles.default]")
            .config("[forward_auth.profiles.admin]")
            .config("require = ['verified_email', 'role:admin']")
            .config("[forward_auth.profiles.open]")
            .config("optional = true")
    };
    let statuses = |said: &Value| -> Vec<(String, u64)> {
        let profiles = said["profiles"].as_array().expect("profiles").iter();
        profiles
            .map(|one| {
                (one["profile"].as_str().expect("a name").into(), one["status"].as_u64().expect("a status"))
            })
            .collect()
    };
    let all = |admin: u64, default: u64, open: u64| {
        vec![("admin".to_owned(), admin), ("default".to_owned(), default), ("open".to_owned(), open)]
    };
    let said = explained(setup(), &signed(ANN));
    assert_eq!(statuses(&said), all(403, 200, 200), "{said:#}");
    let policies = &said["profiles"][0]["policies"];
    assert_eq!((&policies[0]["permits"], &policies[1]["permits"]), (&true.into(), &false.into()), "{said:#}");
    assert!(policies[1]["because"].is_string(), "{said:#}");
    assert_eq!(statuses(&explained(setup(), "Cookie: theme=dark")), all(401, 401, 200));
    assert_eq!(statuses(&explained(setup(), &signed(EXPIRED))), all(401, 401, 401));
    let elsewhere = format!("GET / HTTP/1.1\nOrigin: https://evil.example\nCookie: {}", cookie(ANN));
    let said = explained(setup(), &elsewhere);
    assert_eq!(outcome(&said), ("verified", None), "a GET is safe for this service's own routes");
    assert_eq!(statuses(&said), all(403, 403, 403), "{said:#}");
}

#[test]
fn an_outage_is_explained_and_not_a_fault() {
    let setup =
        Setup::bare().config("strategies = ['get_session']").config("better_auth.url = 'http://127.0.0.1:9'");
    let said = explained(setup, &signed(ANN));
    assert_eq!((outcome(&said).0, &said["verdict"]["status"]), ("undecidable", &503.into()), "{said:#}");
    assert!(said["verdict"].to_string().contains("127.0.0.1:9/api/auth/get-session"), "{said:#}");
}

#[test]
fn faults_are_one_line_and_exit_1() {
    let without_tables = Setup::bare()
        .config("strategies = ['session_table']")
        .config(&format!("better_auth.secret = '{SECRET}'"))
        .config("session_table.database_url = 'sqlite://empty.db'")
        .config("log.level = 'error'");
    std::fs::write(without_tables.folder().join("empty.db"), "").expect("a file");
    for (setup, text, words) in [
        (with_sessions(), "", &["standard input", "Cookie or Authorization"][..]),
        (with_sessions(), "what is this", &["standard input", "curl line"]),
        (with_sessions(), "GET / HTTP/1.1\nbroken", &["line 2"]),
        (with_sessions().config("log.format = 'xml'"), "a", &["log.format"]),
        (without_tables, "a", &["session_table.database_url", "\"session\""]),
    ] {
        setup.stdin(text).run(&["explain"]).expect_one_line(words);
    }
    with_sessions().run(&["explain", &signed(ANN)]).expect_code(2);
    with_sessions().run(&["explain", "--at", "yesterday"]).expect_code(2);
}

#[test]
fn nothing_is_written_where_nothing_is() {
    let setup = Setup::with_sessions()
        .config("revocation.persist = true")
        .variable("VERIFIER_DATABASE__URL", "sqlite://own.db?mode=rwc")
        .stdin(&signed(ANN));
    let finished = setup.run(&["explain", "--json"]);
    let said: Value = serde_json::from_str(&finished.expect_code(0).stdout).expect("JSON");
    assert!(!setup.folder().join("own.db").exists());
    assert!(said["remarks"].to_string().contains("database.url"), "{said:#}");
    assert_eq!(outcome(&said), ("verified", None), "a session in the table has no cut-off: {said:#}");
}

#[test]
fn a_cut_off_that_is_kept_counts() {
    let better_auth = BetterAuth::start();
    let setup = Setup::empty()
        .config("server.listen = '127.0.0.1:0'")
        .config("todos.enabled = false")
        .config("database.url = 'sqlite://own.db?mode=rwc'")
        .config("revocation.persist = true")
        .config(&format!("better_auth.url = '{}'", better_auth.url()));
    setup.run(&["migrate"]).expect_code(0);
    let token = better_auth.jwt("ann", chrono::Utc::now().timestamp() - 10);
    let setup = setup.stdin(&token);
    let said = |setup: &Setup| -> Value {
        serde_json::from_str(&setup.run(&["explain", "--json"]).expect_code(0).stdout).expect("JSON")
    };
    assert_eq!(outcome(&said(&setup)), ("verified", None));
    crate::parts::auth::execute_in(
        setup.folder(),
        "own.db",
        &format!(
            "insert into verifier_cut_off (user_id, cut_off_at) values ('ann', {})",
            chrono::Utc::now().timestamp_millis()
        ),
    );
    let said = said(&setup);
    assert_eq!(outcome(&said), ("refused", Some("revoked")), "{said:#}");
    assert!(
        said["verdict"]["meaning"].as_str().is_some_and(|text| text.contains("signed out everywhere")),
        "{said:#}"
    );
}
