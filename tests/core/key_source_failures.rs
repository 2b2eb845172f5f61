//! A key set that cannot be fetched: good keys stay good, and nobody is refused for it.

use std::time::{Duration, Instant};

use better_auth_verifier::{Chain, Jwt};
use tokio::{net::TcpListener, time};

use crate::parts::{
    ISSUER, bearer, chain, jwt, outcome,
    server::{Answer, Server},
    signer::{Signer, USER, jwks},
};

/// Well below the fetch's own time-out of three seconds.
const AT_ONCE: Duration = Duration::from_millis(1500);

async fn judge(chain: &Chain, signer: &Signer) -> String {
    outcome(chain, &bearer(&signer.token())).await
}

/// Every way to fail that ends at once.
fn failures(elsewhere: &Server) -> Vec<(&'static str, Answer)> {
    let ok = |body: &str| Answer::Ok(body.into());
    let redirect = |status| Answer::Status(status, format!("Location: {}\r\n", elsewhere.url("/jwks")));
    vec![
        ("status 500", Answer::Status(500, String::new())),
        ("status 404", Answer::Status(404, String::new())),
        ("status 204", Answer::Status(204, String::new())),
        ("redirect 302", redirect(302)),
        ("redirect 307", redirect(307)),
        ("no JSON", ok("<html>")),
        ("no body", ok("")),
        ("another document", ok("{}")),
        ("null", ok("null")),
        ("an empty set", ok(r#"{"keys":[]}"#)),
        ("no usable key", ok(r#"{"keys":[{"kty":"oct","kid":"a","k":"AAAA"}]}"#)),
        ("hangs up", Answer::Close),
        ("oversized", ok(&format!("{}{}", r#"{"keys":[]}"#, " ".repeat(300 * 1024)))),
        ("endless", Answer::Flood),
    ]
}

#[tokio::test]
async fn s11_h4_a_failed_fetch_neither_clears_good_keys_nor_refuses_new_ones() {
    let (old, new) = (Signer::ed25519("old"), Signer::ed25519("new"));
    let elsewhere = Server::start(Answer::json(&jwks([&new]))).await;
    for (failure, answer) in failures(&elsewhere) {
        let server = Server::start(Answer::json(&jwks([&old]))).await;
        let chain = chain(jwt(&server, Duration::ZERO));
        assert_eq!(judge(&chain, &old).await, format!("verified {USER}"), "{failure}");
        server.answers(answer);
        assert_eq!(judge(&chain, &new).await, "undecidable", "{failure}");
        assert_eq!(judge(&chain, &old).await, format!("verified {USER}"), "{failure}");
        assert_eq!(server.requests(), 2, "{failure}");
        server.answers(Answer::json(&jwks([&old, &new])));
        assert_eq!(judge(&chain, &new).await, format!("verified {USER}"), "{failure}: it recovers");
    }
    assert_eq!(elsewhere.requests(), 0, "s4: a redirect is not followed");
}

#[tokio::test]
async fn h4_without_any_key_every_token_is_undecidable_at_once() {
    let signer = Signer::ed25519("a");
    let elsewhere = Server::start(Answer::json(&jwks([&signer]))).await;
    for (failure, answer) in failures(&elsewhere) {
        let server = Server::start(answer).await;
        let chain = chain(jwt(&server, Duration::ZERO));
        let begin = Instant::now();
        assert_eq!(judge(&chain, &signer).await, "undecidable", "{failure}");
        assert!(begin.elapsed() < AT_ONCE, "{failure}: {:?}", begin.elapsed());
        server.answers(Answer::json(&jwks([&signer])));
        assert_eq!(judge(&chain, &signer).await, format!("verified {USER}"), "{failure}: it recovers");
    }
}

#[tokio::test]
async fn h4_a_server_that_is_not_there_is_undecidable() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        listener.local_addr().expect("an address")
    };
    let url = format!("http://{address}/jwks").parse().expect("a URL");
    let chain = chain(Jwt::new(url, [ISSUER], [ISSUER]).expect("a client"));
    assert_eq!(judge(&chain, &Signer::ed25519("a")).await, "undecidable");
}

#[tokio::test]
async fn without_any_key_a_long_cool_down_does_not_delay_the_recovery() {
    let signer = Signer::ed25519("a");
    let server = Server::start(Answer::Status(500, String::new())).await;
    let chain = chain(jwt(&server, Duration::from_hours(1)));
    assert_eq!(judge(&chain, &signer).await, "undecidable");
    server.answers(Answer::json(&jwks([&signer])));
    time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(judge(&chain, &signer).await, format!("verified {USER}"));
}

#[tokio::test]
async fn s11_an_empty_set_does_not_get_round_the_cool_down() {
    let (known, unknown) = (Signer::ed25519("known"), Signer::ed25519("unknown"));
    let server = Server::start(Answer::Ok(r#"{"keys":[]}"#.into())).await;
    let chain = chain(jwt(&server, Duration::from_hours(1)));
    let begin = Instant::now();
    for signer in [&known, &unknown].into_iter().cycle().take(50) {
        assert_eq!(judge(&chain, signer).await, "undecidable");
    }
    let seconds = usize::try_from(begin.elapsed().as_secs()).expect("few");
    assert!(server.requests() <= 1 + seconds, "{} fetches", server.requests());
}

#[tokio::test]
async fn a_hanging_server_delays_no_token_whose_key_is_known() {
    let (known, unknown) = (Signer::ed25519("known"), Signer::ed25519("unknown"));
    let server = Server::start(Answer::json(&jwks([&known]))).await;
    let chain = chain(jwt(&server, Duration::ZERO));
    assert!(judge(&chain, &known).await.starts_with("verified"));
    server.answers(Answer::Hang);
    let (waiting, token) = (chain.clone(), unknown.token());
    let waiter = tokio::spawn(async move { outcome(&waiting, &bearer(&token)).await });
    server.receives(2).await;
    for _ in 0..10 {
        let known = time::timeout(AT_ONCE, judge(&chain, &known)).await.expect("at once");
        assert!(known.starts_with("verified"));
    }
    assert!(!waiter.is_finished());
}

/// The one slow test: it waits for the fetch's time-out.
#[tokio::test]
async fn h4_a_fetch_that_does_not_end_is_undecidable_in_time() {
    let signer = Signer::ed25519("a");
    let wait = async |answer: Answer| {
        let server = Server::start(answer).await;
        let begin = Instant::now();
        let outcome = judge(&chain(jwt(&server, Duration::ZERO)), &signer).await;
        (outcome, begin.elapsed())
    };
    let (hang, drip) = tokio::join!(wait(Answer::Hang), wait(Answer::Drip));
    for (outcome, took) in [hang, drip] {
        assert_eq!(outcome, "undecidable");
        assert!(took < Duration::from_secs(8), "{took:?}");
    }
}
