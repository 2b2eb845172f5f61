//! When a client of ours is told to come again.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use better_auth_verifier::{
    Authenticator, Guarded, NoStore, Problems, Revocations, Strategy,
    judgement::{Call, Observer},
};
use poem::EndpointExt;

use crate::{
    get_session::{TIMEOUT, strategy, vector},
    parts::{
        api::{self, Told, ask, carriers, routes},
        bearer, chain, jwt, outcome,
        server::{Answer, Server},
        signer::{Signer, jwks},
        store::{Says, Store},
        vector::text,
    },
};

/// Counts requests to Better Auth.
#[derive(Clone, Default)]
struct Calls(Arc<AtomicUsize>);

impl Calls {
    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Observer for Calls {
    fn called(&self, _: &Call) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What each of several equal requests is answered.
async fn answers(strategy: impl Strategy, token: &str, requests: usize) -> Vec<Told> {
    let authenticator = Authenticator::new(carriers(), chain(strategy));
    let client = api::client(routes().with(Problems).with(NoStore).data(authenticator));
    let header = format!("Bearer {token}");
    let mut all = Vec::new();
    for _ in 0..requests {
        let told = ask(&client, "GET /me", &[("authorization", &header)]).await;
        assert_eq!((told.status, told.kind().as_str()), (503, "unavailable"), "{told:?}");
        assert_eq!(told.header("ratelimit"), "", "it is no limit of ours");
        all.push(told);
    }
    all
}

/// The seconds that the last of them says.
fn seconds(answers: &[Told]) -> u32 {
    let header = answers.last().expect("an answer").header("retry-after");
    header.parse().unwrap_or_else(|_| panic!("no seconds: {header:?}"))
}

#[tokio::test]
async fn h4_r4_what_better_auth_asks_for_reaches_the_client() {
    let vector = vector();
    let token = text(&vector, "/wire");
    for (answer, expected) in [
        (Answer::Status(429, "X-Retry-After: 7\r\n".into()), 7),
        (Answer::Status(429, "Retry-After: 7\r\n".into()), 7),
        (Answer::Status(429, "X-Retry-After: 3600\r\n".into()), 60),
        (Answer::Status(429, "X-Retry-After: 0\r\n".into()), 1),
        (Answer::Status(429, String::new()), 1),
        (Answer::Status(503, "Retry-After: 9\r\n".into()), 9),
        (Answer::Status(503, "Retry-After: 3600\r\n".into()), 60),
        (Answer::Status(500, "Retry-After: 9\r\n".into()), 9),
        // Nobody knows.
        (Answer::Status(503, String::new()), 5),
        (Answer::Status(500, String::new()), 5),
        (Answer::Ok("{}".into()), 5),
        (Answer::Close, 5),
    ] {
        let server = Server::start(answer).await;
        assert_eq!(seconds(&answers(strategy(&server), token, 1).await), expected);
    }
}

#[tokio::test]
async fn r4_whoever_is_held_back_is_told_what_is_left_rounded_up() {
    let server = Server::start(Answer::Status(429, "X-Retry-After: 30\r\n".into())).await;
    let begin = Instant::now();
    let told = answers(strategy(&server), text(&vector(), "/wire"), 3).await;
    let passed = u32::try_from(begin.elapsed().as_secs()).expect("few");
    assert_eq!(server.requests(), 1);
    assert!((30 - passed..=30).contains(&seconds(&told)), "{told:?}");
}

/// Whoever asks why is no client: no client waits for their sake, no figure counts it, and they wait for nobody.
#[tokio::test]
async fn h4_an_examined_credential_makes_nobody_wait() {
    let server = Server::start(Answer::Status(429, "X-Retry-After: 30\r\n".into())).await;
    let calls = Calls::default();
    let chain = chain(strategy(&server).with_observer(Arc::new(calls.clone())));
    let credential = bearer(text(&vector(), "/wire"));
    for asked in 1..=2 {
        assert_eq!(outcome(&chain, &credential.clone().examined()).await, "undecidable");
        assert_eq!((server.requests(), calls.count()), (asked, 0));
    }
    assert_eq!(outcome(&chain, &credential).await, "undecidable");
    assert_eq!((server.requests(), calls.count()), (3, 1), "it is asked, as nobody was told to wait");
    assert_eq!(outcome(&chain, &credential.clone().examined()).await, "undecidable");
    assert_eq!((server.requests(), calls.count()), (4, 1));
    assert_eq!(outcome(&chain, &credential).await, "undecidable");
    assert_eq!((server.requests(), calls.count()), (4, 1), "now somebody was");
}

#[tokio::test(start_paused = true)]
async fn h4_an_open_breaker_is_asked_again_in_a_moment() {
    let store = Store::default();
    store.says(Says::Away);
    let told = answers(Guarded::new(store.clone(), TIMEOUT), "ann", 6).await;
    assert_eq!(store.calls(), 5);
    assert_eq!((seconds(&told[..5]), seconds(&told)), (5, 1));
}

#[tokio::test]
async fn s6_h4_an_unknown_key_inside_the_cool_down_is_worth_another_try_after_it() {
    let (known, first, unknown) = (Signer::ed25519("known"), Signer::ed25519("1"), Signer::ed25519("2"));
    let server = Server::start(Answer::json(&jwks([&known]))).await;
    // The first unknown key causes a fetch of its own.
    let chain = chain(jwt(&server, Duration::from_secs(10)));
    for signer in [&known, &first] {
        let _ = chain.judge(&bearer(&signer.token())).await;
    }
    let authenticator = Authenticator::new(carriers(), chain);
    let client = api::client(routes().with(Problems).data(authenticator));
    let header = format!("Bearer {}", unknown.token());
    let told = ask(&client, "GET /me", &[("authorization", &header)]).await;
    assert_eq!(told.status, 503, "{told:?}");
    assert!((1..=10).contains(&seconds(&[told])));
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn o5_cut_offs_that_have_not_been_read_yet_are_an_outage() {
    let signer = Signer::ed25519("a");
    let server = Server::start(Answer::json(&jwks([&signer]))).await;
    let revocations = Revocations::default();
    let _kept = revocations.keep();
    let jwt = jwt(&server, Duration::ZERO).with_revocations(revocations);
    assert_eq!(seconds(&answers(jwt, &signer.token(), 1).await), 5);
}
