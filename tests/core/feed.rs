//! Who cannot hear what has ended remembers nothing, and shares nothing.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use better_auth_verifier::{
    Cached, Chain, Feed,
    revocation::{FeedState, Hearing},
};
use futures_util::{FutureExt, future::join_all};
use tokio::time;

use crate::parts::{
    PATIENCE, bearer, begin, chain, outcome, settle,
    store::{Ending, Says, Store, look_up},
};

const LONG: Duration = Duration::from_hours(1);
const LAG: Duration = Duration::from_millis(100);

/// A chain that remembers `ann/1` of its first look-up, its store, and where that tells what has ended.
async fn remembering() -> (Store, Chain, Feed) {
    let store = Store::default();
    let chain = chain(Cached::new(store.clone(), LONG, 100));
    chain.probes().remove(0).ask().await.expect("ready");
    let feed = store.feed().await;
    feed.listening(LAG);
    assert_eq!((look_up(&chain, "ann/1").await, look_up(&chain, "ann/1").await), (1, 1));
    (store, chain, feed)
}

/// Whether `ann/1` is answered from memory, and not for the first time.
async fn remembers(store: &Store, chain: &Chain) -> bool {
    outcome(chain, &bearer("ann/1")).await;
    let before = store.calls();
    outcome(chain, &bearer("ann/1")).await;
    store.calls() == before
}

#[tokio::test]
async fn c2_while_nothing_can_be_heard_nothing_remembered_is_used() {
    let (store, chain, feed) = remembering().await;
    feed.lost("the feed is dead");
    assert_eq!((look_up(&chain, "ann/1").await, look_up(&chain, "ann/1").await), (2, 3));
    store.says(Says::Ended);
    for _ in 0..2 {
        let before = store.calls();
        assert_eq!(outcome(&chain, &bearer("ann/1")).await, "refused: unknown-session");
        assert_eq!(store.calls(), before + 1, "a refusal is not remembered either");
    }
}

#[tokio::test]
async fn h4_in_an_outage_what_is_remembered_does_unless_it_could_have_ended_unheard() {
    let (store, chain, feed) = remembering().await;
    store.says(Says::Away);
    assert_eq!((look_up(&chain, "ann/1").await, store.calls()), (1, 1));
    feed.lost("the feed is dead");
    assert_eq!(outcome(&chain, &bearer("ann/1")).await, "undecidable");
    feed.listening(LAG);
    assert_eq!(outcome(&chain, &bearer("ann/1")).await, "undecidable");
    store.says(Says::Found);
    assert_eq!((look_up(&chain, "ann/1").await, look_up(&chain, "ann/1").await), (4, 4));
}

/// The look-up under way may have seen what has ended since.
#[tokio::test(start_paused = true)]
async fn c2_while_nothing_can_be_heard_only_look_ups_are_shared_that_began_later() {
    for says in [Says::Found, Says::Ended] {
        let (store, chain, feed) = remembering().await;
        feed.lost("the feed is dead");
        let held = store.hold();
        let first = begin(&chain, "ann/1");
        store.is_asked(2).await;
        store.says(says);
        let crowd: Vec<_> = (0..1000).map(|_| begin(&chain, "ann/1")).collect();
        held.release();
        assert_eq!(first.await.expect("an answer"), "verified ann");
        let expected = if says == Says::Found { "verified ann" } else { "refused: unknown-session" };
        for answer in join_all(crowd).await {
            assert_eq!(answer.expect("an answer"), expected);
        }
        assert_eq!(store.calls(), 3, "one for all of them");
    }
}

#[tokio::test(start_paused = true)]
async fn h4_while_nothing_can_be_heard_nobody_waits_for_a_slow_look_up_that_is_too_old() {
    let (store, chain, feed) = remembering().await;
    feed.lost("the feed is dead");
    let held = store.hold();
    let slow = begin(&chain, "ann/1");
    store.is_asked(2).await;
    store.hold().release();
    assert_eq!(look_up(&chain, "ann/1").await, 3);
    held.release();
    assert_eq!(slow.await.expect("an answer"), "verified ann");
}

