//! Who is asked where the first could not find out.

use std::{sync::Arc, time::Duration};

use better_auth_verifier::{
    AnyStrategy, Cached, Chain, Credential, Fallback, Feeds, Forms, Guarded, Jwt, Refusal, Revocations,
    Strategy, Unverified, Verdict,
};
use chrono::TimeDelta;
use futures_util::join;

use crate::parts::{
    bearer, chain,
    heard::Heard,
    log::Log,
    outcome, pause, settle,
    store::{Ending, Says, Store, look_up},
    told,
};

const LONG: Duration = Duration::from_hours(1);

fn stores() -> (Store, Store) {
    (Store::new("first", TimeDelta::hours(1)), Store::new("second", TimeDelta::hours(1)))
}

async fn judge(chain: &Chain, token: &str) -> String {
    outcome(chain, &bearer(token)).await
}

#[tokio::test]
async fn h4_the_fallback_is_asked_only_where_the_first_could_not_find_out() {
    for (one, two, expected, decided, calls) in [
        (Says::Found, Says::Found, "verified ann", "first", (1, 0)),
        (Says::Found, Says::Ended, "verified ann", "first", (1, 0)),
        (Says::Ended, Says::Found, "refused: unknown-session", "first", (1, 0)),
        (Says::Away, Says::Found, "verified ann", "second", (1, 1)),
        (Says::Odd, Says::Found, "verified ann", "second", (1, 1)),
        (Says::Away, Says::Ended, "refused: unknown-session", "second", (1, 1)),
        (Says::Away, Says::Away, "undecidable", "second", (1, 1)),
        (Says::Odd, Says::Odd, "undecidable", "second", (1, 1)),
    ] {
        let (first, second) = stores();
        first.says(one);
        second.says(two);
        let next = Store::default();
        let chain = chain(Fallback::new(first.clone(), second.clone())).push(next.clone());
        let judgement = chain.judge(&bearer("ann/1")).await;
        assert_eq!(told(&judgement.verdict), expected, "{one:?} {two:?}");
        assert_eq!((first.calls(), second.calls()), calls, "{one:?} {two:?}");
        assert_eq!(judgement.strategy, Some(decided), "{one:?} {two:?}");
        if let Ok(identity) = judgement.verdict {
            assert_eq!(identity.strategy, decided, "{one:?} {two:?}");
        }
        assert_eq!(next.calls(), 0, "{one:?} {two:?}: nobody else in the chain");
    }
}

#[tokio::test]
async fn it_claims_what_the_first_claims_and_asks_the_second_for_no_more_than_that_claims_too() {
    let (first, second) = stores();
    let both = Fallback::new(first.clone(), second.clone());
    assert_eq!(both.name(), "first");
    for (token, claimed) in [("ann", true), ("first:ann", true), ("second:ann", false)] {
        assert_eq!(both.claims(&bearer(token)).is_ok(), claimed, "{token}");
    }
    let chain = chain(both);
    first.says(Says::Away);
    assert_eq!(judge(&chain, "first:ann").await, "undecidable");
    assert_eq!(judge(&chain, "second:ann").await, "refused: unclaimed");
    assert_eq!((first.calls(), second.calls()), (1, 0));
    assert_eq!(judge(&chain, "ann").await, "verified ann");
}

#[tokio::test]
async fn c1_what_the_first_can_refuse_without_asking_is_refused() {
    let (first, second) = stores();
    let both = Fallback::new(first.clone(), second.clone());
    both.precheck(&bearer("forged")).expect("decided").expect_err("refused");
    assert!(both.precheck(&bearer("ann")).is_none(), "somebody has to be asked");
    first.says(Says::Away);
    assert_eq!(judge(&chain(both), "forged").await, "refused: bad-signature");
    assert_eq!((first.calls(), second.calls()), (0, 0));
}

