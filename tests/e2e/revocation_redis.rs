//! A service that remembers sessions of a Redis, which tells it what has changed.

use std::time::Duration;

use chrono::Utc;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::parts::{
    better_auth::extend,
    endings,
    presented::Presented,
    redis::Redis,
    remembering::{PROMPTLY, Remembering},
    settings::Settings,
    site::Site,
    wait::{until, within},
};

const STRATEGY: &str = "secondary_storage";
const FEED: [&str; 1] = ["redis"];
/// That nothing is heard any more is noticed by then.
const NOTICED: Duration = Duration::from_secs(4);

fn site(redis: &Redis, storage: Value) -> Site {
    let mut complete = json!({ "redis": redis.url() });
    extend(&mut complete, storage);
    Site::on_redis(redis, json!({ "secondaryStorage": complete, "plugins": endings::plugins() }))
}

fn settings(site: &Site) -> Settings {
    Settings::of(&site.better_auth, &[STRATEGY])
}

async fn listening(settings: &Settings) -> Remembering {
    let remembering = Remembering::start(settings, STRATEGY, PROMPTLY);
    remembering.listens_to(&FEED).await;
    remembering
}

#[tokio::test]
async fn all_endings_are_seen() {
    for (storage, prefix) in [
        (json!({}), ""),
        (json!({ "prefix": "acme:" }), "acme:"),
        (json!({ "package": true }), "better-auth:"),
    ] {
        let site = site(Redis::shared(), storage);
        let settings = settings(&site).with("secondary_storage.key_prefix", prefix);
        let remembering = listening(&settings).await;
        let told = "a sign-out is seen within 100ms, by redis";
        until(async || remembering.service.log(), |log| log.contains(told)).await;
        endings::are_seen(&site, &remembering).await;
        // The marker of Better Auth's releases after 1.7.7.
        let session = site.ann().await;
        let presented = Presented::cookie(&session);
        remembering.knows(&presented).await;
        let key = format!("{prefix}revoked-sessions-before-{}", session.user_id);
        let now = Utc::now().timestamp_millis() + 1;
        Redis::shared().command(&["SET", &key, &now.to_string()]);
        remembering.sees_the_end_of(&presented).await;
    }
}

#[tokio::test]
async fn what_is_done_to_keys_is_seen() {
    let redis = Redis::start();
    let site = site(&redis, json!({}));
    let remembering = listening(&settings(&site)).await;
    let bystander = Presented::cookie(&site.ann().await);
    remembering.knows(&bystander).await;

    let session = site.ann().await;
    let presented = Presented::cookie(&session);
    remembering.knows(&presented).await;
    let mut held = redis.entry(&session.token);
    held["user"]["role"] = "editor".into();
    redis.put(&session.token, &held);
    remembering.sees(&presented, "/user/role", |role| role == Some(&json!("editor"))).await;
    held["user"]["banned"] = true.into();
    redis.put(&session.token, &held);
    remembering.sees_the_end_of(&presented).await;

    // A key that expires by itself, after it was read.
    let session = site.ann().await;
    let presented = Presented::cookie(&session);
    remembering.knows(&presented).await;
    redis.command(&["EXPIRE", &session.token, "4"]);
    let expiry = Instant::now() + Duration::from_secs(4);
    remembering.knows(&presented).await;
    tokio::time::sleep_until(expiry).await;
    remembering.sees_the_end_of(&presented).await;

    // Nobody is asked about whoever is remembered.
    let asked = async || {
        remembering.knows(&bystander).await;
        let before = redis.statistic("keyspace_hits");
        remembering.knows(&bystander).await;
        redis.statistic("keyspace_hits") - before
    };
    assert_eq!(remembering.undisturbed(&FEED, asked).await, 0, "asked again");

    remembering.knows(&bystander).await;
    redis.command(&["FLUSHALL"]);
    remembering.sees_the_end_of(&bystander).await;
}

/// It forgets everything, and nobody tells of it.
#[tokio::test]
async fn a_restart_leaves_nothing_stale() {
    let mut redis = Redis::start();
    let site = site(&redis, json!({}));
    let remembering = listening(&settings(&site)).await;
    let presented = Presented::cookie(&site.ann().await);
    remembering.knows(&presented).await;
    redis.stop();
    let me = async || remembering.service.me(&presented).await;
    within(PROMPTLY, me, |answer| answer.status != 200).await.undecidable();
    assert_eq!(remembering.freshness().await["feeds"], json!([{ "name": "redis", "state": "lost" }]));
    redis.start_again();
    let back = Instant::now();
    until(me, |answer| answer.status == 401).await;
    let seconds =
        remembering.turns("listening", &FEED, Duration::from_secs(10).saturating_sub(back.elapsed()));
    assert!(seconds.await > 0.0);
    let session = site.ann().await;
    let presented = Presented::cookie(&session);
    remembering.knows(&presented).await;
    site.better_auth.sign_out(&session).await;
    remembering.sees_the_end_of(&presented).await;
}

/// Redis falls silent, and what happens meanwhile is told by nobody.
#[tokio::test]
async fn a_silent_redis_is_not_believed_to_listen() {
    let mut redis = Redis::start();
    let site = site(&redis, json!({}));
    let remembering = listening(&settings(&site).with("secondary_storage.timeout", "1s")).await;
    let presented = Presented::cookie(&site.ann().await);
    remembering.knows(&presented).await;
    redis.pause();
    let seconds = remembering.turns("lost", &FEED, NOTICED).await;
    assert!(seconds.abs() < 1e-9, "{seconds}");
    remembering.service.me(&presented).await.undecidable();
    redis.resume();
    remembering.listens_to(&FEED).await;
    remembering.knows(&presented).await;
}

/// A role of which Redis would not tell: then the age of what is remembered is the bound.
#[tokio::test]
async fn a_role_that_may_not_be_told_is_enough() {
    let redis = Redis::start();
    let site = site(&redis, json!({}));
    for (name, rules) in [
        ("untold", &["+@all", "-client|tracking"][..]),
        ("reader", &["+@read", "+@connection", "-client|tracking"][..]),
        ("getter", &["+get"][..]),
    ] {
        redis.command(&[&["ACL", "SETUSER", name, "on", ">secret", "~*"], rules].concat());
        let url = redis.url().replace("redis://", &format!("redis://{name}:secret@"));
        let service =
            settings(&site).with("secondary_storage.url", url).with("secondary_storage.cache.max_age", "1s");
        let service = service.with_admin().start();
        let freshness = async || service.state().await["strategies"][0]["freshness"].clone();
        let untold = json!([{ "name": "redis", "state": "unsupported" }]);
        let freshness = until(freshness, |freshness| freshness["feeds"] == untold).await;
        assert_eq!(freshness["withinSeconds"], 1.0, "{name}");
        let session = site.ann().await;
        let presented = Presented::cookie(&session);
        for _ in 0..2 {
            service.me(&presented).await.accepted();
        }
        site.better_auth.sign_out(&session).await;
        let me = async || service.me(&presented).await;
        within(Duration::from_millis(1500), me, |answer| answer.status != 200).await.refused();
        // It goes on like that, on one connection; with a new one for each heartbeat it would be sixteen.
        let connections = || redis.statistic("total_connections_received");
        let before = connections();
        sleep(Duration::from_secs(2)).await;
        // One is for who asks here, and some are for heartbeats that a busy machine may miss.
        let opened = connections() - before;
        assert!(opened < 6, "{name}: {opened}");
        let told = service.log().matches("this Redis does not report changes").count();
        assert_eq!(told, 1, "{name}: {}", service.log());
    }
}
