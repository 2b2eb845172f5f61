//! What get-session may answer: only `null` refuses, only a whole session verifies.

use std::time::{Duration, Instant};

use better_auth_verifier::GetSession;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::{
    get_session::{live, strategy, vector},
    parts::{
        bearer, chain, outcome,
        server::{Answer, Server},
        vector::text,
    },
};

async fn judge(answer: Answer) -> String {
    let server = Server::start(answer).await;
    outcome(&chain(strategy(&server)), &bearer(text(&vector(), "/wire"))).await
}

/// The answer of a good session with one member replaced; `null` stays `null`.
async fn judge_with(pointer: &str, value: Value) -> String {
    let mut answer = live(&vector());
    *answer.pointer_mut(pointer).expect("a member") = value;
    judge(Answer::json(&answer)).await
}

#[tokio::test]
async fn null_is_an_unknown_session() {
    for body in ["null", " null\n"] {
        assert_eq!(judge(Answer::Ok(body.into())).await, "refused: unknown-session");
    }
}

#[tokio::test]
async fn h4_every_other_status_is_undecidable() {
    let elsewhere = Server::start(Answer::json(&live(&vector()))).await;
    let location = format!("Location: {}\r\n", elsewhere.url("/api/auth/get-session"));
    for status in [201, 204, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 429, 500, 502, 503] {
        assert_eq!(judge(Answer::Status(status, location.clone())).await, "undecidable", "{status}");
    }
    assert_eq!(elsewhere.requests(), 0, "a redirect is not followed: it would carry the credential along");
}

#[tokio::test]
async fn h4_every_other_body_is_undecidable() {
    let ours = live(&vector());
    let whole = ours.to_string();
    let oversized = format!("{whole}{}", " ".repeat(300 * 1024));
    for body in [
        "",
        "{}",
        "[]",
        "true",
        "\"null\"",
        "nullnull",
        "<html>",
        r#"{"session":null,"user":null}"#,
        &json!({ "session": ours["session"] }).to_string(),
        &json!({ "user": ours["user"] }).to_string(),
        &json!([ours]).to_string(),
        &whole[..whole.len() - 1],
        &oversized,
    ] {
        assert_eq!(judge(Answer::Ok(body.into())).await, "undecidable", "{}", &body[..body.len().min(80)]);
    }
    assert_eq!(judge(Answer::Close).await, "undecidable");
}

#[tokio::test]
async fn an_answer_about_another_session_is_undecidable() {
    let token = text(&vector(), "/token").to_owned();
    for other in [json!("another"), json!(token.to_lowercase()), json!(format!("{token} ")), json!("")] {
        assert_eq!(judge_with("/session/token", other.clone()).await, "undecidable", "{other}");
    }
    // A plugin may take it out of the answer.
    assert!(judge_with("/session/token", Value::Null).await.starts_with("verified"));
}

#[tokio::test]
async fn c2_a_session_that_has_ended_or_whose_user_is_banned_is_refused() {
    let past = json!((Utc::now() - TimeDelta::seconds(1)).to_rfc3339());
    assert_eq!(judge_with("/session/expiresAt", past.clone()).await, "refused: expired");
    for (user, expected) in [
        (json!({ "id": "u", "banned": true }), "refused: banned"),
        (json!({ "id": "u", "banned": true, "banExpires": "2999-01-01T00:00:00.000Z" }), "refused: banned"),
        (json!({ "id": "u", "banned": true, "banExpires": past }), "verified u"),
        (json!({ "id": "u", "banned": false }), "verified u"),
        (json!({ "id": "" }), "undecidable"),
        (json!({ "name": "Ann" }), "undecidable"),
    ] {
        assert_eq!(judge_with("/user", user.clone()).await, expected, "{user}");
    }
}

#[tokio::test]
async fn h4_an_answer_that_does_not_end_is_undecidable_within_the_timeout() {
    let timeout = Duration::from_secs(1);
    for (name, answer) in [("hang", Answer::Hang), ("drip", Answer::Drip)] {
        let server = Server::start(answer).await;
        let strategy = GetSession::new(&server.url("/api/auth"), timeout).expect("a client");
        let begin = Instant::now();
        let outcome = outcome(&chain(strategy), &bearer(text(&vector(), "/wire"))).await;
        assert_eq!(outcome, "undecidable", "{name}");
        assert!(begin.elapsed() < timeout * 8, "{name}: {:?}", begin.elapsed());
        server.receives(1).await;
    }
}

#[tokio::test]
async fn an_endless_body_is_cut_off() {
    let server = Server::start(Answer::Flood).await;
    let credential = bearer(text(&vector(), "/wire"));
    assert_eq!(outcome(&chain(strategy(&server)), &credential).await, "undecidable");
    // What the sockets hold, and not the gigabyte.
    assert!(server.flooded() < 64 << 20, "{} bytes were taken", server.flooded());
}

#[tokio::test]
async fn o5_the_probe_does_not_use_up_get_sessions_rate_limit() {
    let server = Server::start(Answer::json(&json!({ "ok": true }))).await;
    let readiness = chain(strategy(&server)).probes().remove(0);
    readiness.ask().await.expect("ready");
    assert_eq!(server.last().line, "GET /api/auth/ok HTTP/1.1");
    server.answers(Answer::Status(429, String::new()));
    readiness.ask().await.expect("it is there");
    for answer in [Answer::Status(502, String::new()), Answer::Close] {
        server.answers(answer);
        readiness.ask().await.expect_err("not ready");
    }
}