#[tokio::test]
async fn o5_it_is_ready_if_either_is() {
    for (one, two, ready) in [
        (Says::Found, Says::Found, true),
        (Says::Found, Says::Away, true),
        (Says::Away, Says::Found, true),
        (Says::Away, Says::Away, false),
    ] {
        let (first, second) = stores();
        first.says(one);
        second.says(two);
        let chain = chain(Fallback::new(first, second));
        assert_eq!(chain.probes().remove(0).ask().await.is_ok(), ready, "{one:?} {two:?}");
    }
}

/// As the service builds it: each with its own cache, both with the same revocations.
fn as_in_service(first: &Store, second: &Store, revocations: &Revocations) -> Chain {
    let cached = |store: &Store| {
        Cached::new(Guarded::new(store.clone(), LONG), LONG, 100).with_revocations(revocations.clone())
    };
    chain(Fallback::new(cached(first), cached(second)))
}

#[tokio::test(start_paused = true)]
async fn h4_what_the_fallback_said_is_remembered_apart_and_forgotten_when_it_has_ended() {
    let (first, second) = stores();
    let revocations = Revocations::default();
    let chain = as_in_service(&first, &second, &revocations);
    first.says(Says::Away);
    for calls in 1..=3 {
        let identity = chain.judge(&bearer("ann/1")).await.verdict.expect("verified");
        assert_eq!(identity.strategy, "second");
        assert_eq!((first.calls(), second.calls()), (calls, 1));
    }
    second.says(Says::Ended);
    revocations.session("1");
    assert_eq!(judge(&chain, "ann/1").await, "refused: unknown-session");
    second.says(Says::Away);
    assert_eq!(judge(&chain, "bob/2").await, "undecidable");
    let calls = (first.calls(), second.calls());
    assert_eq!(judge(&chain, "bob/2").await, "undecidable");
    assert_eq!(first.calls(), calls.0, "its breaker has opened");
    assert_eq!(second.calls(), calls.1 + 1, "the other's has not");
}

#[tokio::test]
async fn h4_the_first_decides_again_as_soon_as_it_can() {
    let (first, second) = stores();
    let chain = as_in_service(&first, &second, &Revocations::default());
    first.says(Says::Away);
    assert_eq!(judge(&chain, "ann/1").await, "verified ann");
    first.says(Says::Ended);
    assert_eq!(judge(&chain, "ann/1").await, "refused: unknown-session");
    first.says(Says::Found);
    let identity = chain.judge(&bearer("bob/2")).await.verdict.expect("verified");
    assert_eq!(identity.strategy, "first");
}

