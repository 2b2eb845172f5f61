//! `POST /hooks/better-auth`: whom it believes, and what it answers to all others.

use std::thread;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::{
    contract::expect_documented,
    parts::{
        client::{Answer, Ask, ask},
        event::{Event, PATH, SECRET, Sent, secret},
        service::{Service, Setup},
    },
};

const ANOTHER: &str = "another-secret-of-the-tests-012345678";

fn with(secret: &str) -> Setup {
    Setup::bare().variable("VERIFIER_REVOCATION__HOOK_SECRET", secret)
}

fn service() -> Service {
    with(SECRET).start()
}

/// The end of Ann's session, now.
fn sign_out() -> Event {
    Event::now("session.deleted", &json!({ "sessionId": "s1", "userId": "ann" }))
}

#[track_caller]
fn accepted(service: &Service, ask: &Ask) {
    let answer = service.send(ask);
    assert_eq!((answer.status, answer.body.as_str()), (204, ""), "{}\n{answer:?}", ask.text());
    answer.expect_not_stored();
}

#[track_caller]
fn problem(service: &Service, ask: &Ask, status: u16, kind: &str) -> Answer {
    let answer = service.send(ask);
    assert_eq!(answer.status, status, "{}", ask.text());
    answer.expect_problem(status, kind, PATH).expect_not_stored();
    expect_documented(&answer, "post", PATH);
    answer
}

