//! With the secret known here no forged token reaches Better Auth, and a wrong secret is told.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use better_auth_verifier::{Chain, Credential, Guarded, Secrets};
use percent_encoding::percent_decode_str;
use tracing::Level;

use crate::{
    get_session::{TIMEOUT, live, strategy, vector},
    parts::{
        bearer, chain, later,
        log::Log,
        outcome,
        server::{Answer, Received, Server},
        vector::text,
    },
};

/// What the fake Better Auth signs with.
const SECRET: &str = "the secret of Better Auth";
const COOKIE: &str = "better-auth.session_token";

fn is_accepted(received: &Received) -> bool {
    let cookies = received.all("cookie").join("; ");
    let ours =
        cookies.split("; ").find_map(|pair| pair.strip_prefix(&format!("{COOKIE}=")).map(str::to_owned));
    let Some(value) = ours else { return false };
    let value = percent_decode_str(&value).decode_utf8_lossy().into_owned();
    let (token, signature) = value.rsplit_once('.').expect("a signed token");
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    BASE64_STANDARD.encode(hmac::sign(&key, token.as_bytes())) == signature
}

/// An answer to a stranger, who is rid of the cookie if it was a real one.
fn stranger(status: u16, received: &Received) -> Answer {
    let taken_back = format!("Set-Cookie: {COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax\r\n");
    Answer::Status(status, if is_accepted(received) { taken_back } else { String::new() })
}

fn better_auth(received: &Received) -> Answer {
    match &received.line {
        line if line.contains("/get-session?") => stranger(200, received),
        line if line.contains("/list-sessions ") => stranger(401, received),
        _ => Answer::Ok("{}".into()),
    }
}

/// With the plugin customSession get-session takes no cookie back.
fn custom_session(received: &Received) -> Answer {
    if received.line.contains("/get-session?") { Answer::Ok("null".into()) } else { better_auth(received) }
}

/// Where the database of such a Better Auth is away, or a proxy stands in for it.
fn failing(received: &Received) -> Answer {
    if received.line.contains("/ok ") { Answer::Ok("{}".into()) } else { Answer::Status(500, String::new()) }
}

fn knowing(server: &Server, secrets: Secrets) -> Chain {
    chain(strategy(server).with_secrets(secrets, ["__Secure-better-auth.session_token", COOKIE]))
}

/// What is said when it is probed so often, a minute and more apart.
async fn said(chain: &Chain, probes: usize) -> Vec<(Level, String)> {
    let (log, _guard) = Log::collect();
    let probe = chain.probes().remove(0);
    for _ in 0..probes {
        probe.ask().await.expect("ready");
        later(Duration::from_secs(61)).await;
    }
    log.judgements().into_iter().map(|line| (line.level, line.text)).collect()
}

