//! Better Auth that asks for patience: with one client, with everybody, or with nobody.

use std::{net::IpAddr, ops::Range, time::Duration};

use better_auth_verifier::{Chain, Credential, Guarded, Unverified};
use tokio::time;

use crate::{
    get_session::{TIMEOUT, live, strategy, vector},
    parts::{
        bearer, chain, outcome, pause,
        server::{Answer, Server},
        vector::text,
    },
};

/// The vector's session, presented from this address; from none where it is empty.
fn from(address: &str) -> Credential {
    bearer(text(&vector(), "/wire")).with_client(address.parse::<IpAddr>().ok())
}

fn limited(headers: &str) -> Answer {
    Answer::Status(429, headers.into())
}

async fn undecidable_for(chain: &Chain, address: &str) -> Option<Duration> {
    pause(&chain.judge(&from(address)).await.verdict)
}

#[tokio::test]
async fn r2_a_429_holds_back_its_client_alone() {
    for (limited_one, the_same, others) in [
        ("192.0.2.1", vec!["192.0.2.1", "::ffff:192.0.2.1"], vec!["192.0.2.2", "2001:db8::1", ""]),
        (
            "2001:db8:1:2::1",
            vec!["2001:db8:1:2::1", "2001:db8:1:2:ffff::9"],
            vec!["2001:db8:1:3::1", "2001:db8:2:2::1", "192.0.2.1", ""],
        ),
        // Who cannot be told apart is counted as one, at Better Auth as well.
        ("", vec![""], vec!["192.0.2.1", "::1"]),
    ] {
        let server = Server::start(limited("X-Retry-After: 30\r\n")).await;
        let chain = chain(strategy(&server));
        assert_eq!(undecidable_for(&chain, limited_one).await, Some(Duration::from_secs(30)));
        server.answers(Answer::json(&live(&vector())));
        for address in the_same {
            let left = undecidable_for(&chain, address).await.expect("a pause");
            assert!(left > Duration::from_secs(20) && left <= Duration::from_secs(30), "{address}: {left:?}");
        }
        assert_eq!(server.requests(), 1, "{limited_one} is not asked about");
        for (number, address) in others.iter().enumerate() {
            assert!(outcome(&chain, &from(address)).await.starts_with("verified"), "{address}");
            assert_eq!(server.requests(), 2 + number, "{address}");
        }
    }
}

#[tokio::test]
async fn r4_it_waits_as_long_as_it_was_told_within_reason() {
    for (headers, seconds) in [
        ("X-Retry-After: 7\r\n", 7),
        ("Retry-After: 7\r\n", 7),
        ("retry-after:  7 \r\n", 7),
        ("X-Retry-After: 30\r\nRetry-After: 7\r\n", 7),
        ("Retry-After: Wed, 21 Oct 2099 07:28:00 GMT\r\nX-Retry-After: 7\r\n", 7),
        ("X-Retry-After: 3600\r\n", 60),
        ("X-Retry-After: 18446744073709551615\r\n", 60),
        ("X-Retry-After: 18446744073709551616\r\n", 1),
        ("X-Retry-After: soon\r\n", 1),
        ("X-Retry-After: -1\r\n", 1),
        ("X-Retry-After: 1.5\r\n", 1),
        ("X-Retry-After: \r\n", 1),
        ("Retry-After: Wed, 21 Oct 2099 07:28:00 GMT\r\n", 1),
        ("", 1),
    ] {
        let server = Server::start(limited(headers)).await;
        let chain = chain(strategy(&server));
        let pause = undecidable_for(&chain, "192.0.2.1").await;
        assert_eq!(pause, Some(Duration::from_secs(seconds)), "{headers:?}");
    }
}