#[tokio::test]
async fn c2_an_end_is_seen_as_late_as_the_later_of_both_sees_it() {
    let minutes = Duration::from_mins;
    for (one, two, expected) in [(1, 5, 5), (5, 1, 5)] {
        let (first, second) = stores();
        let cached = |store: Store, age| Cached::new(store, minutes(age), 100);
        let chain = chain(Fallback::new(cached(first, one), cached(second, two)));
        assert_eq!(chain.probes().remove(0).freshness().within, Some(minutes(expected)));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_told_is_when_the_fallback_may_be_asked_again() {
    let (first, second) = stores();
    let chain = as_in_service(&first, &second, &Revocations::default());
    first.says(Says::Away);
    second.says(Says::Away);
    for _ in 0..5 {
        let verdict = chain.judge(&bearer("ann/1")).await.verdict;
        assert_eq!(pause(&verdict), None);
    }
    let verdict = chain.judge(&bearer("ann/1")).await.verdict;
    assert!(pause(&verdict).is_some(), "both breakers are open: {verdict:?}");
}

#[tokio::test]
async fn the_log_says_so_and_not_for_every_request() {
    let (first, second) = stores();
    let chain = chain(Fallback::new(first.clone(), second));
    let (log, _guard) = Log::collect();
    let said = || log.take().iter().filter(|line| line.text.contains("the fallback is asked")).count();
    assert_eq!(judge(&chain, "ann/1").await, "verified ann");
    assert_eq!(said(), 0);
    for says in [Says::Away, Says::Odd, Says::Away] {
        first.says(says);
        assert_eq!(judge(&chain, "ann/1").await, "verified ann");
    }
    assert_eq!(said(), 1);
}

/// Such as a cookie cache that has ended: it knows nothing of the session.
struct PassesOver;

impl Strategy for PassesOver {
    fn name(&self) -> &'static str {
        "passes_over"
    }

    fn forms(&self) -> Forms {
        Forms::ANY
    }

    async fn verify(&self, _: &Credential) -> Verdict {
        Err(Unverified::from(Refusal::Unclaimed).passed_over())
    }
}

#[tokio::test]
async fn h4_a_fallback_that_passes_over_leaves_it_undecidable() {
    let (first, _) = stores();
    first.says(Says::Away);
    let next = Store::default();
    let chain = chain(Fallback::new(first, PassesOver)).push(next.clone());
    assert_eq!(judge(&chain, "ann").await, "undecidable");
    assert_eq!(next.calls(), 0, "nobody else is asked");
}

/// Such as one that does not know yet what has ended.
struct CannotTell;

impl Strategy for CannotTell {
    fn name(&self) -> &'static str {
        "cannot_tell"
    }

    fn forms(&self) -> Forms {
        Forms::ANY
    }

    fn precheck(&self, _: &Credential) -> Option<Verdict> {
        Some(Err(Unverified::undecidable("nothing is known yet")))
    }

    async fn verify(&self, _: &Credential) -> Verdict {
        Err(Unverified::undecidable("nothing is known yet"))
    }
}

#[tokio::test]
async fn h4_a_guard_around_both_asks_the_fallback_too() {
    let (_, second) = stores();
    let chain = chain(Guarded::new(Fallback::new(CannotTell, second), LONG));
    assert_eq!(judge(&chain, "ann").await, "verified ann");
}

/// A cache around both, as an app may build it, and who tells it what has ended.
async fn cached_together() -> (Chain, Store, Store) {
    let (first, second) = stores();
    let chain = chain(Cached::new(Fallback::new(first.clone(), second.clone()), LONG, 100));
    chain.probes().remove(0).ask().await.expect("ready");
    for store in [&first, &second] {
        store.feed().await.listening(Duration::from_millis(100));
    }
    first.says(Says::Away);
    (chain, first, second)
}

#[tokio::test]
async fn c2_a_cache_around_both_hears_what_either_hears() {
    let (chain, first, second) = cached_together().await;
    let mut calls = 1;
    for store in [&second, &first] {
        assert_eq!((look_up(&chain, "ann/1").await, look_up(&chain, "ann/1").await), (calls, calls));
        store.feed().await.session("1");
        calls += 1;
        assert_eq!(look_up(&chain, "ann/1").await, calls);
    }
}

#[tokio::test]
async fn c2_what_one_of_them_hears_no_more_is_not_believed_to_be_heard() {
    for ending in [Ending::Returns, Ending::Panics] {
        for stops in 0..2 {
            let (chain, first, second) = cached_together().await;
            assert_eq!((look_up(&chain, "ann/1").await, look_up(&chain, "ann/1").await), (1, 1));
            [&first, &second][stops].stops(ending).await;
            settle().await;
            assert_eq!(
                (look_up(&chain, "ann/1").await, look_up(&chain, "ann/1").await),
                (2, 3),
                "{ending:?}"
            );
        }
    }
}

#[tokio::test]
async fn both_check_tokens_against_the_same_revocations() {
    let revocations = Revocations::default();
    let jwt = |revocations: &Revocations| {
        let url = "http://127.0.0.1:9/jwks".parse().expect("a URL");
        Jwt::new(url, ["issuer"], ["audience"]).expect("a client").with_revocations(revocations.clone())
    };
    for both in [
        Fallback::new(jwt(&revocations), Store::default()),
        Fallback::new(Store::default(), jwt(&revocations)),
        Fallback::new(jwt(&revocations), jwt(&revocations)),
    ] {
        assert!(both.revocations().is_some(), "a cache around both honours them");
    }
    let apart = std::panic::catch_unwind(|| {
        Fallback::new(jwt(&Revocations::default()), jwt(&Revocations::default()))
    });
    assert!(apart.is_err(), "what one of them knows to have ended the cache would not hear");
}

