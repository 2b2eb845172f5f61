//! What is remembered does a while longer in an outage, unless it is known to have ended.

use std::time::Duration;

use better_auth_verifier::{Cached, Chain, CutOff, Guarded, Revocations};
use chrono::{TimeDelta, Utc};
use tokio::time;

use crate::parts::{
    bearer, begin, chain, outcome, pause, settle,
    store::{Says, Store, look_up},
};

const LONG: Duration = Duration::from_hours(1);

/// A cache that asks for every request, and goes on for an hour without an answer.
fn stale(store: &Store, revocations: &Revocations) -> Chain {
    let cached = Cached::new(store.clone(), Duration::ZERO, 100).with_revocations(revocations.clone());
    chain(cached.with_stale_if_unavailable(LONG))
}

async fn judge(chain: &Chain, token: &str) -> String {
    outcome(chain, &bearer(token)).await
}

#[tokio::test]
async fn h4_an_outage_does_not_end_what_is_remembered() {
    let store = Store::default();
    let chain = stale(&store, &Revocations::default());
    assert_eq!(look_up(&chain, "ann/1").await, 1);
    store.says(Says::Away);
    for calls in 2..5 {
        assert_eq!(look_up(&chain, "ann/1").await, 1);
        assert_eq!(store.calls(), calls, "it is asked all the same");
    }
    assert_eq!(judge(&chain, "bob/2").await, "undecidable", "who was never known is not now");
    store.says(Says::Found);
    assert_eq!(look_up(&chain, "ann/1").await, 6, "it recovers");
    store.says(Says::Away);
    assert_eq!(look_up(&chain, "ann/1").await, 6, "what was seen last counts");
}

#[tokio::test]
async fn c2_whoever_is_undecidable_alone_is_not_served_from_memory() {
    let store = Store::default();
    let chain = stale(&store, &Revocations::default());
    for lost in [false, true] {
        store.says(Says::Found);
        assert_eq!(judge(&chain, "ann/1").await, "verified ann");
        let feed = store.feed().await;
        feed.listening(Duration::ZERO);
        assert_eq!(judge(&chain, "ann/1").await, "verified ann");
        if lost {
            feed.lost("the feed is dead");
        }
        store.says(Says::Odd);
        assert_eq!(judge(&chain, "ann/1").await, "undecidable", "{lost}");
    }
}

#[tokio::test]
async fn by_default_an_outage_is_undecidable_as_soon_as_the_age_is_over() {
    let store = Store::default();
    let chain = chain(Cached::new(store.clone(), Duration::from_millis(300), 100));
    assert_eq!(judge(&chain, "ann/1").await, "verified ann");
    store.says(Says::Away);
    time::sleep(Duration::from_millis(350)).await;
    assert_eq!(judge(&chain, "ann/1").await, "undecidable");
}

#[tokio::test]
async fn c2_it_does_for_its_age_and_the_time_of_grace_and_no_longer() {
    let (age, grace) = (Duration::from_millis(200), Duration::from_secs(4));
    let store = Store::default();
    let chain = chain(Cached::new(store.clone(), age, 100).with_stale_if_unavailable(grace));
    assert_eq!(judge(&chain, "ann/1").await, "verified ann");
    store.says(Says::Away);
    time::sleep(age + Duration::from_millis(50)).await;
    assert_eq!((judge(&chain, "ann/1").await, store.calls()), ("verified ann".into(), 2));
    time::sleep(grace).await;
    assert_eq!(judge(&chain, "ann/1").await, "undecidable");
}

#[tokio::test]
async fn c2_it_does_not_outlive_the_session() {
    let store = Store::new("store", TimeDelta::milliseconds(700));
    let chain = stale(&store, &Revocations::default());
    assert_eq!(judge(&chain, "ann/1").await, "verified ann");
    store.says(Says::Away);
    assert_eq!(judge(&chain, "ann/1").await, "verified ann");
    time::sleep(Duration::from_millis(750)).await;
    assert_eq!(judge(&chain, "ann/1").await, "undecidable");
}

#[tokio::test]
async fn c2_what_is_known_to_have_ended_does_not_come_back_in_an_outage() {
    let revocations = Revocations::default();
    let store = Store::default();
    let chain = stale(&store, &revocations);
    judge(&chain, "ann/1").await;
    let feed = store.feed().await;
    let ends: [(&str, &dyn Fn()); 5] = [
        ("a session", &|| revocations.session("1")),
        ("a user", &|| revocations.user("ann")),
        ("a cut-off", &|| revocations.cut_off(&CutOff::new("ann", Utc::now()))),
        ("a session that it tells itself", &|| feed.session("1")),
        ("everything", &|| feed.invalidate_all()),
    ];
    for (what, end) in ends {
        store.says(Says::Found);
        assert_eq!(judge(&chain, "ann/1").await, "verified ann");
        assert_eq!(judge(&chain, "bob/2").await, "verified bob");
        store.says(Says::Away);
        assert_eq!(judge(&chain, "ann/1").await, "verified ann", "{what}");
        end();
        assert_eq!(judge(&chain, "ann/1").await, "undecidable", "{what}");
        let bob = if what == "everything" { "undecidable" } else { "verified bob" };
        assert_eq!(judge(&chain, "bob/2").await, bob, "{what}: nobody else");
    }
}

