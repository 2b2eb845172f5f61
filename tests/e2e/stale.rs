//! `stale_if_unavailable`: what was remembered goes on for a while, and not for everybody.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep_until};

use crate::parts::{
    database::Database,
    hook::{hearing, tell},
    presented::Presented,
    service::Service,
    settings::Settings,
    site::Site,
    wait::until,
};

const MAX_AGE: Duration = Duration::from_secs(1);
/// Longer than a busy machine needs for a few requests that wait for their time-out.
const STALE: Duration = Duration::from_secs(8);

fn settings(site: &Site) -> Settings {
    hearing(Settings::of(&site.better_auth, &["get_session"]))
        .with("get_session.cache.max_age", format!("{}s", MAX_AGE.as_secs()))
        .with("get_session.stale_if_unavailable", format!("{}s", STALE.as_secs()))
        .with("get_session.timeout", "500ms")
}

async fn goes_on(service: &Service, presented: &Presented) {
    assert_eq!(service.me(presented).await.accepted()["strategy"], "get_session");
}

/// Three who are known and one who is not; Better Auth goes by `away` and comes `back`.
async fn outage(away: fn(&mut Site), back: fn(&mut Site)) {
    let mut site = Site::own_sqlite();
    let service = settings(&site).start();
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push(site.ann().await);
    }
    let cookies: Vec<_> = sessions.iter().map(Presented::cookie).collect();
    let [known, ended, changed, unknown] = &cookies[..] else { panic!("four") };
    let before = Instant::now();
    for presented in [known, ended, changed] {
        until(async || service.me(presented).await, |answer| answer.status == 200).await;
    }
    let after = Instant::now();
    away(&mut site);

    sleep_until(after + MAX_AGE).await;
    for presented in [known, ended, changed] {
        goes_on(&service, presented).await;
    }
    service.me(unknown).await.undecidable();
    // Of whom it is heard that they are not who they were.
    let [user, session] = [&sessions[2].user_id, &sessions[1].user_id];
    let data = json!({ "userId": session });
    assert_eq!(tell(&service, "session.deleted", &data).await.status, 204);
    assert_eq!(tell(&service, "user.updated", &json!({ "userId": user })).await.status, 204);
    for presented in [ended, changed] {
        service.me(presented).await.undecidable();
    }
    goes_on(&service, known).await;
    assert!(before.elapsed() < MAX_AGE + STALE, "the machine is too busy: {:?}", before.elapsed());

    sleep_until(after + MAX_AGE + STALE).await;
    for presented in &cookies {
        service.me(presented).await.undecidable();
    }
    back(&mut site);
    for presented in &cookies {
        until(async || service.me(presented).await, |answer| answer.status == 200).await;
    }
    site.better_auth.sign_out(&sessions[0]).await;
    until(async || service.me(known).await, |answer| answer.status != 200).await.refused();
}

#[tokio::test]
async fn of_a_better_auth_that_is_away() {
    outage(|site| site.better_auth.stop(), |site| site.better_auth.start_again()).await;
}

#[tokio::test]
async fn of_a_better_auth_that_hangs() {
    outage(|site| site.better_auth.pause(), |site| site.better_auth.resume()).await;
}

/// While Better Auth answers, nothing is older than `max_age`.
#[tokio::test]
async fn what_can_be_asked_for_is_not_stale() {
    let site = Site::own_sqlite();
    let service = settings(&site).with("get_session.timeout", "3s").start();
    let session = site.ann().await;
    let cookie = Presented::cookie(&session);
    goes_on(&service, &cookie).await;
    let known = Instant::now();
    site.better_auth.sign_out(&session).await;
    sleep_until(known + MAX_AGE).await;
    service.me(&cookie).await.refused();
}

/// Not beyond the session's own end.
#[tokio::test]
async fn a_session_that_has_expired_is_not_gone_on_with() {
    let mut site = Site::start(&Database::Sqlite, json!({ "session": { "expiresIn": 8 } }));
    let service = settings(&site).start();
    let cookie = Presented::cookie(&site.ann().await);
    until(async || service.me(&cookie).await, |answer| answer.status == 200).await;
    let known = Instant::now();
    site.better_auth.stop();
    sleep_until(known + MAX_AGE).await;
    goes_on(&service, &cookie).await;
    sleep_until(known + Duration::from_secs(8)).await;
    service.me(&cookie).await.undecidable();
}
