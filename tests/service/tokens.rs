//! The command `token`, and the service that believes what it mints.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::parts::{
    client::{Answer, get},
    service::{Finished, Service, Setup},
};

const SHARED: &str = "a-shared-secret-of-the-tests-0123456789";

fn minting() -> Setup {
    Setup::bare().config(&format!("shared_secret.secret = '{SHARED}'"))
}

fn believing() -> Setup {
    minting().config("strategies = ['shared_secret']")
}

/// The token: all that a run has written.
#[track_caller]
fn token(finished: &Finished) -> String {
    finished.expect_code(0);
    assert_eq!(finished.stderr, "", "{finished:?}");
    let token = finished.stdout.strip_suffix('\n').expect("a line");
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    assert!(token.bytes().all(is_token) && token.split('.').count() == 3, "{finished:?}");
    token.to_owned()
}

fn access(setup: &Setup) -> String {
    token(&setup.run(&["token", "access", "--subject", "billing"]))
}

fn refresh(setup: &Setup) -> String {
    token(&setup.run(&["token", "refresh", "--subject", "billing", "--role", "reporter"]))
}

fn exchange(setup: Setup, refresh_token: &str) -> Finished {
    setup.stdin(refresh_token).run(&["token", "exchange"])
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a payload");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).expect("base64url")).expect("JSON")
}

fn lifetime(token: &str) -> i64 {
    let claims = claims(token);
    claims["exp"].as_i64().expect("an end") - claims["iat"].as_i64().expect("a beginning")
}

#[track_caller]
fn me(service: &Service, token: &str) -> Answer {
    service.send(&get("/api/me").header("Authorization", format!("Bearer {token}")))
}

#[track_caller]
fn expect_refused(service: &Service, token: &str) {
    me(service, token).expect_problem(401, "invalid-credential", "/api/me");
}

#[test]
fn an_access_token_proves_who_is_calling() {
    let setup = minting();
    let arguments = [
        "token",
        "access",
        "--subject",
        "billing",
        "--name",
        "Bills & Co",
        "--email",
        "bills@example.test",
        "--role",
        "reporter,admin",
    ];
    let token = token(&setup.run(&arguments));
    let service = believing().start();
    let answer = me(&service, &token);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.expect_no_null();
    let identity = answer.json();
    let user = json!({ "id": "billing", "email": "bills@example.test", "emailVerified": false, "name": "Bills & Co",
                       "role": "reporter,admin" });
    assert_eq!(identity["user"], user);
    assert_eq!((&identity["strategy"], identity.get("session")), (&json!("shared_secret"), None));
    let by_header = service.send(&get("/api/me").header("X-Session-Token", &token));
    assert_eq!(by_header.json(), identity);
    expect_refused(&service, &format!("{token}x"));
}

#[test]
fn a_refresh_token_buys_access_tokens_and_proves_nothing() {
    let refresh_token = refresh(&minting());
    let service = believing().start();
    expect_refused(&service, &refresh_token);
    for text in [refresh_token.clone(), format!("{refresh_token}\n"), format!("  {refresh_token}\r\n")] {
        let access_token = token(&exchange(minting(), &text));
        assert_eq!(lifetime(&access_token), 15 * 60);
        let answer = me(&service, &access_token);
        assert_eq!((answer.status, &answer.json()["user"]["role"]), (200, &json!("reporter")), "{answer:?}");
        // An access token buys nothing.
        let finished = exchange(minting(), &access_token);
        finished.expect_one_line(&["standard input", "wrong-token-type"]);
        assert_eq!(finished.stdout, "");
    }
}

#[test]
fn what_is_no_refresh_token_is_refused_in_one_line_that_does_not_quote_it() {
    let other = Setup::bare().config("shared_secret.secret = 'another-secret-of-the-tests-0123456789'");
    let forged = refresh(&other);
    let past = minting().config("shared_secret.leeway = '0s'");
    for (text, cause) in [
        ("", "malformed"),
        ("hunter2", "malformed"),
        ("hunter2.hunter2.hunter2", "malformed"),
        (&forged, "bad-signature"),
    ] {
        let finished = exchange(minting(), text);
        finished.expect_one_line(&["standard input", cause]);
        assert_eq!(finished.stdout, "");
        assert!(!finished.stderr.contains("hunter2") && !finished.stderr.contains(&forged), "{finished:?}");
    }
    let short = token(&past.run(&["token", "refresh", "--subject", "billing", "--lifetime", "1s"]));
    let end = claims(&short)["exp"].as_u64().expect("an end");
    crate::parts::until("the end of the token", || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
        (now > end).then_some(())
    });
    exchange(past, &short).expect_one_line(&["standard input", "expired"]);
}

#[test]
fn tokens_live_as_long_as_configured_or_asked_for() {
    let setup = minting();
    assert_eq!(lifetime(&access(&setup)), 15 * 60);
    assert_eq!(lifetime(&refresh(&setup)), 30 * 86_400);
    for kind in ["access", "refresh"] {
        let arguments = ["token", kind, "--subject", "billing", "--lifetime", "1h 30m"];
        assert_eq!(lifetime(&token(&setup.run(&arguments))), 90 * 60);
    }
    let refresh_token = refresh(&setup);
    let exchanged = minting().stdin(&refresh_token).run(&["token", "exchange", "--lifetime", "10s"]);
    assert_eq!(lifetime(&token(&exchanged)), 10);
    let configured = minting()
        .config("shared_secret.access_lifetime = '2m'")
        .variable("VERIFIER_SHARED_SECRET__REFRESH_LIFETIME", "2h");
    assert_eq!(lifetime(&access(&configured)), 120);
    assert_eq!(lifetime(&refresh(&configured)), 7200);
}

