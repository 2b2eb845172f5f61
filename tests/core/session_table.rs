//! The session table on SQLite, with tokens that a real Better Auth signed.

use better_auth_verifier::{Credential, SessionTable, Strategy};
use chrono::{TimeDelta, Utc};
use serde_json::Value;

use crate::parts::{
    bearer, chain, outcome,
    session_database::{SessionDatabase, stored},
    vector::{self, text},
};

/// A database in which the vector's session lives.
async fn signed_in(vector: &Value) -> SessionDatabase {
    let database = SessionDatabase::new().await;
    insert(&database, vector).await;
    database
}

async fn insert(database: &SessionDatabase, vector: &Value) {
    let (user, session) = (text(vector, "/getSession/user/id"), text(vector, "/sessionRow/id"));
    database.sign_in(user, session, text(vector, "/token")).await;
}

async fn strategy(database: &SessionDatabase, vector: &Value) -> SessionTable {
    database.strategy(text(vector, "/secret")).await
}

fn cookie(vector: &Value, value: &str) -> Credential {
    Credential::cookie(text(vector, "/cookieName"), value)
}

fn one() -> Value {
    vector::all("session-cookie").remove(0).1
}

#[tokio::test]
async fn c1_signed_tokens_verify_in_every_form_that_better_auth_hands_out() {
    for (file, vector) in vector::all("session-cookie") {
        let database = signed_in(&vector).await;
        let chain = chain(strategy(&database, &vector).await);
        let (wire, decoded) = (text(&vector, "/wire"), text(&vector, "/decoded"));
        let verified = format!("verified {}", text(&vector, "/getSession/user/id"));
        for credential in [
            cookie(&vector, wire),
            cookie(&vector, decoded),
            cookie(&vector, &format!("\"{wire}\"")),
            bearer(text(&vector, "/setAuthToken")),
            bearer(wire),
            Credential::header(wire),
        ] {
            assert_eq!(outcome(&chain, &credential).await, verified, "{file} {}", credential.token());
        }
        let identity = chain.judge(&cookie(&vector, wire)).await.verdict.expect("verified");
        assert_eq!(identity.strategy, "session_table");
        assert_eq!(identity.session.expect("a session").id.as_deref(), Some(text(&vector, "/sessionRow/id")));
    }
}

#[tokio::test]
async fn c1_no_changed_character_verifies() {
    for (file, vector) in vector::all("session-cookie") {
        let database = signed_in(&vector).await;
        let chain = chain(strategy(&database, &vector).await.with_raw_tokens(true));
        for changed in vector::changed(text(&vector, "/decoded")) {
            for credential in [bearer(&changed), cookie(&vector, &changed)] {
                let outcome = outcome(&chain, &credential).await;
                assert!(outcome.starts_with("refused"), "{file} {changed}: {outcome}");
            }
        }
        for changed in vector::changed(text(&vector, "/wire")) {
            let verdict = chain.judge(&cookie(&vector, &changed)).await.verdict;
            assert!(verdict.is_err(), "{file} {changed}");
        }
    }
}

#[tokio::test]
async fn c1_a_signature_by_another_secret_is_refused() {
    for (file, vector) in vector::all("session-cookie") {
        let database = signed_in(&vector).await;
        let other = format!("{} ", text(&vector, "/secret"));
        let chain = chain(database.strategy(other.as_str()).await);
        let outcome = outcome(&chain, &cookie(&vector, text(&vector, "/wire"))).await;
        assert_eq!(outcome, "refused: bad-signature", "{file}");
    }
}

#[tokio::test]
async fn c1_a_signed_constant_of_better_auth_is_no_session() {
    // The cookie `dont_remember` is signed by the same secret.
    let vectors = vector::all("session-cookie");
    let (_, vector) = vectors.iter().find(|(file, _)| file.contains("not-remembered")).expect("a vector");
    let database = signed_in(vector).await;
    let chain = chain(strategy(&database, vector).await);
    let set = text(vector, "/setCookie/1");
    let value = set.split(['=', ';']).nth(1).expect("a value");
    assert_eq!(outcome(&chain, &cookie(vector, value)).await, "refused: unknown-session");
}

