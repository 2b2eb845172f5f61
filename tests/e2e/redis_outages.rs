//! The Redis of the sessions goes away, hangs and comes back; the service is never restarted.

use std::time::Duration;

use serde_json::json;

use crate::parts::{
    presented::Presented, redis::Redis, service::Service, settings::Settings, site::Site, wait::until,
};

const TIMEOUT: &str = "1s";
/// The time-out and what a busy machine needs; less than the default.
const IN_TIME: Duration = Duration::from_millis(2500);
/// Twenty at once are answered by then. One after the other they would need five time-outs, before nobody is asked.
const TOGETHER: Duration = Duration::from_secs(4);

async fn undecidable_in_time(service: &Service, presented: &Presented) {
    service.undecidable_within(IN_TIME, "/api/me", presented).await;
}

async fn comes_back(service: &Service, presented: &Presented) {
    until(async || service.me(presented).await, |answer| answer.status == 200).await;
    service.becomes_ready().await;
}

fn settings(site: &Site) -> Settings {
    Settings::of(&site.better_auth, &["secondary_storage"]).with("secondary_storage.timeout", TIMEOUT)
}

#[tokio::test]
async fn a_stopped_redis_is_survived() {
    let mut redis = Redis::start();
    // Stored in the database as well: that nobody can ask Redis does not mean that Redis holds nothing.
    let site = Site::on_redis(&redis, json!({ "session": { "storeSessionInDatabase": true } }));
    let session = site.ann().await;
    let cookie = Presented::cookie(&session);
    let alone = settings(&site).start();
    let with_table = settings(&site).with("secondary_storage.store_session_in_database", true).start();
    for service in [&alone, &with_table] {
        service.me(&cookie).await.accepted();
    }

    redis.stop();
    for service in [&alone, &with_table] {
        // Twice: what the first failure leaves behind must not make the second worse.
        undecidable_in_time(service, &cookie).await;
        undecidable_in_time(service, &cookie).await;
        service.get("/api/public", &cookie).await.undecidable();
        // A bad signature needs no Redis to be seen.
        let forged = format!("{}A{}", session.token, &session.bearer_signed[32..]);
        service.me(&Presented::Bearer(forged)).await.refused();
    }

    // Started meanwhile.
    let late = settings(&site).start();
    assert_eq!(late.get("/health/live", &Presented::Nothing).await.status, 200);
    let ready = late.get("/health/ready", &Presented::Nothing).await;
    ready.problem(503, "unavailable");
    assert_eq!(ready.body["detail"], "secondary_storage: unavailable");
    undecidable_in_time(&late, &cookie).await;

    // It comes back and has forgotten everything.
    redis.start_again();
    until(async || alone.me(&cookie).await, |answer| answer.status == 401).await;
    comes_back(&with_table, &cookie).await;
    let again = site.ann().await;
    for service in [&alone, &with_table, &late] {
        comes_back(service, &Presented::cookie(&again)).await;
    }
    let log = alone.stop();
    let told = log.lines().find(|line| line.contains(" WARN ") && line.contains("undecidable"));
    assert!(told.is_some_and(|line| line.contains("auth.strategy=\"secondary_storage\"")), "{log}");
}

#[tokio::test]
async fn a_hung_redis_delays_nobody_for_long() {
    let mut redis = Redis::start();
    let site = Site::on_redis(&redis, json!({}));
    let (one, other) = (site.ann().await, site.ann().await);
    let jwt = Presented::Bearer(site.better_auth.jwt(&one).await);
    let service = settings(&site).with("strategies", vec!["jwt", "secondary_storage"]).start();
    let cookies = [&one, &other].map(Presented::cookie);
    for presented in cookies.iter().chain([&jwt]) {
        service.me(presented).await.accepted();
    }

    redis.pause();
    undecidable_in_time(&service, &cookies[0]).await;
    let many = (0..20).map(|number| service.timed_me(&cookies[number % 2]));
    for (answer, time) in futures_util::future::join_all(many).await {
        answer.undecidable();
        assert!(time < TOGETHER, "{time:?}");
    }
    service.me(&jwt).await.accepted();
    let late = settings(&site).start();
    late.get("/health/ready", &Presented::Nothing).await.problem(503, "unavailable");
    undecidable_in_time(&late, &cookies[0]).await;

    redis.resume();
    for service in [&service, &late] {
        comes_back(service, &cookies[0]).await;
    }
    // Nobody is given the answer to a question that was given up before.
    let many = (0..40).map(|number| service.me(&cookies[number % 2]));
    for (number, answer) in futures_util::future::join_all(many).await.into_iter().enumerate() {
        assert_eq!(answer.accepted()["user"]["id"], [&one, &other][number % 2].user_id);
    }
}
