//! A service that remembers sessions of a SQLite file, which counts its changes.

use std::time::Duration;

use reqwest::Method;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::parts::{
    database::Database,
    endings,
    presented::Presented,
    remembering::{PROMPTLY, Remembering},
    service,
    settings::Settings,
    site::Site,
    sql,
    wait::until,
};

const STRATEGY: &str = "session_table";
const FEED: [&str; 1] = ["sqlite"];
/// That the file cannot be read is noticed by then.
const NOTICED: Duration = Duration::from_secs(4);

async fn site(journal: &str) -> Site {
    let site = Site::start(&Database::Sqlite, json!({ "plugins": endings::plugins() }));
    let url = site.better_auth.database_url();
    sql::execute(url, &format!("PRAGMA journal_mode = {journal}")).await;
    assert_eq!(sql::text(url, "PRAGMA journal_mode").await, journal);
    site
}

async fn are_seen(journal: &str) {
    let site = site(journal).await;
    let remembering = Remembering::start(&Settings::of(&site.better_auth, &[STRATEGY]), STRATEGY, PROMPTLY);
    remembering.listens_to(&FEED).await;
    let told = "a sign-out is seen within 100ms, by sqlite";
    until(async || remembering.service.log(), |log| log.contains(told)).await;
    endings::are_seen(&site, &remembering).await;
    for statement in [
        r#"DELETE FROM "session" WHERE "token" = '{token}'"#,
        r#"UPDATE "user" SET "banned" = TRUE WHERE "id" = '{user}'"#,
        r#"DELETE FROM "user" WHERE "id" = '{user}'"#,
    ] {
        let session = site.ann().await;
        let presented = Presented::cookie(&session);
        remembering.knows(&presented).await;
        site.sql(&statement.replace("{token}", &session.token).replace("{user}", &session.user_id)).await;
        remembering.sees_the_end_of(&presented).await;
    }
    assert_eq!(sql::text(site.better_auth.database_url(), "PRAGMA journal_mode").await, journal);
}

#[tokio::test]
async fn all_endings_are_seen_with_a_rollback_journal() {
    are_seen("delete").await;
}

#[tokio::test]
async fn all_endings_are_seen_with_a_write_ahead_log() {
    are_seen("wal").await;
}

/// Whoever is remembered is known while nobody may read the file; and a lock held for long is nothing heard.
#[tokio::test]
async fn a_lock_is_noticed() {
    let site = site("delete").await;
    let remembering = Remembering::start(&Settings::of(&site.better_auth, &[STRATEGY]), STRATEGY, PROMPTLY);
    remembering.listens_to(&FEED).await;
    let presented = Presented::cookie(&site.ann().await);
    let holder = sql::connect(site.better_auth.database_url()).await;
    remembering.is_not_asked(&FEED, &presented, &holder, ["BEGIN EXCLUSIVE", "ROLLBACK"]).await;
    holder.execute_unprepared("BEGIN EXCLUSIVE").await.expect("the lock");
    remembering.turns("lost", &FEED, NOTICED).await;
    holder.execute_unprepared("ROLLBACK").await.expect("the end of the lock");
    remembering.listens_to(&FEED).await;
    remembering.knows(&presented).await;
}

/// As in the demo: the service's own tables stand in the same file, and what it writes there is a change, too.
#[tokio::test]
async fn to_dos_may_stand_in_the_same_file() {
    for journal in ["delete", "wal"] {
        let site = site(journal).await;
        let settings = Settings::of(&site.better_auth, &[STRATEGY]);
        let settings = settings.with_todos(site.better_auth.database_url());
        assert_eq!(service::run(&["migrate"], &settings.toml()).code, Some(0));
        let remembering = Remembering::start(&settings, STRATEGY, PROMPTLY);
        remembering.listens_to(&FEED).await;
        let (one, other) = (site.ann().await, site.ann().await);
        let [ann, bob] = [&one, &other].map(Presented::bearer);
        let service = &remembering.service;
        for title in ["Milk", "Bread", "Jam"] {
            for owner in [&ann, &bob] {
                let made = service.post("/api/todos", owner, &json!({ "title": title })).await;
                assert_eq!(made.status, 201, "{made:?}");
                remembering.knows(owner).await;
            }
        }
        let all = service.get("/api/todos", &ann).await;
        let first = all.accepted()["items"][0]["id"].as_str().expect("an id").to_owned();
        let path = format!("/api/todos/{first}");
        let done = service.request(Method::PATCH, &path, &ann).json(&json!({ "completed": true }));
        assert_eq!(service.send(done).await.accepted()["completed"], true);
        site.better_auth.sign_out(&one).await;
        remembering.sees_the_end_of(&ann).await;
        service.post("/api/todos", &ann, &json!({ "title": "more" })).await.refused();
        let gone = service.send(service.request(Method::DELETE, &path, &bob)).await;
        gone.problem(404, "not-found");
        let titles = service.get("/api/todos", &bob).await.accepted()["items"].as_array().map(Vec::len);
        assert_eq!(titles, Some(3));
        assert_ne!(site.better_auth.get_session(&other).await, Value::Null);
    }
}