/// A cache around both, which has nobody to listen to.
fn cached_deaf(max_age: Duration) -> (Chain, Store, Store) {
    let (first, second) = stores();
    let both = Fallback::new(first.clone(), second.clone());
    (
        chain(Cached::new(Deaf(AnyStrategy::new(both)), max_age, 100).with_stale_if_unavailable(LONG)),
        first,
        second,
    )
}

/// Follows no feed.
struct Deaf(AnyStrategy);

impl better_auth_verifier::Wrapper for Deaf {
    fn inner(&self) -> &AnyStrategy {
        &self.0
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        self.0.verify(credential).await
    }

    async fn follow(&self, _: Feeds) {}
}

#[tokio::test]
async fn o7_what_is_remembered_while_both_are_away_is_the_verdict_that_observers_hear() {
    for (says, vouched) in [(Says::Found, "first"), (Says::Away, "second")] {
        let max_age = Duration::from_millis(50);
        let (chain, first, second) = cached_deaf(max_age);
        first.says(says);
        assert_eq!(judge(&chain, "ann/1").await, "verified ann");
        tokio::time::sleep(max_age).await;
        first.says(Says::Away);
        second.says(Says::Away);
        let heard = Heard::default();
        let credential = bearer("ann/1").observed_by(Arc::new(heard.clone()));
        let judgement = chain.judge(&credential).await;
        assert_eq!((told(&judgement.verdict), judgement.strategy), ("verified ann".into(), Some(vouched)));
        let steps = [
            "claimed: first",
            "not remembered: first",
            "fell back: first to second",
            "claimed: second",
            "remembered: first",
            "user not banned",
            &*format!("decided: {vouched}"),
        ];
        assert_eq!(heard.steps(), steps);
    }
}

#[tokio::test]
async fn o7_a_refusal_is_told_under_the_name_of_the_fallback_to_all_who_share_it() {
    let (chain, first, second) = cached_deaf(LONG);
    first.says(Says::Away);
    second.says(Says::Ended);
    let (one, other) = (bearer("ann/1"), bearer("ann/1"));
    let (one, other) = join!(chain.judge(&one), chain.judge(&other));
    let later = chain.judge(&bearer("ann/1")).await;
    for judgement in [one, other, later] {
        assert_eq!(told(&judgement.verdict), "refused: unknown-session");
        assert_eq!(judgement.strategy, Some("second"));
    }
    assert_eq!(second.calls(), 1, "they share one look-up");
}

/// Leaves to the next what it could not find out in time.
struct Leaves;

impl Strategy for Leaves {
    fn name(&self) -> &'static str {
        "leaves"
    }

    fn forms(&self) -> Forms {
        Forms::ANY
    }

    fn unanswered(&self, error: Unverified) -> Unverified {
        error.passed_over()
    }

    async fn verify(&self, _: &Credential) -> Verdict {
        Err(Unverified::undecidable("its keys are away"))
    }
}

#[tokio::test(start_paused = true)]
async fn h4_a_fallback_that_does_not_answer_in_time_leaves_it_undecidable() {
    let (second, next) = (Store::new("second", TimeDelta::hours(1)), Store::default());
    let _held = second.hold();
    let guarded = Guarded::new(Fallback::new(Leaves, second), Duration::from_secs(1));
    let chain = chain(guarded).push(next.clone());
    assert_eq!(judge(&chain, "ann").await, "undecidable");
    assert_eq!(next.calls(), 0, "nobody else is asked");
}
