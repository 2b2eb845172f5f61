//! Better Auth goes away, hangs and comes back; the service is never restarted.

use std::time::Duration;

use serde_json::json;

use crate::parts::{
    presented::Presented,
    service::Service,
    settings::{ALL, Settings},
    site::Site,
    wait::until,
};

/// The time-out that the services here are told.
const TIMEOUT: &str = "1s";
/// They must answer within it and what a busy machine needs; less than the default.
const IN_TIME: Duration = Duration::from_millis(2500);
/// What waits for nobody; less than the three seconds that a neighbour may wait.
const AT_ONCE: Duration = Duration::from_secs(2);

fn ready_states(answer: &crate::parts::answer::Answer) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().expect("a string").to_owned();
    // There is none while nothing is ready.
    let strategies = answer.body["strategies"].as_array().into_iter().flatten();
    strategies.map(|one| (text(&one["name"]), text(&one["state"]))).collect()
}

async fn undecidable_in_time(service: &Service, presented: &Presented) {
    service.undecidable_within(IN_TIME, "/api/me", presented).await;
}

async fn accepted_at_once(service: &Service, presented: &Presented) {
    let (answer, time) = service.timed_me(presented).await;
    answer.accepted();
    assert!(time < AT_ONCE, "{time:?}");
}

#[tokio::test]
async fn a_stopped_better_auth_is_survived() {
    let mut site = Site::own_sqlite();
    let session = site.ann().await;
    let cookie = Presented::cookie(&session);
    let jwt = Presented::Bearer(site.better_auth.jwt(&session).await);
    site.better_auth.stop();

    // Started while it is away.
    let start = |strategies: &[&str]| {
        Settings::of(&site.better_auth, strategies).with("get_session.timeout", TIMEOUT).start()
    };
    let (keys, asks, all) = (start(&["jwt"]), start(&["get_session"]), start(&ALL));
    for (service, strategy, presented) in [(&keys, "jwt", &jwt), (&asks, "get_session", &cookie)] {
        assert_eq!(service.get("/health/live", &Presented::Nothing).await.status, 200);
        let ready = service.get("/health/ready", &Presented::Nothing).await;
        ready.problem(503, "unavailable");
        assert_eq!(ready.body["detail"], format!("{strategy}: unavailable"));
        undecidable_in_time(service, presented).await;
    }
    let state = |states: [bool; 3]| -> Vec<_> {
        let state = |ready| if ready { "ready" } else { "unavailable" }.to_owned();
        ALL.iter().zip(states).map(|(name, ready)| ((*name).to_owned(), state(ready))).collect()
    };
    let ready = async || all.get("/health/ready", &Presented::Nothing).await;
    let ready = until(ready, |ready| ready_states(ready) == state([false, true, false])).await;
    assert_eq!((ready.status, &ready.body["status"]), (200, &json!("ready")));
    all.me(&jwt).await.undecidable();
    accepted_at_once(&all, &cookie).await;

    // It comes, and is noticed.
    site.better_auth.start_again();
    for (service, presented) in [(&keys, &jwt), (&asks, &cookie), (&all, &jwt)] {
        until(async || service.me(presented).await, |answer| answer.status == 200).await;
        service.becomes_ready().await;
    }
    let ready = async || ready_states(&all.get("/health/ready", &Presented::Nothing).await);
    until(ready, |states| *states == state([true, true, true])).await;

    // It goes again: what needs it not goes on.
    site.better_auth.stop();
    undecidable_in_time(&asks, &cookie).await;
    for service in [&keys, &all] {
        accepted_at_once(service, &jwt).await;
    }
    accepted_at_once(&all, &cookie).await;

    site.better_auth.start_again();
    until(async || asks.me(&cookie).await, |answer| answer.status == 200).await;
    site.better_auth.sign_out(&session).await;
    asks.me(&cookie).await.refused();

    let log = asks.stop();
    let told = log.lines().find(|line| line.contains(" WARN ") && line.contains("undecidable"));
    assert!(told.is_some_and(|line| line.contains("auth.strategy=\"get_session\"")), "{log}");
    assert!(!keys.stop().contains("panicked"));
}

#[tokio::test]
async fn a_hung_better_auth_delays_nobody_else() {
    let mut site = Site::own_sqlite();
    let session = site.ann().await;
    let cookie = Presented::cookie(&session);
    let jwt = Presented::Bearer(site.better_auth.jwt(&session).await);

    let of = |strategies: &[&str]| Settings::of(&site.better_auth, strategies);
    // Remembered tokens would prove nothing.
    let no_cache = |settings: Settings| settings.with("jwt.cache.max_age", "0s");
    let asks = of(&["get_session"]).with("get_session.timeout", TIMEOUT).start();
    let all = of(&ALL);
    let last = no_cache(of(&ALL)).start();
    let first = no_cache(of(&["get_session", "jwt", "session_table"])).start();
    for service in [&asks, &last, &first] {
        service.me(&cookie).await.accepted();
    }
    for service in [&last, &first] {
        service.me(&jwt).await.accepted();
    }

    site.better_auth.pause();
    undecidable_in_time(&asks, &cookie).await;
    // The first in order decides a session, so that one waits its three seconds; JWTs do not wait with it.
    let (waiting, ()) = tokio::join!(first.timed_me(&cookie), async {
        for _ in 0..5 {
            accepted_at_once(&first, &jwt).await;
        }
    });
    waiting.0.undecidable();
    assert!(waiting.1 > Duration::from_millis(2500) && waiting.1 < Duration::from_secs(5), "{:?}", waiting.1);
    for presented in [&cookie, &jwt] {
        accepted_at_once(&last, presented).await;
    }
    // Started while it hangs.
    let late = all.start();
    accepted_at_once(&late, &cookie).await;
    late.me(&jwt).await.undecidable();

    site.better_auth.resume();
    for (service, presented) in [(&asks, &cookie), (&first, &cookie), (&late, &jwt)] {
        until(async || service.me(presented).await, |answer| answer.status == 200).await;
    }
}

/// Twenty at once, half of them for somebody who does not answer.
#[tokio::test]
async fn many_that_wait_keep_nobody_from_being_served() {
    let mut site = Site::own_sqlite();
    let session = site.ann().await;
    let (cookie, jwt) =
        (Presented::cookie(&session), Presented::Bearer(site.better_auth.jwt(&session).await));
    let service = Settings::of(&site.better_auth, &["get_session", "jwt"]).start();
    service.me(&jwt).await.accepted();
    site.better_auth.pause();
    let waiting = (0..10).map(|_| service.timed_me(&cookie));
    let served = (0..10).map(|_| service.timed_me(&jwt));
    let (waiting, served) =
        tokio::join!(futures_util::future::join_all(waiting), futures_util::future::join_all(served));
    for (answer, time) in served {
        answer.accepted();
        assert!(time < AT_ONCE, "{time:?}");
    }
    for (answer, time) in waiting {
        answer.undecidable();
        assert!(time < Duration::from_secs(5), "{time:?}");
    }
}