#[tokio::test]
async fn c2_a_refusal_is_a_refusal() {
    let store = Store::default();
    let chain = stale(&store, &Revocations::default());
    assert_eq!(judge(&chain, "ann/1").await, "verified ann");
    store.says(Says::Ended);
    assert_eq!(judge(&chain, "ann/1").await, "refused: unknown-session");
}

#[tokio::test]
async fn c2_what_was_refused_does_not_come_back_in_an_outage() {
    let store = Store::default();
    let chain = stale(&store, &Revocations::default());
    assert_eq!(judge(&chain, "ann/1").await, "verified ann");
    store.says(Says::Ended);
    assert_eq!(judge(&chain, "ann/1").await, "refused: unknown-session");
    store.says(Says::Away);
    // A refusal itself is remembered for a second.
    time::sleep(Duration::from_millis(1050)).await;
    assert_eq!(judge(&chain, "ann/1").await, "undecidable");
}

#[tokio::test]
async fn c2_what_was_refused_while_nothing_could_be_heard_does_not_come_back_in_an_outage() {
    let store = Store::default();
    let chain = stale(&store, &Revocations::default());
    chain.probes().remove(0).ask().await.expect("ready");
    let feed = store.feed().await;
    feed.listening(Duration::ZERO);
    assert_eq!(judge(&chain, "ann/1").await, "verified ann");
    feed.lost("the feed is dead");
    store.says(Says::Ended);
    assert_eq!(judge(&chain, "ann/1").await, "refused: unknown-session");
    store.says(Says::Away);
    assert_eq!(judge(&chain, "ann/1").await, "undecidable");
}

#[tokio::test]
async fn c2_what_was_refused_does_not_come_back_by_a_look_up_that_began_before() {
    let store = Store::default();
    let chain = stale(&store, &Revocations::default());
    chain.probes().remove(0).ask().await.expect("ready");
    let feed = store.feed().await;
    feed.listening(Duration::ZERO);
    let held = store.hold();
    let before = begin(&chain, "ann/1");
    store.is_asked(1).await;
    feed.lost("the feed is dead");
    store.says(Says::Ended);
    let after = begin(&chain, "ann/1");
    settle().await;
    held.release();
    assert_eq!(before.await.expect("an answer"), "verified ann");
    assert_eq!(after.await.expect("an answer"), "refused: unknown-session");
    store.says(Says::Away);
    assert_eq!(judge(&chain, "ann/1").await, "undecidable");
}

#[tokio::test]
async fn h4_an_outage_that_takes_the_feed_along_is_an_outage_like_others() {
    let store = Store::default();
    let chain = stale(&store, &Revocations::default());
    judge(&chain, "ann/1").await;
    let feed = store.feed().await;
    feed.listening(Duration::ZERO);
    assert_eq!(look_up(&chain, "ann/1").await, 2);
    store.says(Says::Away);
    feed.lost("the feed is dead");
    assert_eq!(look_up(&chain, "ann/1").await, 2);
    assert_eq!(judge(&chain, "bob/2").await, "undecidable");
    feed.listening(Duration::ZERO);
    assert_eq!(judge(&chain, "ann/1").await, "undecidable", "it may have ended unheard");
    store.says(Says::Found);
    assert_eq!(judge(&chain, "ann/1").await, "verified ann", "it recovers");
}

#[tokio::test(start_paused = true)]
async fn h4_it_does_while_a_breaker_is_open() {
    let store = Store::default();
    let guarded = Guarded::new(store.clone(), LONG);
    let chain = chain(Cached::new(guarded, Duration::ZERO, 100).with_stale_if_unavailable(LONG));
    assert_eq!(judge(&chain, "ann/1").await, "verified ann");
    store.says(Says::Away);
    for _ in 0..20 {
        assert_eq!(judge(&chain, "ann/1").await, "verified ann");
    }
    assert!(store.calls() < 20, "{} calls: the breaker is not open", store.calls());
    let stranger = chain.judge(&bearer("bob/2")).await.verdict;
    assert!(pause(&stranger).is_some(), "{stranger:?}");
    assert_eq!(judge(&chain, "forged").await, "refused: bad-signature");
}

#[tokio::test]
async fn the_longest_times_are_taken_without_overflow() {
    let store = Store::new("store", TimeDelta::days(365 * 200_000));
    let guarded = Guarded::new(store.clone(), LONG);
    let cached = Cached::new(guarded, Duration::MAX, u64::MAX);
    let chain = chain(cached.with_stale_if_unavailable(Duration::MAX));
    for _ in 0..2 {
        assert_eq!(look_up(&chain, "ann/1").await, 1);
    }
}

#[tokio::test]
async fn o5_the_time_of_grace_is_part_of_how_late_an_end_may_be_seen() {
    let store = Store::default();
    let minutes = Duration::from_mins;
    let cached = Cached::new(store.clone(), minutes(1), 100).with_stale_if_unavailable(minutes(5));
    let chain = chain(cached);
    let probe = chain.probes().remove(0);
    assert_eq!(probe.freshness().within, Some(minutes(6)));
    probe.ask().await.expect("ready");
    let feed = store.feed().await;
    feed.listening(Duration::from_secs(1));
    assert_eq!(probe.freshness().within, Some(Duration::from_secs(1)));
    feed.lost("the feed is dead");
    assert_eq!(probe.freshness().within, Some(minutes(6)));
}