#[tokio::test]
async fn forged_tokens_are_refused_and_better_auth_never_sees_them() {
    let vector = vector();
    let server = Server::start(Answer::json(&live(&vector))).await;
    let secret = text(&vector, "/secret");
    let chain = chain(strategy(&server).with_raw_tokens(true).with_secrets(secret, [COOKIE]));
    let (token, wire) = (text(&vector, "/token"), text(&vector, "/wire"));
    let forged = wire.replace(token, &token.to_lowercase());
    for _ in 0..100 {
        for credential in
            [bearer(&forged), Credential::header(&*forged), Credential::cookie(COOKIE, &*forged)]
        {
            assert_eq!(outcome(&chain, &credential).await, "refused: bad-signature");
        }
    }
    assert_eq!(server.requests(), 0);
    for credential in [bearer(wire), Credential::cookie(COOKIE, wire), bearer(token)] {
        assert!(outcome(&chain, &credential).await.starts_with("verified"));
    }
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn h4_forged_tokens_are_refused_while_better_auth_is_away() {
    let vector = vector();
    let server = Server::start(Answer::Close).await;
    let strategy = strategy(&server).with_secrets(text(&vector, "/secret"), [COOKIE]);
    let chain = chain(Guarded::new(strategy, TIMEOUT));
    let (token, wire) = (text(&vector, "/token"), text(&vector, "/wire"));
    for _ in 0..8 {
        assert_eq!(outcome(&chain, &bearer(wire)).await, "undecidable");
        assert_eq!(outcome(&chain, &bearer(&wire.replace(token, "x"))).await, "refused: bad-signature");
    }
}

#[tokio::test]
async fn a_right_secret_is_asked_about_once_and_nothing_is_said() {
    for answer in [better_auth, custom_session] {
        let server = Server::start(Answer::By(answer)).await;
        let chain = knowing(&server, SECRET.into());
        assert!(said(&chain, 1).await.is_empty());
        let asked = server.requests();
        assert!(said(&chain, 3).await.is_empty());
        assert_eq!(server.requests(), asked + 3, "the probes alone");
        assert_eq!(server.last().all("cookie"), [""; 0]);
    }
}

#[tokio::test]
async fn a_wrong_secret_or_name_is_told_once_with_the_remedy_and_again_when_it_is_right() {
    let wrong_name = |server: &Server| chain(strategy(server).with_secrets(SECRET, ["acme.session_token"]));
    for answer in [better_auth, custom_session] {
        let server = Server::start(Answer::By(answer)).await;
        for (chain, name) in [
            (knowing(&server, "another secret".into()), COOKIE),
            // Better Auth signs with its first secret alone.
            (knowing(&server, Secrets::new("a newer one").with_older([SECRET])), COOKIE),
            (wrong_name(&server), "acme.session_token"),
        ] {
            let told = said(&chain, 3).await;
            let [(level, told)] = &told[..] else { panic!("not once: {told:?}") };
            assert_eq!(*level, Level::WARN);
            let address = server.url("/").to_string();
            for word in [
                address.trim_end_matches('/'),
                name,
                "better_auth.secret",
                "cookie_prefix",
                "better_auth.url",
            ] {
                assert!(told.contains(word), "{word}: {told}");
            }
            assert!(!told.contains("another secret") && !told.contains(SECRET), "{told}");
        }
    }
}

#[tokio::test]
async fn an_older_secret_is_right_where_its_signatures_are_accepted() {
    let server = Server::start(Answer::By(better_auth)).await;
    let secrets = Secrets::new("a newer one").with_older([SECRET]).accept_older_signatures(true);
    assert!(said(&knowing(&server, secrets), 2).await.is_empty());
}

#[tokio::test]
async fn an_answer_that_tells_nothing_of_the_secret_is_no_reason_to_speak() {
    for answer in [
        Answer::By(failing),
        Answer::Status(429, String::new()),
        Answer::By(|received| match better_auth(received) {
            Answer::Status(..) => Answer::Status(400, String::new()),
            answer => answer,
        }),
    ] {
        let server = Server::start(answer).await;
        let chain = knowing(&server, "another secret".into());
        assert!(said(&chain, 2).await.is_empty());
        // It is asked again when there is an answer.
        server.answers(Answer::By(better_auth));
        assert_eq!(said(&chain, 1).await.len(), 1);
    }
}

/// Better Auth was given another secret, or a session has been verified after all.
#[tokio::test]
async fn that_it_is_right_after_all_is_told() {
    let vector = vector();
    for verified in [false, true] {
        let server = Server::start(Answer::By(better_auth)).await;
        let secret = if verified { text(&vector, "/secret") } else { SECRET };
        server.answers(Answer::By(|received| match better_auth(received) {
            Answer::Status(status, _) => Answer::Status(status, String::new()),
            answer => answer,
        }));
        let chain = knowing(&server, secret.into());
        assert_eq!(said(&chain, 2).await.len(), 1);
        if verified {
            server.answers(Answer::json(&live(&vector)));
            let (log, _guard) = Log::collect();
            assert!(outcome(&chain, &bearer(text(&vector, "/wire"))).await.starts_with("verified"));
            let told = log.judgements();
            assert!(told.iter().any(|line| line.text.contains("better_auth.secret")), "{told:?}");
        } else {
            server.answers(Answer::By(better_auth));
            let told = said(&chain, 2).await;
            let [(Level::INFO, told)] = &told[..] else { panic!("{told:?}") };
            assert!(told.contains("better_auth.secret"), "{told}");
        }
    }
}

/// Whatever the check finds, it changes no verdict.
#[tokio::test]
async fn the_check_decides_about_nobody() {
    let vector = vector();
    let server = Server::start(Answer::By(|_| Answer::Status(200, String::new()))).await;
    let chain = chain(strategy(&server).with_secrets(text(&vector, "/secret"), [COOKIE]));
    said(&chain, 1).await;
    server.answers(Answer::json(&live(&vector)));
    assert!(outcome(&chain, &bearer(text(&vector, "/wire"))).await.starts_with("verified"));
}
