//! What is remembered, for whom, and for how long.

use std::{sync::OnceLock, time::Duration};

use better_auth_verifier::{
    Cached, Carrier, Cookie, Credential, Forms, Identity, Refusal, Strategy, User, Verdict,
};
use chrono::{TimeDelta, Utc};
use futures_util::future::join_all;
use tokio::time;

use crate::parts::{bearer, chain, outcome, scripted::Scripted};

const LONG: Duration = Duration::from_hours(1);

fn scripted() -> Scripted {
    Scripted::new("scripted", |_| true)
}

#[tokio::test]
async fn twenty_concurrent_misses_share_one_look_up() {
    let scripted = scripted();
    let chain = chain(Cached::new(scripted.clone(), LONG, 100));
    for (token, expected) in
        [("ann", "verified ann"), ("outage", "undecidable"), ("bad", "refused: bad-signature")]
    {
        let before = scripted.calls();
        let credential = bearer(token);
        let outcomes = join_all((0..20).map(|_| outcome(&chain, &credential))).await;
        assert!(outcomes.iter().all(|outcome| outcome == expected), "{outcomes:?}");
        assert_eq!(scripted.calls() - before, 1, "{token}");
    }
}

#[tokio::test]
async fn what_is_verified_is_remembered_refusals_for_a_second_and_outages_never() {
    let scripted = scripted();
    let chain = chain(Cached::new(scripted.clone(), LONG, 100));
    for (token, looked_up) in [("ann", 1), ("bob", 1), ("refused", 1), ("expired", 1), ("outage", 3)] {
        let before = scripted.calls();
        for _ in 0..3 {
            outcome(&chain, &bearer(token)).await;
        }
        assert_eq!(scripted.calls() - before, looked_up, "{token}");
    }
    let before = scripted.calls();
    time::sleep(Duration::from_millis(1050)).await;
    assert_eq!(outcome(&chain, &bearer("refused")).await, "refused: unknown-session");
    assert_eq!(scripted.calls() - before, 1);
    let identity = chain.judge(&bearer("ann")).await.verdict.expect("verified");
    assert_eq!(identity.strategy, "scripted");
}

