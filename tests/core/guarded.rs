//! What is asked of something slow or away: so much at once, so long, and nothing for a moment after an outage.

use std::{sync::Arc, time::Duration};

use better_auth_verifier::{AnyStrategy, Cached, Chain, Guarded, Unverified, Verdict};
use futures_util::future::join_all;
use tokio::{task::JoinHandle, time, time::Instant};

use crate::parts::{
    PATIENCE, bearer, begin, chain,
    heard::Heard,
    jwt, outcome, pause,
    server::{Answer, Server},
    settle,
    signer::{Signer, USER, jwks},
    store::{Says, Store, look_up},
};

const TIMEOUT: Duration = Duration::from_secs(3);
const UNDER_WAY: usize = 64;
const WAITING: usize = 1024;
/// How long the breaker stays open at first.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

fn guarded(store: &Store) -> Chain {
    chain(Guarded::new(store.clone(), TIMEOUT))
}

async fn judge(chain: &Chain, token: &str) -> String {
    outcome(chain, &bearer(token)).await
}

fn is_outage(verdict: &Verdict) -> bool {
    matches!(verdict, Err(Unverified::Undecidable(undecidable)) if undecidable.is_outage())
}

/// So many who wait for an answer.
async fn crowd(chain: &Chain, size: usize) -> Vec<JoinHandle<String>> {
    let crowd = (0..size).map(|_| begin(chain, "ann/1")).collect();
    settle().await;
    crowd
}

