//! Triggers are there, and what they tell never arrives. Nobody may be told that it is listened to.

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
async fn keeps_back(site: &Site, url: &str) {
    migrates(&Settings::of(&site.better_auth, &[STRATEGY]), &[]);
    let settings = Settings::of(&site.better_auth, &[STRATEGY]).with("session_table.database_url", url);
    let remembering = Remembering::start(&settings, STRATEGY, PROMPTLY);
    let seconds = remembering.turns("unsupported", &["postgresql"], PATIENCE).await;
    assert!((seconds - f64::from(MAX_AGE)).abs() < 1e-9, "{seconds}");
    until(async || remembering.service.log(), |log| log.contains("connect to the primary itself")).await;
    let presented = Presented::cookie(&site.ann().await);
    until(async || remembering.service.me(&presented).await, |answer| answer.status == 200).await;
    remembering.knows(&presented).await;
    sleep(Duration::from_secs(2)).await;
    remembering.turns("unsupported", &["postgresql"], Duration::ZERO).await;
    // Once, however often it is tried.
    assert_eq!(remembering.service.log().matches("connect to the primary itself").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_pooler() {
    let site = Site::start(&Database::Postgres(Postgres::shared().database("pooled")), json!({}));
    keeps_back(&site, &pooler::start(site.better_auth.database_url()).await).await;
}

#[tokio::test]
async fn by_a_replica() {
    let primary = Postgres::start();
    let site = Site::start(&Database::Postgres(primary.database("replicated")), json!({}));
    let replica = primary.replica();
    keeps_back(&site, &replica.url("replicated")).await;
}
