//! Who is asked where the first could not find out.

use std::time::Duration;

use better_auth_verifier::{
    Cached, Chain, Credential, Fallback, Forms, Guarded, Refusal, Revocations, Strategy, Unverified, Verdict,
};
use chrono::TimeDelta;

use crate::parts::{
    bearer, chain,
    log::Log,
    outcome, pause,
    store::{Says, Store},
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
    for (one, two, expected, vouched, calls) in [
        (Says::Found, Says::Found, "verified ann", "first", (1, 0)),
        (Says::Found, Says::Ended, "verified ann", "first", (1, 0)),
        (Says::Ended, Says::Found, "refused: unknown-session", "", (1, 0)),
        (Says::Away, Says::Found, "verified ann", "second", (1, 1)),
        (Says::Odd, Says::Found, "verified ann", "second", (1, 1)),
        (Says::Away, Says::Ended, "refused: unknown-session", "", (1, 1)),
        (Says::Away, Says::Away, "undecidable", "", (1, 1)),
        (Says::Odd, Says::Odd, "undecidable", "", (1, 1)),
    ] {
        let (first, second) = stores();
        first.says(one);
        second.says(two);
        let next = Store::default();
        let chain = chain(Fallback::new(first.clone(), second.clone())).push(next.clone());
        let judgement = chain.judge(&bearer("ann/1")).await;
        assert_eq!(told(&judgement.verdict), expected, "{one:?} {two:?}");
        assert_eq!((first.calls(), second.calls()), calls, "{one:?} {two:?}");
        assert_eq!(judgement.strategy, Some("first"), "{one:?} {two:?}: who claimed it");
        assert_eq!(judgement.verdict.map_or("", |identity| identity.strategy), vouched, "{one:?} {two:?}");
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
    both.precheck(&bearer("forged")).expect_err("refused");
    both.precheck(&bearer("ann")).expect("nothing against it");
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
