//! What observers hear of a judgement that takes another way than the shortest.

use std::{sync::Arc, time::Duration};

use better_auth_verifier::{Cached, Chain, Credential, Fallback, Guarded};
use chrono::TimeDelta;
use tokio::{task::JoinHandle, time};

use crate::parts::{
    bearer, chain,
    heard::Heard,
    outcome,
    scripted::Scripted,
    settle,
    store::{Says, Store},
};

const LONG: Duration = Duration::from_hours(1);

/// A judgement in a task of its own, and what is heard of it.
fn begin(chain: &Chain, token: &str) -> (Heard, JoinHandle<String>) {
    let heard = Heard::default();
    let credential: Credential = bearer(token).observed_by(Arc::new(heard.clone()));
    let chain = chain.clone();
    (heard, tokio::spawn(async move { outcome(&chain, &credential).await }))
}

/// What is heard, and what it comes to.
async fn judge(chain: &Chain, token: &str) -> (Vec<String>, String) {
    let (heard, judged) = begin(chain, token);
    let outcome = judged.await.expect("judged");
    (heard.take(), outcome)
}

#[tokio::test]
async fn a_look_up_of_another_request_is_heard_as_shared() {
    let store = Store::default();
    let chain = chain(Cached::new(store.clone(), LONG, 100));
    let held = store.hold();
    let (first, one) = begin(&chain, "ann/1");
    store.is_asked(1).await;
    let (second, two) = begin(&chain, "ann/1");
    settle().await;
    held.release();
    for judged in [one, two] {
        assert_eq!(judged.await.expect("judged"), "verified ann");
    }
    assert_eq!(store.calls(), 1);
    assert_eq!((first.count("shared: store"), second.count("shared: store")), (0, 1));
    assert_eq!(second.count("remembered: store"), 0, "{:?}", second.steps());
    let missed = [&first, &second].map(|heard| heard.count("not remembered: store"));
    assert_eq!(missed, [1, 0]);
}

#[tokio::test]
async fn a_refusal_that_is_remembered_is_heard_as_that() {
    let store = Store::default();
    let chain = chain(Cached::new(store.clone(), LONG, 100));
    store.says(Says::Ended);
    for (remembered, calls) in [(0, 1), (1, 1)] {
        let (steps, outcome) = judge(&chain, "ann/1").await;
        assert_eq!((outcome.as_str(), store.calls()), ("refused: unknown-session", calls));
        let heard = steps.iter().filter(|step| *step == "remembered: store").count();
        assert_eq!(heard, remembered, "{steps:?}");
        assert!(!steps.iter().any(|step| step.starts_with("shared")), "{steps:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_breaker_is_heard_while_it_is_open() {
    let store = Store::default();
    let chain = chain(Guarded::new(store.clone(), LONG));
    store.says(Says::Away);
    for open in [0, 0, 0, 0, 0, 1, 1] {
        let (steps, outcome) = judge(&chain, "ann/1").await;
        assert_eq!(outcome, "undecidable");
        let heard = steps.iter().filter(|step| *step == "breaker open: store").count();
        assert_eq!(heard, open, "{steps:?}");
        let looked_up = steps.iter().filter(|step| *step == "looked up: store").count();
        assert_eq!(looked_up, 1 - open, "{steps:?}");
    }
    time::advance(Duration::from_millis(250)).await;
    let (steps, _) = judge(&chain, "ann/1").await;
    assert!(!steps.iter().any(|step| step.starts_with("breaker")), "it lets one try: {steps:?}");
}

#[tokio::test]
async fn a_fallback_is_heard_under_its_own_name() {
    let (first, second) =
        (Store::new("first", TimeDelta::hours(1)), Store::new("second", TimeDelta::hours(1)));
    let chain = chain(Fallback::new(first.clone(), second.clone()));
    let (steps, _) = judge(&chain, "ann/1").await;
    assert_eq!(steps, ["claimed: first", "user not banned", "decided: first"]);
    first.says(Says::Away);
    let (steps, outcome) = judge(&chain, "ann/1").await;
    let expected = [
        "claimed: first",
        "fell back: first to second",
        "claimed: second",
        "user not banned",
        "decided: second",
    ];
    assert_eq!((steps, outcome.as_str()), (expected.map(str::to_owned).to_vec(), "verified ann"));
    second.says(Says::Ended);
    let (steps, outcome) = judge(&chain, "ann/1").await;
    let expected = ["claimed: first", "fell back: first to second", "claimed: second", "decided: second"];
    assert_eq!((steps, outcome.as_str()), (expected.map(str::to_owned).to_vec(), "refused: unknown-session"));
    let (steps, _) = judge(&chain, "first:ann/1").await;
    assert_eq!(steps, ["claimed: first", "not claimed: second", "decided: first"]);
}

#[tokio::test]
async fn what_a_fallback_decided_is_its_own_also_from_a_cache_around_both() {
    let (first, second) =
        (Store::new("first", TimeDelta::hours(1)), Store::new("second", TimeDelta::hours(1)));
    let chain = chain(Cached::new(Fallback::new(first.clone(), second), LONG, 100));
    first.says(Says::Away);
    for expected in [
        &[
            "claimed: first",
            "not remembered: first",
            "fell back: first to second",
            "claimed: second",
            "user not banned",
            "decided: second",
        ][..],
        &["claimed: first", "remembered: first", "user not banned", "decided: second"],
    ] {
        assert_eq!(
            judge(&chain, "ann/1").await,
            (expected.iter().map(ToString::to_string).collect(), "verified ann".into())
        );
    }
}

#[tokio::test]
async fn c2_the_ban_rule_holds_for_a_fallback_and_is_heard_once() {
    let first = Store::new("first", TimeDelta::hours(1));
    first.says(Says::Away);
    let fallback = Fallback::new(first, Scripted::new("second", |_| true));
    let expected = [
        "claimed: first",
        "fell back: first to second",
        "claimed: second",
        "user not banned",
        "decided: second",
    ];
    let judged = judge(&chain(fallback), "ann-banned").await;
    assert_eq!(judged, (expected.map(str::to_owned).to_vec(), "refused: banned".into()));
}
