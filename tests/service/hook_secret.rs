//! The secret that Better Auth's plugin and the service share.

use std::fs;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::parts::{
    auth::ANN,
    client::{ask, get},
    event::{Event, PATH, SECRET, Sent, secret},
    service::{Service, Setup},
};

/// The plugin's own.
const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/plugin/test/vectors.json");

fn with(secret: &str) -> Service {
    Setup::bare().config("log.level = 'trace'").variable("VERIFIER_REVOCATION__HOOK_SECRET", secret).start()
}

fn sign_out() -> Event {
    Event::now("session.deleted", &json!({ "sessionId": "s1", "userId": "ann" }))
}

/// The text of a secret that has these bytes.
fn text_of(bytes: &[u8]) -> String {
    format!("whsec_{}", BASE64_STANDARD.encode(bytes))
}

#[test]
fn without_one_there_is_no_route() {
    for service in [Setup::bare().start(), with("")] {
        for ask in [sign_out().ask(), get(PATH), ask("OPTIONS", PATH)] {
            service.send(&ask).expect_problem(404, "not-found", PATH);
        }
        assert_eq!(service.get("/openapi.json").json()["paths"].get(PATH), None);
    }
    let document = with(SECRET).get("/openapi.json").json();
    assert!(document["paths"][PATH]["post"].is_object(), "{document}");
}

#[test]
fn the_route_is_told_things_and_tells_nothing() {
    let service = with(SECRET);
    for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
        let answer = service.send(&ask(method, PATH).by(ANN));
        answer.expect_problem(405, "method-not-allowed", PATH);
        assert_eq!(answer.header("Allow"), Some("POST"), "{method}");
    }
}

#[test]
fn behind_its_prefix_it_is_the_base64_of_its_bytes() {
    let bytes: Vec<u8> = (0..32).collect();
    let service = with(&text_of(&bytes));
    let event = sign_out();
    let of_the_text = event.signature(&secret(&BASE64_STANDARD.encode(&bytes)));
    assert_eq!(service.send(&event.ask_with(&of_the_text)).status, 401);
    assert_eq!(service.send(&event.ask_with(&event.signature(&secret(&text_of(&bytes))))).status, 204);
}

/// They were sent long ago. What is signed here as they were is accepted.
#[test]
fn the_plugins_golden_vectors_are_signed_as_the_service_expects_it() {
    let vectors: Vec<Value> =
        serde_json::from_slice(&fs::read(VECTORS).expect("the plugin's vectors")).expect("JSON");
    assert!(!vectors.is_empty());
    for vector in vectors {
        let text = |name: &str| vector[name].as_str().expect("a text").to_owned();
        let (known, timestamp) = (text("secret"), vector["timestamp"].to_string());
        let event = Event { id: text("id"), timestamp, body: text("body") };
        assert_eq!(event.signature(&secret(&known)), text("signature"), "{vector}");

        let service = with(&known);
        assert_eq!(service.send(&event.ask_with(&text("signature"))).status, 401, "too old: {vector}");
        let now = event.sent_at(chrono::Utc::now());
        // The one of the specification's own libraries is no event.
        let expected = if text("body").contains("session.deleted") { 204 } else { 400 };
        assert_eq!(service.send(&now.ask_with(&now.signature(&secret(&known)))).status, expected, "{vector}");
        assert_eq!(
            service.send(&now.ask_with(&now.signature(&secret(&text_of(&[7; 32]))))).status,
            401,
            "{vector}"
        );
    }
}

#[test]
fn c6_neither_it_nor_a_signature_is_logged() {
    let text = text_of(&[7; 32]);
    let (service, known) = (with(&text), secret(&text));
    let event = sign_out();
    let (right, wrong) = (event.signature(&known), event.signature(&secret("another-secret-of-the-tests")));
    let malformed = Event::of_body("not an event");
    let of_malformed = malformed.signature(&known);
    for (ask, status) in [
        (event.ask_with(&wrong), 401),
        (event.ask_with(&right), 204),
        (event.ask_with(&right), 409),
        (malformed.ask_with(&of_malformed), 400),
        (event.ask_without_body(&right).body("text/plain", event.body.as_str()), 415),
    ] {
        assert_eq!(service.send(&ask).status, status, "{}", ask.text());
    }
    let log = service.log_when(|log| log.contains(r#"auth.cause="bad-signature""#));
    for hidden in [&text[6..], &right[3..], &wrong[3..], &of_malformed[3..], &SECRET[2..]] {
        assert!(!log.contains(hidden), "{hidden}:\n{log}");
    }
}

#[test]
fn one_that_is_too_short_ends_the_start_and_is_not_printed() {
    const HIDDEN: &str = "hunter2-swordfish-hunte";
    for secret in [HIDDEN.to_owned(), format!("whsec_{HIDDEN}-{HIDDEN}"), "whsec_AAAA".to_owned()] {
        let finished = Setup::bare().config(&format!("revocation.hook_secret = '{secret}'")).run(&["serve"]);
        finished.expect_one_line(&["revocation.hook_secret", "24 bytes", "whsec_"]);
        assert!(!finished.stderr.contains(HIDDEN), "{finished:?}");
    }
}