async fn assert_all(crowd: Vec<JoinHandle<String>>, expected: &str) {
    for answer in join_all(crowd).await {
        assert_eq!(answer.expect("an answer"), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn h4_an_answer_that_does_not_come_is_undecidable_in_time() {
    let store = Store::default();
    let chain = guarded(&store);
    let _held = store.hold();
    let begin = Instant::now();
    let verdict = chain.judge(&bearer("ann/1")).await.verdict;
    assert!(is_outage(&verdict), "{verdict:?}");
    assert_eq!(begin.elapsed().as_millis(), TIMEOUT.as_millis());
}

#[tokio::test(start_paused = true)]
async fn h4_the_wait_for_ones_turn_is_part_of_the_time() {
    let store = Store::default();
    let chain = guarded(&store);
    let (first, begin) = (store.hold(), Instant::now());
    let quick = crowd(&chain, UNDER_WAY).await;
    let slow = chain.clone();
    let slow = tokio::spawn(async move { slow.judge(&bearer("ann/1")).await.verdict });
    settle().await;
    time::advance(TIMEOUT * 2 / 3).await;
    let _second = store.hold();
    first.release();
    assert_all(quick, "verified ann").await;
    assert_eq!(store.calls(), UNDER_WAY + 1, "its turn has come");
    let verdict = slow.await.expect("an answer");
    assert_eq!(begin.elapsed().as_millis(), TIMEOUT.as_millis());
    assert!(pause(&verdict).is_none() && !is_outage(&verdict), "a third of the time is too little to tell");
}

#[tokio::test(start_paused = true)]
async fn r4_so_many_are_asked_at_once_and_the_others_wait_for_their_turn() {
    let store = Store::default();
    let chain = guarded(&store);
    let held = store.hold();
    let crowd = crowd(&chain, UNDER_WAY + 10).await;
    assert_eq!(store.calls(), UNDER_WAY);
    held.release();
    assert_all(crowd, "verified ann").await;
    assert_eq!(store.calls(), UNDER_WAY + 10);
}

#[tokio::test(start_paused = true)]
async fn r4_whoever_finds_the_queue_full_is_told_at_once() {
    let store = Store::default();
    let chain = guarded(&store);
    let held = store.hold();
    let mut all = crowd(&chain, UNDER_WAY + WAITING).await;
    assert!(crowd(&chain, 5).await.iter().all(JoinHandle::is_finished));
    let verdict = chain.judge(&bearer("ann/1")).await.verdict;
    assert_eq!(pause(&verdict), Some(Duration::from_secs(1)));
    assert!(!is_outage(&verdict), "a full queue is no outage");
    // Who goes away leaves their place to others.
    for gone in all.drain(UNDER_WAY..UNDER_WAY + 2) {
        gone.abort();
    }
    settle().await;
    all.extend(crowd(&chain, 2).await);
    assert_eq!(store.calls(), UNDER_WAY);
    held.release();
    assert_all(all, "verified ann").await;
}

#[tokio::test(start_paused = true)]
async fn c1_what_can_be_refused_without_asking_is_refused_whatever_happens() {
    let store = Store::default();
    let chain = guarded(&store);
    let held = store.hold();
    let all = crowd(&chain, UNDER_WAY + WAITING).await;
    assert_eq!(judge(&chain, "ann/1").await, "undecidable", "the queue is full");
    assert_eq!(judge(&chain, "forged").await, "refused: bad-signature");
    held.release();
    assert_all(all, "verified ann").await;
    store.says(Says::Away);
    let calls = store.calls();
    for _ in 0..10 {
        judge(&chain, "ann/1").await;
        assert_eq!(judge(&chain, "forged").await, "refused: bad-signature");
    }
    assert_eq!(store.calls() - calls, 5, "the breaker is open");
}

/// Tokens that name unknown keys cannot shut out those whose key is known.
#[tokio::test]
async fn h4_while_no_keys_can_be_fetched_the_known_ones_decide() {
    let (known, unknown) = (Signer::ed25519("known"), Signer::ed25519("unknown"));
    let server = Server::start(Answer::json(&jwks([&known]))).await;
    let chain = chain(Guarded::new(jwt(&server, TIMEOUT), PATIENCE));
    assert_eq!(judge(&chain, &known.token()).await, format!("verified {USER}"));
    server.answers(Answer::Status(500, String::new()));
    for _ in 0..5 {
        assert_eq!(judge(&chain, &unknown.token()).await, "undecidable");
    }
    let heard = Heard::default();
    let credential = bearer(&unknown.token()).observed_by(Arc::new(heard.clone()));
    assert_eq!(outcome(&chain, &credential).await, "undecidable");
    assert_eq!(heard.count("breaker open: jwt"), 1, "{:?}", heard.steps());
    assert_eq!(judge(&chain, &known.token()).await, format!("verified {USER}"));
    assert_eq!(judge(&chain, &Signer::ed25519("known").token()).await, "refused: bad-signature");
}

#[tokio::test(start_paused = true)]
async fn five_outages_in_a_row_open_the_breaker_and_nothing_else_does() {
    for (says, rounds, calls) in [
        (&[Says::Away][..], 10, 5),
        (&[Says::Odd], 10, 10),
        (&[Says::Ended], 10, 10),
        (&[Says::Found], 10, 10),
        (&[Says::Away, Says::Away, Says::Away, Says::Away, Says::Found], 10, 50),
        (&[Says::Away, Says::Away, Says::Away, Says::Away, Says::Ended], 10, 50),
        // An odd answer says nothing about the others.
        (&[Says::Odd, Says::Away, Says::Away, Says::Away, Says::Away, Says::Away], 10, 6),
        (&[Says::Away, Says::Away, Says::Away, Says::Away, Says::Odd], 10, 6),
    ] {
        let store = Store::default();
        let chain = guarded(&store);
        for _ in 0..rounds {
            for says in says {
                store.says(*says);
                judge(&chain, "ann/1").await;
            }
        }
        assert_eq!(store.calls(), calls, "{says:?}");
        store.says(Says::Found);
        let verdict = chain.judge(&bearer("ann/1")).await.verdict;
        let is_open = calls < rounds * says.len();
        assert_eq!(verdict.is_err(), is_open, "{says:?}");
        if is_open {
            assert_eq!(pause(&verdict), Some(FIRST_PAUSE), "{says:?}");
            assert!(is_outage(&verdict), "it is known to be away");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn time_outs_open_the_breaker_and_callers_who_go_away_do_not() {
    let store = Store::default();
    let chain = guarded(&store);
    let held = store.hold();
    for _ in 0..3 {
        for gone in crowd(&chain, 20).await {
            gone.abort();
        }
    }
    settle().await;
    assert_eq!(store.calls(), 60);
    assert_all(crowd(&chain, 4).await, "undecidable").await;
    assert_eq!(store.calls(), 64, "four are not enough");
    assert_all(crowd(&chain, 1).await, "undecidable").await;
    assert_all(crowd(&chain, 10).await, "undecidable").await;
    assert_eq!(store.calls(), 65);
    held.release();
}

/// A chain whose breaker has just opened.
async fn opened() -> (Store, Chain) {
    let store = Store::default();
    let chain = guarded(&store);
    store.says(Says::Away);
    for _ in 0..6 {
        assert_eq!(judge(&chain, "ann/1").await, "undecidable");
    }
    assert_eq!(store.calls(), 5);
    (store, chain)
}

#[tokio::test(start_paused = true)]
async fn h4_when_the_pause_is_over_one_tries_for_all() {
    let (store, chain) = opened().await;
    time::advance(FIRST_PAUSE).await;
    let held = store.hold();
    let all = crowd(&chain, 10).await;
    assert_eq!(store.calls(), 6);
    assert_eq!(all.iter().filter(|answer| answer.is_finished()).count(), 9, "the others are told at once");
    held.release();
    assert_all(all, "undecidable").await;
    assert_eq!((judge(&chain, "ann/1").await, store.calls()), ("undecidable".into(), 6));
    // It was away: twice the pause.
    time::advance(FIRST_PAUSE).await;
    assert_eq!((judge(&chain, "ann/1").await, store.calls()), ("undecidable".into(), 6));
    store.says(Says::Found);
    time::advance(FIRST_PAUSE).await;
    assert_eq!((judge(&chain, "ann/1").await, store.calls()), ("verified ann".into(), 7));
    assert_all(crowd(&chain, 20).await, "verified ann").await;
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_away_while_trying_leaves_it_to_the_next() {
    let (store, chain) = opened().await;
    store.says(Says::Found);
    time::advance(FIRST_PAUSE).await;
    let held = store.hold();
    for gone in crowd(&chain, 1).await {
        gone.abort();
    }
    settle().await;
    held.release();
    assert_eq!((judge(&chain, "ann/1").await, store.calls()), ("verified ann".into(), 7));
}

#[tokio::test(start_paused = true)]
async fn c2_what_is_heard_the_probe_and_the_check_pass_through() {
    let store = Store::default();
    let guarded = AnyStrategy::new(Guarded::new(AnyStrategy::new(store.clone()), TIMEOUT));
    let chain = chain(Cached::new(guarded, Duration::from_hours(1), 100));
    assert_eq!((look_up(&chain, "ann/1").await, look_up(&chain, "ann/1").await), (1, 1));
    store.feed().await.session("1");
    assert_eq!(look_up(&chain, "ann/1").await, 2);
    store.says(Says::Away);
    for _ in 0..10 {
        assert_eq!(judge(&chain, "bob/2").await, "undecidable");
    }
    assert_eq!(judge(&chain, "forged").await, "refused: bad-signature");
    assert_eq!(store.calls(), 2 + 5, "the breaker is open");
    let probe = chain.probes().remove(0);
    assert!(probe.ask().await.is_err());
    store.says(Says::Found);
    assert!(probe.ask().await.is_ok(), "the probe finds out by itself");
}

#[tokio::test]
async fn the_longest_timeout_is_taken_without_overflow() {
    let chain = chain(Guarded::new(Store::default(), Duration::MAX));
    assert_eq!(judge(&chain, "ann/1").await, "verified ann");
}
