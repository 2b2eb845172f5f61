//! One sign-out, and how late it is seen.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::connection::Connection;
use crate::parts::{better_auth::BetterAuth, service::Service, signed_in::SignedIn};

/// Who asks whether a session has ended, each a millisecond after the last answer.
const WATCHERS: usize = 4;
/// After the first refusal nobody may be accepted.
const ASKED_AGAIN: usize = 20;
const PATIENCE: Duration = Duration::from_secs(10);

/// Signs one out, and answers with how late that is seen: from when Better Auth has answered until the last request
/// begins that is still accepted.
pub async fn lag(
    service: &Service,
    better_auth: &BetterAuth,
    (session, request): (&SignedIn, &str),
) -> Duration {
    let open = async || Connection::open(service.url()).await.expect("a connection");
    let mut watchers = Vec::new();
    for _ in 0..WATCHERS {
        watchers.push(open().await);
    }
    for _ in 0..2 {
        assert_eq!(watchers[0].ask(request).await.expect("an answer"), 200, "before the sign-out");
    }
    better_auth.sign_out(session).await;
    let signed_out = Instant::now();
    let lags = join_all(watchers.iter_mut().map(|watcher| last_accepted(watcher, request, signed_out))).await;
    for _ in 0..ASKED_AGAIN {
        assert_eq!(watchers[0].ask(request).await.expect("an answer"), 401, "after a refusal");
    }
    lags.into_iter().max().expect("watchers")
}

/// Asks until the first refusal.
async fn last_accepted(watcher: &mut Connection, request: &str, signed_out: Instant) -> Duration {
    let mut last = Duration::ZERO;
    loop {
        let begin = signed_out.elapsed();
        match watcher.ask(request).await.expect("an answer") {
            200 => last = begin,
            401 => return last,
            other => panic!("{other}, {begin:?} after the sign-out"),
        }
        assert!(begin < PATIENCE, "still accepted {begin:?} after the sign-out");
        sleep(Duration::from_millis(1)).await;
    }
}
