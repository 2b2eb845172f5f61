//! Dates in columns without a zone, written by a Better Auth whose process is in another one than UTC.

use chrono::{TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::json;

use crate::parts::{
    database::Database, mariadb::MariaDb, postgres::Postgres, presented::Presented, service::Service,
    settings::Settings, signed_in::SignedIn, site::Site,
};

const KEY: &str = "session_table.time_zone";
const WEST: &str = "America/New_York";
const EAST: &str = "Asia/Tokyo";

/// The tables as Better Auth 1.2.12 makes them, which later versions go on with as they are.
const TABLES: &str = r#"
    create table "user" ("id" text not null primary key, "name" text not null, "email" text not null unique,
        "emailVerified" boolean not null, "image" text, "createdAt" timestamp not null, "updatedAt" timestamp not null);
    create table "session" ("id" text not null primary key, "expiresAt" timestamp not null, "token" text not null unique,
        "createdAt" timestamp not null, "updatedAt" timestamp not null, "ipAddress" text, "userAgent" text,
        "userId" text not null references "user" ("id"));
    create table "jwks" ("id" text not null primary key, "publicKey" text not null, "privateKey" text not null,
        "createdAt" timestamp not null);
"#;

/// What clocks in `zone` will show in so many minutes.
fn shown(zone: &str, minutes: i64) -> String {
    let zone: Tz = zone.parse().expect("a zone");
    let at = (Utc::now() + TimeDelta::minutes(minutes)).with_timezone(&zone);
    at.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

async fn ends_in(site: &Site, session: &SignedIn, zone: &str, minutes: i64) {
    let end = shown(zone, minutes);
    let token = &session.token;
    site.sql(&format!(r#"UPDATE "session" SET "expiresAt" = '{end}' WHERE "token" = '{token}'"#)).await;
}

fn settings(site: &Site) -> Settings {
    Settings::of(&site.better_auth, &["session_table"])
}

/// As Better Auth itself judges, to the minute.
async fn is_judged_right(site: &Site, zone: &str) {
    let service = settings(site).with(KEY, zone).start();
    let session = site.ann().await;
    let presented = Presented::cookie(&session);
    let known = site.better_auth.get_session(&session).await;
    let answer = service.me(&presented).await;
    let (ours, theirs) = (&answer.accepted()["session"]["expiresAt"], &known["session"]["expiresAt"]);
    // MySQL's columns may hold whole seconds.
    assert_eq!(&ours.as_str().expect("a date")[..17], &theirs.as_str().expect("a date")[..17]);
    ends_in(site, &session, zone, 2).await;
    service.me(&presented).await.accepted();
    ends_in(site, &session, zone, -2).await;
    service.me(&presented).await.refused();
    service.has_told("session_table", "expired");
    let log = service.log();
    assert!(!log.contains(" WARN ") || !log.contains(KEY), "{log}");
}

/// Without the key it says so, and which columns they are.
fn is_warned_of(site: &Site, columns: &[&str]) -> Service {
    let service = settings(site).start();
    let log = service.log();
    let warning = log.lines().find(|line| line.contains(" WARN ") && line.contains("without a time zone"));
    let warning = warning.unwrap_or_else(|| panic!("no warning in {log}"));
    assert!(warning.contains(KEY) && columns.iter().all(|column| warning.contains(column)), "{warning}");
    service
}

/// A session of this instant seems to be made hours from now.
async fn is_evidence(site: &Site, service: &Service) {
    for _ in 0..2 {
        let presented = Presented::cookie(&site.ann().await);
        service.me(&presented).await.accepted();
    }
    let log = service.log();
    assert_eq!(log.matches("minutes in the future").count(), 1, "{log}");
    let warning = log.lines().find(|line| line.contains("minutes in the future")).expect("a line");
    assert!(warning.contains(KEY) && warning.contains("time_zone = UTC,"), "{warning}");
}

fn on_postgres(zone: &str, name: &str) -> Site {
    let url = Postgres::shared().database(name);
    Postgres::shared().sql(name, TABLES);
    Site::start(&Database::Postgres(url), json!({ "timeZone": zone }))
}

#[tokio::test]
async fn f2_tables_of_1_2_12_west_of_utc() {
    let site = on_postgres(WEST, "f2_west");
    is_judged_right(&site, WEST).await;
    let service = is_warned_of(&site, &["session.expiresAt", "session.createdAt"]);
    // Which is why: it has an hour left.
    let session = site.ann().await;
    ends_in(&site, &session, WEST, 60).await;
    service.me(&Presented::cookie(&session)).await.refused();
}

#[tokio::test]
async fn f2_tables_of_1_2_12_east_of_utc() {
    let site = on_postgres(EAST, "f2_east");
    is_judged_right(&site, EAST).await;
    let service = is_warned_of(&site, &["session.expiresAt", "session.createdAt"]);
    is_evidence(&site, &service).await;
}

/// With a zone of its own in the database, which is none of Better Auth's.
#[tokio::test]
async fn f2_the_zone_of_the_database_does_not_matter() {
    let site = on_postgres(WEST, "f2_elsewhere");
    Postgres::shared().sql("f2_elsewhere", "ALTER DATABASE f2_elsewhere SET timezone = 'Pacific/Kiritimati'");
    is_judged_right(&site, WEST).await;
}

/// mysql2 writes in the zone of its process; `timestamp` and `datetime` alike.
#[tokio::test]
async fn f2_mariadb() {
    for (zone, name) in [(WEST, "f2_west"), (EAST, "f2_east")] {
        let site =
            Site::start(&Database::MySql(MariaDb::shared().database(name)), json!({ "timeZone": zone }));
        is_judged_right(&site, zone).await;
        let service = is_warned_of(&site, &["session.expiresAt", "session.createdAt", "user.banExpires"]);
        if zone == EAST {
            is_evidence(&site, &service).await;
        }
        site.sql(r#"ALTER TABLE "session" MODIFY "expiresAt" datetime(3) NOT NULL"#).await;
        is_judged_right(&site, zone).await;
    }
}

/// Texts without a zone, as somebody has written them by hand; Better Auth's own say theirs.
#[tokio::test]
async fn f2_sqlite() {
    let site = Site::own_sqlite();
    let session = site.ann().await;
    let presented = Presented::cookie(&session);
    let service = settings(&site).with(KEY, WEST).start();
    service.me(&presented).await.accepted();
    for (minutes, status) in [(2, 200), (-2, 401)] {
        ends_in(&site, &session, WEST, minutes).await;
        assert_eq!(service.me(&presented).await.status, status, "{minutes}");
    }
    let guessing = settings(&site).start();
    guessing.me(&presented).await.refused();
    let log = guessing.log();
    assert!(log.contains("without a time zone") && log.contains("session.expiresAt"), "{log}");
}