#[test]
fn without_a_secret_the_key_is_named() {
    for command in [
        &["token", "access", "--subject", "x"][..],
        &["token", "refresh", "--subject", "x"],
        &["token", "exchange"],
    ] {
        let finished = Setup::empty().run(command);
        finished.expect_one_line(&["shared_secret.secret", "VERIFIER_SHARED_SECRET__SECRET"]);
        assert_eq!(finished.stdout, "");
    }
    let short = "hunter2-hunter2-hunter2-hunter2";
    let finished = Setup::empty().variable("VERIFIER_SHARED_SECRET__SECRET", short).run(&[
        "token",
        "access",
        "--subject",
        "x",
    ]);
    finished.expect_one_line(&["VERIFIER_SHARED_SECRET__SECRET", "32 bytes"]);
    assert!(!finished.stderr.contains("hunter2"), "{finished:?}");
}

#[test]
fn wrong_usage_exits_2_and_mints_nothing() {
    for arguments in [
        &["token"][..],
        &["token", "bearer"],
        &["token", "access"],
        &["token", "access", "--subject"],
        &["token", "access", "--subject", ""],
        &["token", "access", "billing"],
        &["token", "access", "--subject", "x", "--lifetime", "0s"],
        &["token", "access", "--subject", "x", "--lifetime", "999ms"],
        &["token", "access", "--subject", "x", "--lifetime", "366days"],
        &["token", "access", "--subject", "x", "--lifetime", "soon"],
        &["token", "access", "--subject", "x", "--lifetime", "-1s"],
        // Secrets are never taken from argv, and a refresh token is one.
        &["token", "access", "--subject", "x", "--secret", SHARED],
        &["token", "exchange", "a.b.c"],
        &["token", "exchange", "--refresh-token", "a.b.c"],
        &["token", "exchange", "--subject", "x"],
    ] {
        let finished = minting().run(arguments);
        finished.expect_code(2);
        assert_eq!(finished.stdout, "", "{arguments:?}");
        assert!(finished.stderr.contains("--help"), "{finished:?}");
    }
}

#[test]
fn a_token_that_cannot_be_written_is_one_line() {
    minting().full_stdout().run(&["token", "access", "--subject", "x"]).expect_one_line(&["No space left"]);
}

#[test]
fn warnings_go_beside_the_token_and_never_into_it() {
    let setup = minting().variable("VERIFIER_SHARED_SECRET__SECRETT", "x").config("log.level = 'trace'");
    let finished = setup.run(&["token", "access", "--subject", "x"]);
    finished.expect_code(0);
    assert!(finished.stderr.contains("VERIFIER_SHARED_SECRET__SECRETT is unknown"), "{finished:?}");
    assert_eq!(finished.stdout.lines().count(), 1);
    assert_eq!(finished.stdout.split('.').count(), 3);
    assert!(!finished.stderr.contains(SHARED) && !finished.stderr.contains(finished.stdout.trim()));
}

#[test]
fn issuer_and_audience_are_written_and_held_to() {
    let named =
        || minting().config("shared_secret.issuer = 'billing'").config("shared_secret.audience = 'api'");
    let named_token = access(&named());
    assert_eq!(claims(&named_token)["iss"], "billing");
    assert_eq!(claims(&named_token)["aud"], "api");
    let plain_token = access(&minting());
    assert_eq!((claims(&plain_token).get("iss"), claims(&plain_token).get("aud")), (None, None));

    let service = named().config("strategies = ['shared_secret']").start();
    assert_eq!(me(&service, &named_token).status, 200);
    expect_refused(&service, &plain_token);
    // A token for somebody else's audience is not for a service that names none.
    let service = believing().start();
    assert_eq!(me(&service, &plain_token).status, 200);
    expect_refused(&service, &named_token);
}

#[test]
fn an_older_secret_verifies_while_a_new_one_is_rolled_out() {
    let old = access(&minting());
    let rotated = Setup::bare()
        .config("strategies = ['shared_secret']")
        .config("shared_secret.secret = 'the-next-secret-of-the-tests-0123456789'")
        .config(&format!("shared_secret.older_secrets = ['{SHARED}']"));
    let new = access(&rotated);
    let service = rotated.start();
    assert_eq!(me(&service, &old).status, 200);
    assert_eq!(me(&service, &new).status, 200);
    let behind = believing().start();
    expect_refused(&behind, &new);
}

#[test]
fn a_refused_token_is_logged_by_its_cause_and_never_itself() {
    let refresh_token = refresh(&minting());
    let access_token = access(&minting());
    let service = believing().config("log.level = 'trace'").start();
    expect_refused(&service, &refresh_token);
    assert_eq!(me(&service, &access_token).status, 200);
    let log = service.log_when(|log| log.contains("wrong-token-type") && log.contains("verified"));
    for token in [&refresh_token, &access_token] {
        let signature = token.rsplit('.').next().expect("a signature");
        assert!(!log.contains(&**token) && !log.contains(signature), "{log}");
    }
    assert!(!log.contains(SHARED));
}