#[tokio::test]
async fn c2_whoever_hears_again_asks_anew_what_was_remembered_before() {
    let (store, chain, feed) = remembering().await;
    outcome(&chain, &bearer("bob/2")).await;
    feed.lost("the feed is dead");
    feed.listening(LAG);
    for (token, number) in [("ann/1", 3), ("ann/1", 3), ("bob/2", 4), ("bob/2", 4)] {
        assert_eq!(look_up(&chain, token).await, number, "{token}");
    }
    for _ in 0..3 {
        feed.listening(LAG * 2);
    }
    assert_eq!(look_up(&chain, "ann/1").await, 3, "who hears all the time forgets nothing");
    assert_eq!(store.calls(), 4);
}

#[tokio::test]
async fn c2_what_was_looked_up_before_anything_could_be_heard_is_asked_anew() {
    for awaited in [true, false] {
        let store = Store::default();
        let chain = chain(Cached::new(store.clone(), LONG, 100));
        assert_eq!(look_up(&chain, "ann/1").await, 1);
        let feed = store.feed().await;
        if awaited {
            feed.awaited();
            assert!(!remembers(&store, &chain).await);
        } else {
            assert!(remembers(&store, &chain).await);
        }
        let calls = store.calls();
        feed.listening(LAG);
        assert_eq!((look_up(&chain, "ann/1").await, look_up(&chain, "ann/1").await), (calls + 1, calls + 1));
    }
}

#[tokio::test]
async fn however_often_it_is_lost_once_heard_is_heard() {
    let (store, chain, feed) = remembering().await;
    for _ in 0..3 {
        feed.lost("the feed is dead");
    }
    assert!(!remembers(&store, &chain).await);
    feed.listening(LAG);
    assert!(remembers(&store, &chain).await);
}

#[tokio::test]
async fn where_nothing_can_be_heard_at_all_the_age_alone_counts() {
    let (store, chain, feed) = remembering().await;
    feed.unsupported("there is no remedy");
    assert_eq!(look_up(&chain, "ann/1").await, 1);
    feed.lost("what cannot be heard is not lost");
    assert_eq!(look_up(&chain, "ann/1").await, 1);
    feed.listening(LAG);
    feed.lost("the feed is dead");
    assert!(!remembers(&store, &chain).await);
    feed.unsupported("there is no remedy");
    assert!(remembers(&store, &chain).await);
}

#[tokio::test]
async fn of_two_feeds_both_are_needed() {
    let (store, chain, first) = remembering().await;
    let feeds = [first, store.feeds().await.0.open("second")];
    for heard in
        [[true, true], [false, true], [true, true], [true, false], [false, false], [false, true], [true; 2]]
    {
        for (feed, heard) in feeds.iter().zip(heard) {
            if heard { feed.listening(LAG) } else { feed.lost("the feed is dead") }
        }
        assert_eq!(remembers(&store, &chain).await, heard == [true, true], "{heard:?}");
    }
}

#[tokio::test]
async fn c2_a_feed_whose_listener_has_stopped_is_lost() {
    for ending in [Ending::Returns, Ending::Panics] {
        for second in [false, true] {
            let (store, chain, first) = remembering().await;
            if second {
                first.unsupported("there is no remedy");
                store.feeds().await.0.open("second").listening(LAG);
            }
            assert!(remembers(&store, &chain).await);
            store.stops(ending).await;
            settle().await;
            assert!(!remembers(&store, &chain).await, "{ending:?} {second}");
        }
    }
}

#[tokio::test]
async fn a_listener_who_had_nothing_to_hear_may_stop() {
    for ending in [Ending::Returns, Ending::Panics] {
        let (store, chain, feed) = remembering().await;
        feed.unsupported("there is no remedy");
        store.stops(ending).await;
        settle().await;
        assert!(remembers(&store, &chain).await, "{ending:?}");
    }
}