#[tokio::test]
async fn h4_when_the_time_is_over_it_is_asked_again() {
    let server = Server::start(limited("X-Retry-After: 1\r\n")).await;
    let chain = chain(strategy(&server));
    for _ in 0..5 {
        undecidable_for(&chain, "192.0.2.1").await;
    }
    assert_eq!(server.requests(), 1);
    time::sleep(Duration::from_millis(1050)).await;
    undecidable_for(&chain, "192.0.2.1").await;
    assert_eq!(server.requests(), 2);
    server.answers(Answer::json(&live(&vector())));
    assert_eq!(outcome(&chain, &from("192.0.2.1")).await, "undecidable", "a second time over");
    time::sleep(Duration::from_millis(1050)).await;
    assert!(outcome(&chain, &from("192.0.2.1")).await.starts_with("verified"));
}

/// How often Better Auth is asked where the breaker opens after five; more often on a machine that is busy elsewhere.
const FEW: Range<usize> = 5..10;

/// Asked on behalf of twenty clients, one after the other: how often was Better Auth?
async fn asked(answer: Answer, timeout: Duration) -> usize {
    let server = Server::start(answer).await;
    let chain = chain(Guarded::new(strategy(&server), timeout));
    for client in 1..=20 {
        undecidable_for(&chain, &format!("192.0.2.{client}")).await;
    }
    server.requests()
}

#[tokio::test]
async fn what_may_be_about_one_question_alone_does_not_open_the_breaker() {
    for status in [400, 401, 403, 404, 429, 500] {
        assert_eq!(asked(Answer::Status(status, String::new()), TIMEOUT).await, 20, "{status}");
    }
    for body in ["", "{}", "<html>", r#"{"session":null,"user":null}"#] {
        assert_eq!(asked(Answer::Ok(body.into()), TIMEOUT).await, 20, "{body}");
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_does_not_open_the_breaker() {
    // A picture inside the user is enough for it.
    let oversized = format!("{}{}", live(&vector()), " ".repeat(300 * 1024));
    assert_eq!(asked(Answer::Ok(oversized), TIMEOUT).await, 20);
}

#[tokio::test]
async fn h4_an_outage_opens_the_breaker() {
    for status in [502, 503, 504] {
        assert!(FEW.contains(&asked(Answer::Status(status, String::new()), TIMEOUT).await), "{status}");
    }
    assert!(FEW.contains(&asked(Answer::Close, TIMEOUT).await));
    assert!(FEW.contains(&asked(Answer::Hang, Duration::from_millis(100)).await));
}

#[tokio::test]
async fn h4_whoever_is_held_back_tells_nothing_about_an_outage() {
    let server = Server::start(limited("X-Retry-After: 30\r\n")).await;
    let chain = chain(Guarded::new(strategy(&server), TIMEOUT));
    undecidable_for(&chain, "192.0.2.1").await;
    server.answers(Answer::Close);
    for client in 2..=20 {
        undecidable_for(&chain, &format!("192.0.2.{client}")).await;
        undecidable_for(&chain, "192.0.2.1").await;
    }
    let requests = server.requests() - 1;
    assert!(FEW.contains(&requests), "{requests}");
}

#[tokio::test]
async fn an_outage_may_say_how_long_it_lasts() {
    for (headers, expected) in
        [("Retry-After: 9\r\n", Some(9)), ("X-Retry-After: 9\r\n", Some(9)), ("", None)]
    {
        for status in [500, 502, 503, 504] {
            let server = Server::start(Answer::Status(status, headers.into())).await;
            let verdict = chain(strategy(&server)).judge(&from("192.0.2.1")).await.verdict;
            assert_eq!(pause(&verdict), expected.map(Duration::from_secs), "{status} {headers}");
            let Err(Unverified::Undecidable(undecidable)) = verdict else { panic!("{verdict:?}") };
            assert!(undecidable.is_outage(), "{status}");
            assert_eq!(undecidable.is_total_outage(), status != 500, "{status}");
            // It does not hold anybody back: the next may find it well.
            assert_eq!(server.requests(), 1);
        }
    }
}
