//! What has ended is asked anew at once, and nothing else is.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use better_auth_verifier::{
    Cached, Chain, Credential, CutOff, Feed, Forms, Identity, Revocations, Session, Strategy, User, Verdict,
};
use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use tokio::time;

use crate::parts::{
    PATIENCE, bearer, begin, chain, outcome, settle,
    store::{Says, Store, look_up},
};

const LONG: Duration = Duration::from_hours(1);

fn cached(store: &Store, revocations: &Revocations) -> Chain {
    chain(Cached::new(store.clone(), LONG, 100).with_revocations(revocations.clone()))
}

const TOKENS: [&str; 4] = ["ann/1", "ann/2", "ann", "bob/3"];

/// Which of them are looked up when they come again.
async fn asked_anew(store: &Store, chain: &Chain) -> Vec<&'static str> {
    let mut anew = Vec::new();
    for token in TOKENS {
        let before = store.calls();
        assert!(outcome(chain, &bearer(token)).await.starts_with("verified"), "{token}");
        if store.calls() > before {
            anew.push(token);
        }
    }
    anew
}

/// What ends, how it is told, and what is asked anew then.
type End<'a> = (&'a str, &'a dyn Fn(), &'a [&'a str]);

#[tokio::test]
async fn c2_what_has_ended_is_asked_anew_and_nothing_else() {
    let (store, revocations) = (Store::default(), Revocations::default());
    let chain = cached(&store, &revocations);
    assert_eq!(asked_anew(&store, &chain).await, TOKENS);
    assert_eq!(asked_anew(&store, &chain).await, [""; 0]);
    let feed = store.feed().await;
    let of_ann = &TOKENS[..3];
    let ends: [End<'_>; 14] = [
        ("a session", &|| revocations.session("1"), &["ann/1"]),
        ("another session", &|| revocations.session("2"), &["ann/2"]),
        ("a user", &|| revocations.user("ann"), of_ann),
        ("another user", &|| revocations.user("bob"), &["bob/3"]),
        ("a cut-off", &|| revocations.cut_off(&CutOff::new("ann", Utc::now())), of_ann),
        (
            "an old cut-off",
            &|| revocations.cut_off(&CutOff::new("ann", Utc::now() - TimeDelta::days(9))),
            of_ann,
        ),
        ("a session that nobody has", &|| revocations.session("4"), &[]),
        ("a user whom nobody knows", &|| revocations.user("eve"), &[]),
        ("a user's id as a session's", &|| revocations.session("ann"), &[]),
        ("a session's id as a user's", &|| revocations.user("1"), &[]),
        ("a session that it tells itself", &|| feed.session("3"), &["bob/3"]),
        ("a user whom it tells itself", &|| feed.user("ann"), of_ann),
        ("a cut-off that it tells itself", &|| feed.cut_off("bob"), &["bob/3"]),
        ("everything", &|| feed.invalidate_all(), &TOKENS),
    ];
    for (what, end, expected) in ends {
        end();
        assert_eq!(asked_anew(&store, &chain).await, expected, "{what}");
        assert_eq!(asked_anew(&store, &chain).await, [""; 0], "{what}: once");
    }
}

#[tokio::test]
async fn caches_that_share_revocations_hear_what_the_others_hear_but_not_how_well() {
    let (one, two, revocations) = (Store::default(), Store::default(), Revocations::default());
    let (first, second) = (cached(&one, &revocations), cached(&two, &revocations));
    let stranger = Store::default();
    let alone = chain(Cached::new(stranger.clone(), LONG, 100));
    for (store, chain) in [(&one, &first), (&two, &second), (&stranger, &alone)] {
        assert_eq!(asked_anew(store, chain).await, TOKENS);
    }
    let feed = one.feed().await;
    feed.session("1");
    for (store, chain, expected) in [(&one, &first, &TOKENS[..1]), (&two, &second, &TOKENS[..1])] {
        assert_eq!(asked_anew(store, chain).await, expected);
    }
    feed.invalidate_all();
    assert_eq!(asked_anew(&two, &second).await, [""; 0]);
    feed.listening(Duration::ZERO);
    feed.lost("the feed is dead");
    assert_eq!(asked_anew(&two, &second).await, [""; 0]);
    assert_eq!(asked_anew(&stranger, &alone).await, [""; 0]);
}

type Tell = fn(&Revocations, &Feed);

/// Every way in which `ann/1` may have ended by the time its look-up is done.
fn ends() -> [(&'static str, Tell); 6] {
    [
        ("a session", |revocations, _| revocations.session("1")),
        ("a user", |revocations, _| revocations.user("ann")),
        ("a cut-off", |revocations, _| revocations.cut_off(&CutOff::new("ann", Utc::now()))),
        ("a session that it tells itself", |_, feed| feed.session("1")),
        ("everything", |_, feed| feed.invalidate_all()),
        ("a feed that was lost for a moment", |_, feed| {
            feed.lost("the feed is dead");
            feed.listening(Duration::ZERO);
        }),
    ]
}

#[tokio::test]
async fn c2_what_was_seen_before_the_end_is_for_those_alone_who_came_before_it() {
    for (what, end) in ends() {
        let (store, revocations) = (Store::default(), Revocations::default());
        let chain = cached(&store, &revocations);
        outcome(&chain, &bearer("bob/3")).await;
        let feed = store.feed().await;
        feed.listening(Duration::ZERO);
        let held = store.hold();
        let before: Vec<_> = (0..3).map(|_| begin(&chain, "ann/1")).collect();
        store.is_asked(2).await;
        end(&revocations, &feed);
        store.says(Says::Ended);
        let after: Vec<_> = (0..3).map(|_| begin(&chain, "ann/1")).collect();
        settle().await;
        assert_eq!(store.calls(), 2, "{what}: they wait for the look-up under way");
        held.release();
        for answer in join_all(before).await {
            assert_eq!(answer.expect("an answer"), "verified ann", "{what}");
        }
        for answer in join_all(after).await {
            assert_eq!(answer.expect("an answer"), "refused: unknown-session", "{what}");
        }
        assert_eq!(outcome(&chain, &bearer("ann/1")).await, "refused: unknown-session", "{what}");
        assert_eq!(store.calls(), 3, "{what}: those who came after it share one look-up");
    }
}

#[tokio::test]
async fn c2_what_was_seen_before_the_end_is_never_remembered_after_it() {
    for (what, end) in ends() {
        let (store, revocations) = (Store::default(), Revocations::default());
        let chain = cached(&store, &revocations);
        outcome(&chain, &bearer("bob/3")).await;
        let feed = store.feed().await;
        feed.listening(Duration::ZERO);
        let held = store.hold();
        let before = begin(&chain, "ann/1");
        store.is_asked(2).await;
        end(&revocations, &feed);
        held.release();
        assert_eq!(before.await.expect("an answer"), "verified ann", "{what}");
        assert_eq!(look_up(&chain, "ann/1").await, 3, "{what}");
        assert_eq!(look_up(&chain, "ann/1").await, 3, "{what}: what was seen after it is remembered");
    }
}

#[tokio::test]
async fn the_end_of_others_does_not_part_those_who_share_a_look_up() {
    let (store, revocations) = (Store::default(), Revocations::default());
    let chain = cached(&store, &revocations);
    let held = store.hold();
    let before = begin(&chain, "ann/1");
    store.is_asked(1).await;
    revocations.user("bob");
    revocations.session("2");
    let after = begin(&chain, "ann/1");
    settle().await;
    held.release();
    for answer in [before, after] {
        assert_eq!(answer.await.expect("an answer"), "verified ann");
    }
    assert_eq!((look_up(&chain, "ann/1").await, store.calls()), (1, 1));
}

/// Of a user who changes whenever they are looked up.
struct Restless(Revocations, Arc<AtomicUsize>);

impl Strategy for Restless {
    fn name(&self) -> &'static str {
        "restless"
    }

    fn forms(&self) -> Forms {
        Forms::ANY
    }

    async fn verify(&self, _: &Credential) -> Verdict {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.user("ann");
        tokio::task::yield_now().await;
        self.0.session("1");
        let session = Session::new("1", Utc::now() + TimeDelta::hours(1));
        Ok(Identity::of_session(User::new("ann"), session))
    }
}

#[tokio::test]
async fn whoever_changes_all_the_time_is_answered_and_never_remembered() {
    let (revocations, calls) = (Revocations::default(), Arc::new(AtomicUsize::new(0)));
    let restless = Restless(revocations.clone(), calls.clone());
    let chain = chain(Cached::new(restless, LONG, 100).with_revocations(revocations));
    for one in 1..=3 {
        assert_eq!(outcome(&chain, &bearer("ann")).await, "verified ann");
        assert_eq!(calls.load(Ordering::SeqCst), one);
    }
    let crowd = join_all((0..50).map(|_| begin(&chain, "ann")));
    for answer in time::timeout(PATIENCE, crowd).await.expect("in time") {
        assert_eq!(answer.expect("an answer"), "verified ann");
    }
}