/// And not some moments later, during which it would be believed without being heard.
#[tokio::test]
async fn c2_what_is_listened_to_is_clear_before_anything_is_remembered() {
    let chain = chain(Cached::new(Store::default(), LONG, 100));
    let probe = chain.probes().remove(0);
    assert_eq!(probe.freshness().feeds, []);
    // Nobody else's turn comes before it answers.
    probe.ask().now_or_never().expect("an answer at once").expect("ready");
    assert_eq!(probe.freshness().feeds.len(), 1);
}

#[tokio::test]
async fn a_listener_who_stops_at_once_fails_no_request() {
    for ending in [Ending::Returns, Ending::Panics] {
        let store = Store::default();
        store.stops(ending).await;
        let chain = chain(Cached::new(store, LONG, 100));
        assert_eq!((look_up(&chain, "ann/1").await, look_up(&chain, "ann/1").await), (1, 1), "{ending:?}");
    }
}

#[tokio::test]
async fn it_is_followed_once_and_for_as_long_as_the_cache_is_there() {
    let store = Store::default();
    let chain = chain(Cached::new(store.clone(), LONG, 100));
    // Readiness may be asked for before anybody comes.
    chain.probes().remove(0).ask().await.expect("ready");
    store.feed().await.listening(LAG);
    join_all((0..20).map(|number| begin(&chain, if number % 2 == 0 { "ann/1" } else { "bob/2" }))).await;
    let remembered = store.feeds().await.0.remembered();
    let mut users: Vec<_> = remembered.iter().map(|identity| &*identity.user.id).collect();
    users.sort_unstable();
    assert_eq!(users, ["ann", "bob"], "what it may look after one by one");
    drop(chain);
    store.is_left().await;
}

#[tokio::test]
async fn r4_what_is_remembered_is_let_go_with_the_cache() {
    let (store, chain, feed) = remembering().await;
    let remembered = Arc::downgrade(&store.feeds().await.0.remembered()[0]);
    assert!(remembered.upgrade().is_some());
    drop((chain, feed));
    store.is_left().await;
    drop(store);
    let begin = Instant::now();
    while remembered.upgrade().is_some() {
        assert!(begin.elapsed() < PATIENCE / 4, "somebody still holds it");
        time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn it_is_told_how_late_an_end_is_seen() {
    let store = Store::default();
    let chain = chain(Cached::new(store.clone(), LONG, 100));
    let probe = chain.probes().remove(0);
    assert_eq!(probe.freshness().within, Some(LONG));
    probe.ask().await.expect("ready");
    let (feeds, first) = store.feeds().await;
    let feeds = [first, feeds.open("second")];
    let listening = |seconds| Hearing::Listening(Duration::from_secs(seconds));
    for (hearing, expected) in [
        ([listening(1), listening(5)], Duration::from_secs(5)),
        ([listening(9), listening(5)], Duration::from_secs(9)),
        ([listening(1), Hearing::Unsupported], LONG),
        ([listening(1), listening(9999)], LONG),
        ([Hearing::Lost, Hearing::Lost], Duration::ZERO),
    ] {
        for (feed, hearing) in feeds.iter().zip(hearing) {
            match hearing {
                Hearing::Listening(lag) => feed.listening(lag),
                Hearing::Unsupported => feed.unsupported("there is no remedy"),
                Hearing::Lost => feed.awaited(),
            }
        }
        let freshness = probe.freshness();
        assert_eq!(freshness.within, Some(expected), "{hearing:?}");
        let told = freshness.feeds.iter().map(|FeedState { name, hearing, .. }| (*name, *hearing));
        assert_eq!(told.collect::<Vec<_>>(), [("store", hearing[0]), ("second", hearing[1])]);
    }
}