#[tokio::test]
async fn c2_the_next_request_sees_expiry_sign_out_and_ban() {
    let (past, future) =
        (stored(Utc::now() - TimeDelta::seconds(1)), stored(Utc::now() + TimeDelta::hours(1)));
    let user_gone = r#"pragma foreign_keys = off; delete from "user""#.to_owned();
    for (sql, expected) in [
        (format!(r#"update "session" set "expiresAt" = '{past}'"#), "refused: expired"),
        (r#"delete from "session""#.to_owned(), "refused: unknown-session"),
        (user_gone, "refused: unknown-session"),
        (r#"update "user" set "banned" = 1"#.to_owned(), "refused: banned"),
        (format!(r#"update "user" set "banned" = 1, "banExpires" = '{future}'"#), "refused: banned"),
        (format!(r#"update "user" set "banned" = 1, "banExpires" = '{past}'"#), "verified"),
        (r#"update "session" set "expiresAt" = 'never'"#.to_owned(), "undecidable"),
    ] {
        let vector = one();
        let database = signed_in(&vector).await;
        let chain = chain(strategy(&database, &vector).await);
        let credential = cookie(&vector, text(&vector, "/wire"));
        assert!(outcome(&chain, &credential).await.starts_with("verified"));
        database.execute(&sql).await;
        let outcome = outcome(&chain, &credential).await;
        assert!(outcome.starts_with(expected), "{sql}: {outcome}");
    }
}

#[tokio::test]
async fn raw_tokens_are_claimed_only_where_configured_and_never_as_a_cookie() {
    let vector = one();
    let database = signed_in(&vector).await;
    let token = text(&vector, "/token");
    let (with, without) = (strategy(&database, &vector).await, strategy(&database, &vector).await);
    let with = chain(with.with_raw_tokens(true));
    for credential in [bearer(token), Credential::header(token)] {
        assert!(outcome(&with, &credential).await.starts_with("verified"));
        without.claims(&credential).expect_err("a raw token");
    }
    assert_eq!(outcome(&with, &cookie(&vector, token)).await, "refused: unclaimed");
    assert_eq!(outcome(&with, &bearer(text(&vector, "/sessionRow/id"))).await, "refused: unknown-session");
}

#[tokio::test]
async fn c7_a_look_up_that_folds_case_finds_no_session() {
    let vector = one();
    let database = SessionDatabase::that_folds_case().await;
    insert(&database, &vector).await;
    let chain = chain(strategy(&database, &vector).await.with_raw_tokens(true));
    let token = text(&vector, "/token");
    assert!(outcome(&chain, &bearer(token)).await.starts_with("verified"));
    for swapped in [token.to_ascii_uppercase(), token.to_ascii_lowercase()] {
        assert_eq!(outcome(&chain, &bearer(&swapped)).await, "refused: unknown-session");
    }
}

#[tokio::test]
async fn h4_a_database_without_better_auths_tables_is_undecidable_and_says_why() {
    let vector = one();
    let database = signed_in(&vector).await;
    database.execute(r#"alter table "session" rename column "expiresAt" to "expires_at""#).await;
    let strategy = strategy(&database, &vector).await;
    let fault = strategy.inspect().await.expect_err("a missing column").to_string();
    assert!(fault.contains("\"session\"") && fault.contains("\"expiresAt\""), "{fault}");
    let chain = chain(strategy);
    let credential = cookie(&vector, text(&vector, "/wire"));
    assert_eq!(outcome(&chain, &credential).await, "undecidable");
    database.execute(r#"alter table "session" rename column "expires_at" to "expiresAt""#).await;
    assert!(outcome(&chain, &credential).await.starts_with("verified"), "it recovers");
}

#[tokio::test]
async fn c5_the_strategy_writes_nothing() {
    let vector = one();
    let database = signed_in(&vector).await;
    // Any write would fail now, and with it the look-up.
    for event in ["insert", "update", "delete"] {
        for table in ["session", "user"] {
            let raise = "begin select raise(abort, 'read only'); end";
            database
                .execute(&format!(r#"create trigger {event}_{table} before {event} on "{table}" {raise}"#))
                .await;
        }
    }
    let chain = chain(strategy(&database, &vector).await);
    assert!(outcome(&chain, &cookie(&vector, text(&vector, "/wire"))).await.starts_with("verified"));
}