#[track_caller]
fn refused(service: &Service, ask: &Ask) {
    let answer = problem(service, ask, 401, "invalid-credential");
    assert_eq!(answer.header("WWW-Authenticate"), Some(r#"Bearer error="invalid_token""#));
    // Nobody is told what was wrong.
    assert_eq!(answer.json().get("detail"), None, "{answer:?}");
}

#[track_caller]
fn malformed(service: &Service, ask: &Ask) -> String {
    let answer = problem(service, ask, 400, "bad-request");
    answer.json()["detail"].as_str().expect("what is wrong").to_owned()
}

#[test]
fn what_the_plugin_sends_is_accepted() {
    let service = service();
    let session = json!({ "sessionId": "s1", "userId": "ann" });
    let user = json!({ "userId": "ann" });
    for (kind, data) in [
        ("session.deleted", &session),
        // Some lines of Better Auth give a session no id in Redis.
        ("session.deleted", &user),
        ("session.updated", &session),
        ("user.updated", &user),
        ("user.deleted", &user),
    ] {
        accepted(&service, &Event::now(kind, data).ask());
    }
    // What a later plugin says beside it does no harm.
    let more = json!({ "userId": "ann", "reason": "banned" });
    accepted(&service, &Event::now("user.updated", &more).ask());
    // What happened long ago counts, as long as it is sent now.
    accepted(&service, &Event::new("user.deleted", Utc::now() - TimeDelta::days(3), &user).ask());
    let event = sign_out();
    let signed = event.ask_without_body(&event.signature(&secret(SECRET)));
    accepted(&service, &signed.body("application/json; charset=utf-8", event.body));
}

/// Ids are remembered, so a bound on their number alone would bound no memory.
#[test]
fn r4_an_id_has_a_longest_form() {
    let service = service();
    let longest = "i".repeat(255);
    accepted(
        &service,
        &Event::now("session.deleted", &json!({ "sessionId": longest, "userId": longest })).ask(),
    );
    for (member, data) in [
        ("sessionId", json!({ "sessionId": "i".repeat(256), "userId": "ann" })),
        ("userId", json!({ "sessionId": "s1", "userId": "i".repeat(256) })),
        // Bytes, not letters.
        ("userId", json!({ "userId": "ä".repeat(128) })),
    ] {
        let detail = malformed(&service, &Event::now("session.deleted", &data).ask());
        assert_eq!(detail, format!("`data.{member}` has more than 255 bytes"));
    }
}

#[test]
fn whatever_is_changed_on_the_way_is_refused() {
    let service = service();
    let event = sign_out();
    let signature = event.signature(&secret(SECRET));
    let body = event.body.replace("ann", "bob");
    let timestamp = (Utc::now().timestamp() + 1).to_string();
    for changed in [
        Event { body, ..event.clone() },
        Event { body: format!("{} ", event.body), ..event.clone() },
        Event { id: format!("{}0", event.id), ..event.clone() },
        Event { timestamp, ..event.clone() },
    ] {
        refused(&service, &changed.ask_with(&signature));
    }
    refused(&service, &event.ask_with(&event.signature(&secret(ANOTHER))));
    accepted(&service, &event.ask());
}

#[test]
fn a_signature_names_its_version() {
    let service = service();
    let event = sign_out();
    let right = event.signature(&secret(SECRET));
    let bare = right.strip_prefix("v1,").expect("its version");
    for signatures in [
        bare.to_owned(),
        format!("v1 {bare}"),
        format!("v1a,{bare}"),
        format!("v2,{bare}"),
        format!("V1,{bare}"),
        format!("v1,{}", bare.trim_end_matches('=')),
        format!("v1,{}", &bare[..20]),
        "v1,".to_owned(),
        "v1,AAAA v1,not base64".to_owned(),
    ] {
        refused(&service, &event.ask_with(&signatures));
    }
    accepted(&service, &event.ask());
}

/// So secrets can be changed: for a while both sign.
#[test]
fn one_right_signature_of_several_is_enough() {
    let service = service();
    let event = sign_out();
    let (right, other) = (event.signature(&secret(SECRET)), event.signature(&secret(ANOTHER)));
    refused(&service, &event.ask_with(&format!("{other} {other}")));
    for signatures in
        [format!("{other} {right}"), format!("{right} {other}"), format!("v2,AAAA v1,?  {other} {right}")]
    {
        let another = sign_out();
        let its_own = another.signature(&secret(SECRET));
        accepted(&service, &another.ask_with(&signatures.replace(&right, &its_own)));
    }
}

#[test]
fn an_event_is_sent_within_five_minutes() {
    let service = service();
    let (within, beyond) = (TimeDelta::seconds(285), TimeDelta::seconds(310));
    for at in [Utc::now() - within, Utc::now() + within] {
        accepted(&service, &sign_out().sent_at(at).ask());
    }
    for at in [Utc::now() - beyond, Utc::now() + beyond] {
        refused(&service, &sign_out().sent_at(at).ask());
    }
    let milliseconds = Utc::now().timestamp_millis().to_string();
    for timestamp in ["soon", "-1", "1e9", "9223372036854775807", "9223372036854775808", &milliseconds] {
        refused(&service, &Event { timestamp: timestamp.into(), ..sign_out() }.ask());
    }
}

#[test]
fn an_event_is_taken_once() {
    let service = service();
    let event = sign_out();
    accepted(&service, &event.ask());
    // The plugin signs anew whenever it sends an event again.
    for again in [event.clone(), event.clone().sent_at(Utc::now() - TimeDelta::seconds(2))] {
        let answer = service.send(&again.ask());
        assert_eq!((answer.status, &answer.json()["type"]), (409, &json!("about:blank")), "{answer:?}");
        assert_eq!(answer.header("Content-Type"), Some("application/problem+json"));
        assert_eq!(answer.json()["instance"], PATH);
        answer.expect_not_stored().expect_no_null();
        expect_documented(&answer, "post", PATH);
    }
    // Whether it was taken is nobody else's affair.
    refused(&service, &event.ask_with(&event.signature(&secret(ANOTHER))));
    accepted(&service, &sign_out().ask());
}

/// The store of cut-offs makes each of them wait, so all of them are there before the first is done.
#[test]
fn of_deliveries_at_the_same_instant_one_is_accepted() {
    let setup =
        with(SECRET).config("revocation.persist = true").config("database.url = 'sqlite://own.db?mode=rwc'");
    setup.run(&["migrate"]).expect_code(0);
    let service = setup.start();
    for _ in 0..10 {
        let event = sign_out();
        let deliver = || service.send(&event.ask()).status;
        let answers: Vec<_> = thread::scope(|scope| {
            let deliveries: Vec<_> = (0..16).map(|_| scope.spawn(deliver)).collect();
            deliveries.into_iter().map(|delivery| delivery.join().expect("an answer")).collect()
        });
        let count = |status| answers.iter().filter(|answer| **answer == status).count();
        assert_eq!((count(204), count(409)), (1, answers.len() - 1), "{answers:?}");
    }
}

#[test]
fn a_body_is_read_when_its_signature_is_right() {
    let service = service();
    let at = Utc::now().to_rfc3339();
    let event = |change: fn(&mut Value)| {
        let mut body = json!({ "type": "user.updated", "timestamp": at, "data": { "userId": "ann" } });
        change(&mut body);
        body.to_string()
    };
    for body in [
        String::new(),
        "{".to_owned(),
        "not JSON".to_owned(),
        "[]".to_owned(),
        event(|body| body["type"] = "session.created".into()),
        event(|body| body["type"] = Value::Null),
        event(|body| body["timestamp"] = "yesterday".into()),
        event(|body| body["timestamp"] = 1_763_640_000.into()),
        event(|body| body["timestamp"] = (Utc::now() + TimeDelta::minutes(6)).to_rfc3339().into()),
        event(|body| body["data"] = json!({ "sessionId": "s1" })),
        event(|body| body["data"] = json!({ "userId": ["ann"] })),
        event(|body| body["data"] = "ann".into()),
    ] {
        let event = Event::of_body(body);
        refused(&service, &event.ask_with(&event.signature(&secret(ANOTHER))));
        malformed(&service, &event.ask());
        // It was not taken: once it is mended it is.
        accepted(&service, &Event { body: sign_out().body, ..event }.ask());
    }
}

#[test]
fn what_is_missing_is_named() {
    let service = service();
    let event = sign_out();
    let headers = [
        ("webhook-id", event.id.clone()),
        ("webhook-timestamp", event.timestamp.clone()),
        ("webhook-signature", event.signature(&secret(SECRET))),
    ];
    for (missing, _) in &headers {
        let others = headers.iter().filter(|(name, _)| name != missing);
        let ask = others.fold(ask("POST", PATH), |ask, (name, value)| ask.header(name, value.as_str()));
        let detail = malformed(&service, &ask.body("application/json", event.body.as_str()));
        assert!(detail.contains(missing), "{detail}");
    }
    for id in ["", &"x".repeat(257)] {
        malformed(&service, &Event { id: id.to_owned(), ..event.clone() }.ask());
    }
    accepted(&service, &event.ask());
}

#[test]
fn other_bodies_are_not_read() {
    let service = with(SECRET).config("server.max_body = '1KiB'").start();
    let event = sign_out();
    let headers = event.ask_without_body(&event.signature(&secret(SECRET)));
    for media in ["text/plain", "application/x-www-form-urlencoded"] {
        problem(&service, &headers.clone().body(media, event.body.as_str()), 415, "unsupported-media-type");
    }
    let length = event.body.len().to_string();
    let mut connection = service.connect();
    connection.write(headers.header("Content-Length", length).text() + &event.body);
    let answer = connection.read(false).expect("an answer");
    expect_documented(answer.expect_problem(415, "unsupported-media-type", PATH), "post", PATH);

    let large = json!({ "sessionId": "s".repeat(1024), "userId": "ann" });
    problem(&service, &Event::now("session.deleted", &large).ask(), 413, "payload-too-large");
    accepted(&service, &event.ask());

    let service = self::service();
    let large = json!({ "sessionId": "s".repeat(16 * 1024), "userId": "ann" });
    problem(&service, &Event::now("session.deleted", &large).ask(), 413, "payload-too-large");
}

/// Whoever signs out a thousand users has a thousand events to tell.
#[test]
fn r4_only_refused_events_are_limited() {
    let service = with(SECRET)
        .config("rate_limit.client = { requests = 5, window = '1h' }")
        .config("rate_limit.failed = { requests = 3, window = '1h' }")
        .start();
    for _ in 0..10 {
        accepted(&service, &sign_out().ask());
    }
    let event = sign_out();
    let wrong = event.ask_with(&event.signature(&secret(ANOTHER)));
    for _ in 0..4 {
        refused(&service, &wrong);
    }
    problem(&service, &wrong, 429, "rate-limited");
    // What others behind the plugin's address get wrong does not delay it, nor they what it gets wrong.
    accepted(&service, &event.ask());
    let stranger = ask("GET", "/api/me").header("Authorization", "Bearer x");
    for status in [401, 401, 401, 401, 429] {
        assert_eq!(service.send(&stranger).status, status);
    }
    accepted(&service, &sign_out().ask());
}
