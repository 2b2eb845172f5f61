//! Triggers are there, and what they tell arrives or does not. Nobody may be told that it does where it does not.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use crate::parts::{
    database::Database,
    pooler,
    postgres::Postgres,
    presented::Presented,
    remembering::{MAX_AGE, PROMPTLY, Remembering},
    settings::Settings,
    site::Site,
    triggers::{STRATEGY, migrates},
    wait::{PATIENCE, until},
};

/// The age of what is remembered is the bound, and the log says what to do.
#[tokio::test]
async fn by_a_replica() {
    let primary = Postgres::start();
    let site = Site::start(&Database::Postgres(primary.database("replicated")), json!({}));
    migrates(&Settings::of(&site.better_auth, &[STRATEGY]), &[]);
    let replica = primary.replica();
    let settings = Settings::of(&site.better_auth, &[STRATEGY])
        .with("session_table.database_url", replica.url("replicated"));
    let remembering = Remembering::start(&settings, STRATEGY, PROMPTLY);
    let seconds = remembering.turns("unsupported", &["postgresql"], PATIENCE).await;
    assert!((seconds - f64::from(MAX_AGE)).abs() < 1e-9, "{seconds}");
    until(async || remembering.service.log(), |log| log.contains("which does not show running transactions"))
        .await;
    let presented = Presented::cookie(&site.ann().await);
    until(async || remembering.service.me(&presented).await, |answer| answer.status == 200).await;
    remembering.knows(&presented).await;
    sleep(Duration::from_secs(2)).await;
    remembering.turns("unsupported", &["postgresql"], Duration::ZERO).await;
    let log = remembering.service.log();
    // Once, however often it is tried.
    assert_eq!(log.matches("which does not show running transactions").count(), 1);
    assert!(log.contains("points to a replica"), "{log}");
}

/// One that passes no notification on does not matter: what has ended is asked for.
#[tokio::test(flavor = "multi_thread")]
async fn not_by_a_pooler() {
    let site = Site::start(&Database::Postgres(Postgres::shared().database("pooled")), json!({}));
    migrates(&Settings::of(&site.better_auth, &[STRATEGY]), &[]);
    let url = pooler::start(site.better_auth.database_url()).await;
    let settings = Settings::of(&site.better_auth, &[STRATEGY]).with("session_table.database_url", url);
    let remembering = Remembering::start(&settings, STRATEGY, PROMPTLY);
    remembering.listens_to(&["postgresql"]).await;
    let session = site.ann().await;
    let presented = Presented::cookie(&session);
    remembering.knows(&presented).await;
    site.better_auth.sign_out(&session).await;
    remembering.sees_the_end_of(&presented).await;
}
