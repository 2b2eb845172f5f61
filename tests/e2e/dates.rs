//! Dates in the types that databases have for them. Prisma's are made by hand: what it would have made of Better Auth's
//! tables, a real Better Auth goes on writing to.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::parts::{
    database::Database,
    judged::{Statements, judged_right},
    mariadb::MariaDb,
    postgres::Postgres,
    presented::Presented,
    settings::Settings,
    site::Site,
    sql,
};

const END: &str = r#"UPDATE "session" SET "expiresAt" = {date} WHERE "token" = '{token}'"#;
const BAN: &str = r#"UPDATE "user" SET "banned" = TRUE WHERE "id" = '{user}'"#;

fn settings(site: &Site) -> Settings {
    Settings::of(&site.better_auth, &["session_table"])
}

fn without_zone(at: DateTime<Utc>) -> String {
    at.format("'%Y-%m-%d %H:%M:%S%.3f'").to_string()
}

/// `timestamp(3)`: no zone is written with it, and it is not the database's.
#[tokio::test]
async fn of_prisma_in_postgres() {
    let url = Postgres::shared().database("prisma");
    Postgres::shared().sql("prisma", "ALTER DATABASE prisma SET timezone = 'Asia/Tokyo'");
    let site = Site::start(&Database::Postgres(url), json!({}));
    for (table, column) in [("session", "expiresAt"), ("session", "createdAt"), ("user", "banExpires")] {
        site.sql(&format!(
            r#"ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE timestamp(3) USING "{column}" AT TIME ZONE 'UTC'"#
        ))
        .await;
    }
    judged_right(&site, &settings(&site), &Statements { end: END, ban: BAN, date: without_zone }).await;
}

/// `datetime(3)`, and texts of Prisma's length.
#[tokio::test]
async fn of_prisma_in_mariadb() {
    let site = Site::start(&Database::MySql(MariaDb::shared().database("prisma")), json!({}));
    // By then Better Auth has looked at its tables: it ends if one is not there, as one is not for a moment that is changed.
    site.ann().await;
    for (table, change) in [
        ("session", r#""expiresAt" datetime(3) NOT NULL"#),
        ("session", r#""token" varchar(191) NOT NULL"#),
        ("user", r#""banExpires" datetime(3)"#),
    ] {
        site.sql(&format!(r#"ALTER TABLE "{table}" MODIFY {change}"#)).await;
    }
    judged_right(&site, &settings(&site), &Statements { end: END, ban: BAN, date: without_zone }).await;
}

/// Numbers, which are no smaller than any text there: compared by SQLite itself, no session would ever end.
#[tokio::test]
async fn of_prisma_in_sqlite_are_milliseconds_and_end() {
    let site = Site::own_sqlite();
    let statements = Statements { end: END, ban: BAN, date: |at| at.timestamp_millis().to_string() };
    // Better Auth itself reads the number as a date, too.
    judged_right(&site, &settings(&site), &statements).await;
}

/// Better Auth's driver writes UTC, and a server whose zone is another takes it for its own time.
#[tokio::test]
async fn in_a_mariadb_of_another_zone() {
    let mariadb = MariaDb::start();
    let url = mariadb.database("zone");
    mariadb.sql("zone", "SET GLOBAL time_zone = '-05:00'");
    let site = Site::start(&Database::MySql(url), json!({}));
    // The statements come by a connection that has told the server that it speaks UTC.
    let date = |at| without_zone(at + TimeDelta::hours(5));
    judged_right(&site, &settings(&site), &Statements { end: END, ban: BAN, date }).await;
}

/// As Better Auth itself writes them, in a database of another zone.
#[tokio::test]
async fn in_a_postgres_of_another_zone() {
    let url = Postgres::shared().database("zone");
    Postgres::shared().sql("zone", "ALTER DATABASE zone SET timezone = 'America/New_York'");
    let site = Site::start(&Database::Postgres(url), json!({}));
    let date = |at| sql::date("postgres:", at);
    judged_right(&site, &settings(&site), &Statements { end: END, ban: BAN, date }).await;
}

/// A ban that has an end ends, whatever the type of its date is.
#[tokio::test]
async fn of_a_ban_in_milliseconds() {
    let site = Site::own_sqlite();
    let session = site.ann().await;
    let service = settings(&site).start();
    for (hours, status) in [(1, 401), (-1, 200)] {
        let end = (Utc::now() + TimeDelta::hours(hours)).timestamp_millis();
        site.sql(&format!(r#"UPDATE "user" SET "banned" = 1, "banExpires" = {end}"#)).await;
        assert_eq!(service.me(&Presented::cookie(&session)).await.status, status, "{hours}");
    }
}

/// What the database knows to be a date is never guessed: 1971 in milliseconds would be 2969 in seconds.
#[tokio::test]
async fn of_long_ago_and_without_end() {
    for site in [Site::postgres(), Site::mariadb()] {
        let service = Settings::of(&site.better_auth, &["session_table"]).start();
        let session = site.ann().await;
        let is_postgres = site.better_auth.database_url().starts_with("postgres");
        let ends = [("1971-01-01", false), ("2037-01-01", true), ("infinity", true), ("-infinity", false)];
        for (end, counts) in ends.into_iter().take(if is_postgres { 4 } else { 2 }) {
            let update =
                format!(r#"UPDATE "session" SET "expiresAt" = '{end}' WHERE "token" = '{}'"#, session.token);
            site.sql(&update).await;
            let answer = service.me(&Presented::cookie(&session)).await;
            assert_eq!(answer.status, if counts { 200 } else { 401 }, "{end}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn of_a_ban_for_ever() {
    let site = Site::postgres();
    let session = site.ann().await;
    let ban = r#"UPDATE "user" SET "banned" = TRUE, "banExpires" = 'infinity' WHERE "id" ="#;
    site.sql(&format!("{ban} '{}'", session.user_id)).await;
    let service = Settings::of(&site.better_auth, &["session_table"]).start();
    service.me(&Presented::cookie(&session)).await.refused();
    service.has_told("session_table", "banned");
}
