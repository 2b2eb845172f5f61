//! Many at once, and more than there is room for.

use std::time::{Duration, Instant};

use better_auth_verifier::{
    Cached, Carrier, Credential, Feeds, Forms, Identity, Refusal, Strategy, User, Verdict,
};
use chrono::{TimeDelta, Utc};
use tokio::{sync::watch, time};

use crate::parts::{
    PATIENCE, bearer, begin, chain, outcome, settle,
    store::{Says, Store},
};

const LONG: Duration = Duration::from_hours(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_at_once_with_one_cold_token_make_one_look_up() {
    for (says, expected) in [(Says::Found, "verified ann"), (Says::Ended, "refused: unknown-session")] {
        let store = Store::default();
        store.says(says);
        let held = store.hold();
        let chain = chain(Cached::new(store.clone(), LONG, 100));
        let start = Instant::now();
        let crowd: Vec<_> = (0..5000).map(|_| begin(&chain, "ann/1")).collect();
        store.is_asked(1).await;
        settle().await;
        held.release();
        for answer in crowd {
            assert_eq!(answer.await.expect("an answer"), expected);
        }
        // Whoever comes a second after a look-up began finds its refusal over.
        let over = if says == Says::Ended { start.elapsed().as_secs() } else { 0 };
        let most = 1 + usize::try_from(over).expect("few");
        assert!((1..=most).contains(&store.calls()), "{says:?}: {} calls", store.calls());
    }
}

#[tokio::test]
async fn r4_a_flood_of_refused_tokens_pushes_nobody_out() {
    let store = Store::default();
    let chain = chain(Cached::new(store.clone(), LONG, 100));
    for user in ["ann", "bob"] {
        assert_eq!(outcome(&chain, &bearer(user)).await, format!("verified {user}"));
    }
    store.says(Says::Ended);
    for number in 0..20_000 {
        let token = format!("eve/{number}");
        assert_eq!(outcome(&chain, &bearer(&token)).await, "refused: unknown-session");
    }
    let before = store.calls();
    for user in ["ann", "bob"] {
        assert_eq!(outcome(&chain, &bearer(user)).await, format!("verified {user}"));
    }
    assert_eq!(store.calls(), before);
}

/// Refuses a token from one carrier alone.
struct NoHeaders;

impl Strategy for NoHeaders {
    fn name(&self) -> &'static str {
        "no_headers"
    }

    fn forms(&self) -> Forms {
        Forms::ANY
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        match credential.carrier() {
            Carrier::Header => Err(Refusal::UnknownSession.into()),
            _ => Ok(Identity::new(User::new("ann"), Utc::now() + TimeDelta::hours(1))),
        }
    }
}

#[tokio::test]
async fn what_was_refused_as_a_header_passes_as_a_bearer_in_the_same_second() {
    let chain = chain(Cached::new(NoHeaders, LONG, 100));
    for (credential, expected) in [
        (Credential::header("token"), "refused: unknown-session"),
        (bearer("token"), "verified ann"),
        (Credential::api_key("token"), "verified ann"),
        (Credential::header("token"), "refused: unknown-session"),
    ] {
        assert_eq!(outcome(&chain, &credential).await, expected, "{credential:?}");
    }
}

/// Knows users of whom each takes so many KiB, as many as there are tokens.
struct Large(usize, watch::Sender<Option<Feeds>>);

impl Strategy for Large {
    fn name(&self) -> &'static str {
        "large"
    }

    fn forms(&self) -> Forms {
        Forms::ANY
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        let mut user = User::new(credential.token());
        user.image = Some("x".repeat(self.0 * 1024).into());
        Ok(Identity::new(user, Utc::now() + TimeDelta::hours(1)))
    }

    async fn follow(&self, feeds: Feeds) {
        self.1.send_replace(Some(feeds));
        std::future::pending::<()>().await;
    }
}

#[tokio::test]
async fn r4_large_identities_take_as_much_room_as_they_need() {
    let large = Large(10, watch::Sender::new(None));
    let mut feeds = large.1.subscribe();
    // In KiB: nine of them, and not a hundred.
    let chain = chain(Cached::new(large, LONG, 100));
    for number in 0..500 {
        assert!(outcome(&chain, &bearer(&number.to_string())).await.starts_with("verified"));
    }
    let feeds = feeds.wait_for(Option::is_some).await.expect("the feeds").clone().expect("the feeds");
    let begin = Instant::now();
    loop {
        // The room is made in passing.
        outcome(&chain, &bearer("one more")).await;
        let held = feeds.remembered().len();
        if (1..=9).contains(&held) {
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "{held} identities are held");
        time::sleep(Duration::from_millis(50)).await;
    }
}

/// The memory is the whole process's, so the test that measures it runs in one of its own.
#[cfg(target_os = "linux")]
#[test]
fn r4_a_flood_of_large_identities_takes_no_more_room_than_there_is() {
    let mut child = std::process::Command::new(std::env::current_exe().expect("this program"));
    child.args(["--ignored", "--exact", "flood::a_flood_of_large_identities"]);
    let output = child.output().expect("a run");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
#[ignore = "measures its whole process"]
async fn a_flood_of_large_identities() {
    let pages = || {
        let told = std::fs::read_to_string("/proc/self/statm").expect("Linux");
        told.split(' ').nth(1).expect("what is resident").parse::<usize>().expect("a number")
    };
    let chain = chain(Cached::new(Large(100, watch::Sender::new(None)), LONG, 1000));
    outcome(&chain, &bearer("the first")).await;
    let before = pages();
    for number in 0..1000 {
        assert!(outcome(&chain, &bearer(&number.to_string())).await.starts_with("verified"));
    }
    // A hundred MiB have passed through the room for one.
    let grown = pages().saturating_sub(before) * 4 / 1024;
    assert!(grown < 40, "{grown} MiB");
}
