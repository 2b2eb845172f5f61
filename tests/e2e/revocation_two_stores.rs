//! Sessions in Redis whose rows stand in for what Redis does not hold: the service has to hear of both.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::parts::{
    better_auth::extend,
    database::Database,
    endings,
    mariadb::MariaDb,
    presented::Presented,
    redis::Redis,
    remembering::{MAX_AGE, PROMPTLY, Remembering},
    settings::Settings,
    site::Site,
    triggers::{Owned, migrates},
    wait::until,
};

const STRATEGY: &str = "secondary_storage";
/// What is looked at again and again has been looked at by then.
const ROUNDS: Duration = Duration::from_secs(3);
/// What Redis tells has been heard by then.
const HEARD: Duration = Duration::from_millis(500);

fn options(redis: &Redis) -> Value {
    let mut options = json!({ "secondaryStorage": { "redis": redis.url() } });
    extend(&mut options, json!({ "session": { "storeSessionInDatabase": true } }));
    extend(&mut options, json!({ "plugins": endings::plugins() }));
    options
}

fn with_rows(settings: &Settings) -> Settings {
    let settings = settings.clone().with("strategies", [STRATEGY]);
    settings.with("secondary_storage.store_session_in_database", true)
}

/// What it knows it does not ask for, as long as nobody tells of a change.
async fn is_not_asked(site: &Site, remembering: &Remembering, redis: &Redis, feeds: &[&str]) {
    let presented = Presented::cookie(&site.ann().await);
    let asked = async || {
        remembering.knows(&presented).await;
        let (begin, before) = (Instant::now(), redis.statistic("keyspace_hits"));
        while begin.elapsed() < ROUNDS {
            remembering.knows(&presented).await;
            sleep(Duration::from_millis(100)).await;
        }
        redis.statistic("keyspace_hits") - before
    };
    assert_eq!(remembering.undisturbed(feeds, asked).await, 0, "asked again");
}

/// A session of which Redis holds nothing any more ends with its row.
async fn end_with_their_rows(site: &Site, remembering: &Remembering, redis: &Redis) {
    let session = site.ann().await;
    let presented = Presented::cookie(&session);
    remembering.knows(&presented).await;
    assert_eq!(redis.command(&["DEL", &session.token]), "1");
    sleep(HEARD).await;
    remembering.knows(&presented).await;
    site.sql(&format!(r#"DELETE FROM "session" WHERE "token" = '{}'"#, session.token)).await;
    remembering.sees_the_end_of(&presented).await;
}

#[tokio::test]
async fn redis_and_postgres() {
    let redis = Redis::start();
    let owned = Owned::start("redis_and_rows", options(&redis));
    let remembering = Remembering::start(&with_rows(&owned.as_reader), STRATEGY, PROMPTLY);
    let half =
        json!([{ "name": "redis", "state": "listening" }, { "name": "postgresql", "state": "unsupported" }]);
    let told = until(async || remembering.freshness().await, |now| now["feeds"] == half).await;
    assert_eq!(told["withinSeconds"], f64::from(MAX_AGE));
    migrates(&owned.as_owner, &[]);
    remembering.listens_to(&["redis", "postgresql"]).await;
    endings::are_seen(&owned.site, &remembering).await;
    is_not_asked(&owned.site, &remembering, &redis, &["redis", "postgresql"]).await;
    end_with_their_rows(&owned.site, &remembering, &redis).await;
}

#[tokio::test]
async fn redis_and_mariadb() {
    let redis = Redis::start();
    let site = Site::start(&Database::MySql(MariaDb::shared().database("redis_and_rows")), options(&redis));
    let settings = with_rows(&Settings::of(&site.better_auth, &[STRATEGY]));
    let remembering = Remembering::start(&settings, STRATEGY, Duration::from_secs(2));
    remembering.listens_to(&["redis", "mysql"]).await;
    endings::are_seen(&site, &remembering).await;
    end_with_their_rows(&site, &remembering, &redis).await;
    is_not_asked(&site, &remembering, &redis, &["redis", "mysql"]).await;
}
