//! Columns of types that Better Auth's own migration does not make, and other ORMs do.

use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::parts::{
    database::Database,
    mariadb::MariaDb,
    postgres::Postgres,
    presented::{Presented, encoded, signed},
    service::{self, Service},
    settings::Settings,
    site::Site,
    sql,
    wait::until,
};

const TOKEN: &str = "7f3c8a52-1b0e-4c8f-9b57-0d9a4f4f2f10";

fn settings(site: &Site) -> Settings {
    Settings::of(&site.better_auth, &["session_table"])
}

fn presented(site: &Site, token: &str) -> Presented {
    Presented::Bearer(encoded(&signed(site.better_auth.secret(), token)))
}

/// What is no UUID is nobody's token, and no outage.
async fn knows_uuids(site: &Site, change: &str) {
    let session = site.ann().await;
    let token = format!(r#"UPDATE "session" SET "token" = '{TOKEN}' WHERE "token" = '{}'"#, session.token);
    site.sql(&token).await;
    site.sql(change).await;
    let service = settings(site).start();
    let known = service.me(&presented(site, TOKEN)).await;
    assert_eq!(known.accepted()["user"]["id"], session.user_id);
    for other in ["00000000-0000-4000-8000-000000000000", "no-uuid", &session.token, &TOKEN.to_uppercase()] {
        service.me(&presented(site, other)).await.refused();
    }
    service.me(&presented(site, TOKEN)).await.accepted();
    service.becomes_ready().await;
}

#[tokio::test]
async fn a_token_may_be_a_uuid_in_postgres() {
    let site = Site::start(&Database::Postgres(Postgres::shared().database("uuid_tokens")), json!({}));
    site.ann().await;
    site.sql(r#"DELETE FROM "session""#).await;
    knows_uuids(&site, r#"ALTER TABLE "session" ALTER "token" TYPE uuid USING "token"::uuid"#).await;
}

#[tokio::test]
async fn a_token_may_be_a_uuid_in_mariadb() {
    let site = Site::start(&Database::MySql(MariaDb::shared().database("uuid_tokens")), json!({}));
    site.ann().await;
    site.sql(r#"DELETE FROM "session""#).await;
    knows_uuids(&site, r#"ALTER TABLE "session" MODIFY "token" uuid NOT NULL"#).await;
}

/// A database repeats the value that it cannot take, and here that is a token.
#[tokio::test]
async fn c1_a_token_that_the_database_cannot_take_is_never_logged() {
    let site = Site::start(&Database::Postgres(Postgres::shared().database("late_uuids")), json!({}));
    let service = settings(&site).start();
    service.me(&Presented::cookie(&site.ann().await)).await.accepted();
    site.sql(r#"DELETE FROM "session"; ALTER TABLE "session" ALTER "token" TYPE uuid USING "token"::uuid"#)
        .await;
    let token = "0123456789abcdefghijABCDEFGHIJ01";
    // The database does say it.
    let url = site.better_auth.database_url();
    let asked = format!(r#"SELECT 1 FROM "session" WHERE "token" = '{token}'"#);
    let error = sql::connect(url).await.execute_unprepared(&asked).await.expect_err("no UUID");
    assert!(error.to_string().contains(token), "{error}");
    service.me(&presented(&site, token)).await.undecidable();
    let log = until(async || service.log(), |log| log.contains("22P02")).await;
    assert!(log.contains("cannot take this token as a value (error 22P02)"), "{log}");
    assert!(!log.contains(token), "{log}");
}

/// The message fits its cause: nobody lacks a permission here.
#[tokio::test]
async fn a_type_that_cannot_be_asked_for_is_told_as_one() {
    let site = Site::start(&Database::Postgres(Postgres::shared().database("integer_tokens")), json!({}));
    site.ann().await;
    site.sql(r#"DELETE FROM "session"; ALTER TABLE "session" ALTER "token" TYPE integer USING 1"#).await;
    let ended = service::run(&[], &settings(&site).toml());
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    assert!(ended.output.contains("Compare type and collation"), "{}", ended.output);
    assert!(!ended.output.contains("grant it SELECT"), "{}", ended.output);
}

async fn user(service: &Service, presented: &Presented) -> serde_json::Value {
    service.me(presented).await.accepted()["user"].clone()
}

/// `NextAuth` keeps when an address was verified; NULL is not yet.
async fn knows_since_when(site: &Site, change: &str) {
    let presented = Presented::cookie(&site.ann().await);
    site.sql(change).await;
    let service = settings(site).start();
    for (value, verified) in [("NULL", false), ("'2024-02-03 04:05:06'", true)] {
        site.sql(&format!(r#"UPDATE "user" SET "emailVerified" = {value}"#)).await;
        assert_eq!(user(&service, &presented).await["emailVerified"], verified, "{value}");
    }
}

#[tokio::test]
async fn an_address_may_be_verified_since_a_date() {
    for (kind, name) in [("timestamp(3)", "since_when"), ("timestamptz", "since_when_zoned")] {
        let site = Site::start(&Database::Postgres(Postgres::shared().database(name)), json!({}));
        let change = r#"ALTER TABLE "user" ALTER "emailVerified" DROP NOT NULL, ALTER "emailVerified" TYPE"#;
        knows_since_when(&site, &format!("{change} {kind} USING NULL")).await;
    }
    let mariadb = Site::start(&Database::MySql(MariaDb::shared().database("since_when")), json!({}));
    knows_since_when(&mariadb, r#"ALTER TABLE "user" MODIFY "emailVerified" datetime(3) NULL"#).await;
    let sqlite = Site::own_sqlite();
    let nullable = r#"ALTER TABLE "user" DROP COLUMN "emailVerified"; ALTER TABLE "user" ADD COLUMN "emailVerified" date"#;
    knows_since_when(&sqlite, nullable).await;
}

/// However a list is written, it means the comma-separated text that Better Auth writes.
#[tokio::test]
async fn roles_may_be_a_list_of_any_kind() {
    let both = json!("admin,editor");
    let postgres = Site::start(&Database::Postgres(Postgres::shared().database("role_lists")), json!({}));
    let mariadb = Site::start(&Database::MySql(MariaDb::shared().database("role_lists")), json!({}));
    let sqlite = Site::own_sqlite();
    let (lists, array) = (r#"'["admin", "editor"]'"#, "JSON_ARRAY('admin', 'editor')");
    for (site, kinds) in [
        (
            &postgres,
            &[
                ("text[] USING NULL", "'{admin,editor}'"),
                ("jsonb USING NULL", lists),
                ("text USING NULL", lists),
            ][..],
        ),
        (&mariadb, &[("json", array), ("text", array)]),
        (&sqlite, &[("text", lists)]),
    ] {
        let presented = Presented::cookie(&site.ann().await);
        for (kind, list) in kinds {
            let url = site.better_auth.database_url();
            site.sql(r#"UPDATE "user" SET "role" = NULL"#).await;
            if url.starts_with("postgres") {
                sql::execute(
                    url,
                    &format!(r#"ALTER TABLE "user" ALTER "role" DROP DEFAULT, ALTER "role" TYPE {kind}"#),
                )
                .await;
            } else if url.starts_with("mysql") {
                sql::execute(url, &format!(r#"ALTER TABLE "user" MODIFY "role" {kind} NULL"#)).await;
            }
            site.sql(&format!(r#"UPDATE "user" SET "role" = {list}"#)).await;
            let service = settings(site).start();
            assert_eq!(user(&service, &presented).await["role"], both, "{url} {kind}");
        }
    }
}
