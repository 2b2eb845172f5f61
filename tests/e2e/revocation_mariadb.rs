//! A service that remembers sessions of a `MariaDB`, which tells nobody: it looks again and again.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use serde_json::json;

use crate::parts::{
    database::Database, endings, mariadb::MariaDb, presented::Presented, remembering::Remembering,
    settings::Settings, site::Site, sql, wait::until,
};

const STRATEGY: &str = "session_table";
/// Twice a round, on a busy machine, too.
const BOUND: Duration = Duration::from_secs(4);

async fn remembering(name: &str, options: serde_json::Value) -> (Site, Remembering) {
    let site = Site::start(&Database::MySql(MariaDb::shared().database(name)), options);
    let settings = Settings::of(&site.better_auth, &[STRATEGY]);
    let remembering = Remembering::start(&settings, STRATEGY, BOUND);
    remembering.listens_to(&["mysql"]).await;
    (site, remembering)
}

#[tokio::test]
async fn all_endings_are_seen() {
    let (site, remembering) = remembering("revoked", json!({ "plugins": endings::plugins() })).await;
    until(async || remembering.service.log(), |log| log.contains("a sign-out is seen within 1s, by mysql"))
        .await;
    endings::are_seen(&site, &remembering).await;

    // Whoever is remembered is known while nobody may read the tables.
    let session = Presented::cookie(&site.ann().await);
    let holder = sql::connect(site.better_auth.database_url()).await;
    let lock = ["LOCK TABLES session WRITE, user WRITE", "UNLOCK TABLES"];
    remembering.is_not_asked(&["mysql"], &session, &holder, lock).await;
    remembering.knows(&session).await;
}

/// Where ids are numbers, and where their texts differ by nothing but case.
#[tokio::test]
async fn what_is_done_by_sql_is_seen() {
    let serial = json!({ "advanced": { "database": { "generateId": "serial" } } });
    for (name, options) in [("revoked_by_sql", json!({})), ("revoked_by_sql_serial", serial)] {
        let (site, remembering) = remembering(name, options).await;
        let past = site.date(Utc::now() - TimeDelta::seconds(2));
        let expire = format!(r#"UPDATE "session" SET "expiresAt" = {past} WHERE "token" = '{{token}}'"#);
        for statement in [
            r#"DELETE FROM "session" WHERE "token" = '{token}'"#,
            &expire,
            r#"UPDATE "user" SET "banned" = TRUE WHERE "id" = '{user}'"#,
            r#"DELETE FROM "user" WHERE "id" = '{user}'"#,
        ] {
            let session = site.ann().await;
            let presented = Presented::cookie(&session);
            remembering.knows(&presented).await;
            site.sql(&statement.replace("{token}", &session.token).replace("{user}", &session.user_id)).await;
            remembering.sees_the_end_of(&presented).await;
        }
        let session = site.ann().await;
        let presented = Presented::cookie(&session);
        remembering.knows(&presented).await;
        site.sql(&format!(r#"UPDATE "user" SET "role" = 'editor' WHERE "id" = '{}'"#, session.user_id)).await;
        remembering.sees(&presented, "/user/role", |role| role == Some(&json!("editor"))).await;
    }
}