#[tokio::test]
async fn c2_nothing_is_remembered_past_its_age_or_the_identitys_own_end() {
    let short = Duration::from_millis(300);
    for (token, max_age) in [("ann-soon", LONG), ("ann", short), ("ann-soon", short)] {
        let scripted = scripted();
        let chain = chain(Cached::new(scripted.clone(), max_age, 100));
        for looked_up in [1, 2] {
            assert_eq!(outcome(&chain, &bearer(token)).await, "verified ann");
            assert_eq!(scripted.calls(), looked_up, "{token} {max_age:?}");
            time::sleep(short + Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test]
async fn a_cache_of_no_age_or_no_room_remembers_nothing() {
    for (max_age, capacity) in [(Duration::ZERO, 100), (LONG, 0)] {
        let scripted = scripted();
        let chain = chain(Cached::new(scripted.clone(), max_age, capacity));
        for looked_up in 1..4 {
            assert_eq!(outcome(&chain, &bearer("ann")).await, "verified ann");
            assert_eq!(scripted.calls(), looked_up, "{max_age:?} {capacity}");
        }
    }
}

/// What was derived from an identity lives as long as it is remembered.
#[tokio::test]
async fn memos_are_remembered_with_the_identity() {
    #[derive(Default)]
    struct Memo(OnceLock<usize>);

    let scripted = scripted();
    let chain = chain(Cached::new(scripted.clone(), Duration::from_millis(300), 100));
    let memo = async |value| {
        let identity = chain.judge(&bearer("ann")).await.verdict.expect("verified");
        *identity.memo::<Memo>().0.get_or_init(|| value)
    };
    assert_eq!((memo(1).await, memo(2).await, scripted.calls()), (1, 1, 1));
    time::sleep(Duration::from_millis(350)).await;
    assert_eq!((memo(3).await, scripted.calls()), (3, 2));
}

/// One identity with them is larger than the whole cache, which takes it all the same until it tidies up.
#[tokio::test]
async fn room_for_memos_counts() {
    let scripted = scripted();
    let chain = chain(Cached::new(scripted.clone(), LONG, 100).with_room_for_memos(1 << 20));
    let forgotten = async {
        while scripted.calls() < 2 {
            outcome(&chain, &bearer("ann")).await;
            time::sleep(Duration::from_millis(20)).await;
        }
    };
    time::timeout(Duration::from_secs(10), forgotten).await.expect("too large to be remembered");
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_leave_the_others_waiting() {
    let scripted = scripted();
    let chain = chain(Cached::new(scripted.clone(), LONG, 100));
    let first = chain.clone();
    let first = tokio::spawn(async move { outcome(&first, &bearer("ann")).await });
    while scripted.calls() == 0 {
        tokio::task::yield_now().await;
    }
    let credential = bearer("ann");
    let gone = async {
        first.abort();
        first.await.expect_err("aborted");
    };
    let (second, ()) = tokio::join!(outcome(&chain, &credential), gone);
    assert_eq!(second, "verified ann");
    assert_eq!(scripted.calls(), 2);
}

#[tokio::test]
async fn c2_a_ban_that_was_remembered_still_refuses() {
    let chain = chain(Cached::new(scripted(), LONG, 100));
    for _ in 0..3 {
        assert_eq!(outcome(&chain, &bearer("ann-banned")).await, "refused: banned");
    }
}

#[tokio::test]
async fn everything_that_a_verdict_depends_on_is_part_of_the_key() {
    let companion = |name: &str, value: &str| Cookie::new(name, value);
    let cookie = || Credential::cookie("session", "ann");
    let scripted = scripted();
    let chain = chain(Cached::new(scripted.clone(), LONG, 100));
    for (number, credential) in [
        bearer("ann"),
        Credential::header("ann"),
        Credential::api_key("ann"),
        cookie(),
        Credential::cookie("__Secure-session", "ann"),
        cookie().with_companions(vec![companion("data", "1")]),
        cookie().with_companions(vec![companion("data", "2")]),
        cookie().with_companions(vec![companion("data.0", "1")]),
        cookie().with_companions(vec![companion("data", "1"), companion("data", "2")]),
    ]
    .into_iter()
    .enumerate()
    {
        for client in [None, Some([192, 0, 2, 1].into()), Some([192, 0, 2, 2].into())] {
            let credential = credential.clone().with_client(client);
            assert_eq!(outcome(&chain, &credential).await, "verified ann");
            assert_eq!(scripted.calls(), number + 1, "{credential:?}");
        }
    }
}

/// Takes a token as a bearer, and not as a cookie.
struct BearersOnly;

impl Strategy for BearersOnly {
    fn name(&self) -> &'static str {
        "bearers_only"
    }

    fn forms(&self) -> Forms {
        Forms::ANY
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        if credential.carrier() == Carrier::Authorization {
            Ok(Identity::new(User::new("ann"), Utc::now() + TimeDelta::hours(1)))
        } else {
            Err(Refusal::UnknownSession.into())
        }
    }
}

#[tokio::test]
async fn what_passed_as_a_bearer_does_not_pass_as_a_cookie() {
    let chain = chain(Cached::new(BearersOnly, LONG, 100));
    for _ in 0..2 {
        assert_eq!(outcome(&chain, &bearer("token")).await, "verified ann");
        assert_eq!(outcome(&chain, &Credential::cookie("c", "token")).await, "refused: unknown-session");
        assert_eq!(outcome(&chain, &Credential::header("token")).await, "refused: unknown-session");
    }
}

#[cfg(feature = "session-table")]
#[tokio::test]
async fn a_raw_token_that_passed_as_a_bearer_does_not_pass_as_a_cookie() {
    use crate::parts::{PATIENCE, session_database::SessionDatabase};

    let token = "N9ZgFnkd60LVCooznswTbQushxMz3FZW";
    let database = SessionDatabase::new().await;
    database.sign_in("ann", "session", token).await;
    let table = database.strategy("a-secret-of-the-tests-0123456789-ABCDEFG").await;
    let chain = chain(Cached::new(table.with_raw_tokens(true), LONG, 100));
    for _ in 0..2 {
        assert_eq!(outcome(&chain, &bearer(token)).await, "verified ann");
        assert_eq!(outcome(&chain, &Credential::cookie("c", token)).await, "refused: unclaimed");
    }
    // SQLite tells the cache that something has changed.
    time::sleep(Duration::from_millis(200)).await;
    assert_eq!(outcome(&chain, &bearer(token)).await, "verified ann");
    database.execute(r#"delete from "session""#).await;
    let told = async {
        while outcome(&chain, &bearer(token)).await != "refused: unknown-session" {
            time::sleep(Duration::from_millis(20)).await;
        }
    };
    time::timeout(PATIENCE, told).await.expect("in time");
}
