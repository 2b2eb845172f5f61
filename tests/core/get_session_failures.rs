//! What get-session may answer: only `null` refuses, only a whole session verifies.

use std::time::{Duration, Instant};

use better_auth_verifier::{Chain, GetSession};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use tracing::Level;

use crate::{
    get_session::{live, strategy, vector},
    parts::{
        bearer, chain,
        log::Log,
        outcome,
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

/// Clients that Better Auth limits although hardly anything was asked for them.
#[tokio::test]
async fn f6_it_is_told_once_that_better_auth_seems_to_count_all_clients_as_one() {
    let limited = || Answer::Status(429, "X-Retry-After: 1\r\n".into());
    let judge = async |chain: &Chain, client: &str| {
        let client = client.parse().expect("an address");
        outcome(chain, &bearer(text(&vector(), "/wire")).with_client(Some(client))).await
    };
    // Each of many asks often, and is limited then.
    let (log, _guard) = Log::collect();
    let server = Server::start(Answer::json(&live(&vector()))).await;
    let chain = chain(strategy(&server));
    for number in 0..20 {
        let client = format!("192.0.2.{number}");
        server.answers(Answer::json(&live(&vector())));
        assert!(judge(&chain, &client).await.starts_with("verified"));
        server.answers(limited());
        assert_eq!(judge(&chain, &client).await, "undecidable");
    }
    let told = || log.judgements().into_iter().filter(|line| line.level == Level::WARN).collect::<Vec<_>>();
    assert!(told().is_empty());
    // The same again is no news, and neither is a client without an address.
    for client in ["198.51.100.1", "198.51.100.2", "198.51.100.3"] {
        assert_eq!(judge(&chain, client).await, "undecidable");
    }
    let told = told();
    let [told] = &told[..] else { panic!("not once: {told:?}") };
    for word in ["get_session.client_address_header", "ipAddressHeaders", "x-forwarded-for"] {
        assert!(told.text.contains(word), "{word}: {}", told.text);
    }
}

/// Which host was asked for is what a Better Auth with `allowedHosts` looks at.
#[tokio::test]
async fn a_status_of_500_names_the_host_and_allowed_hosts() {
    let server = Server::start(Answer::Status(500, String::new())).await;
    let chain = chain(strategy(&server));
    let verdict = chain.judge(&bearer(text(&vector(), "/wire"))).await.verdict;
    let probed = chain.probes().remove(0).ask().await;
    let host = server.url("/").port().map(|port| format!("`127.0.0.1:{port}`")).expect("a port");
    for told in [verdict.expect_err("undecidable").to_string(), probed.expect_err("not ready").to_string()] {
        assert!(told.contains(&host) && told.contains("allowedHosts"), "{told}");
    }
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
