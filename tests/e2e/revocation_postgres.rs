//! A service that remembers sessions of a PostgreSQL, which tells it what ends.

use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::parts::{
    endings,
    postgres::Postgres,
    presented::Presented,
    remembering::{MAX_AGE, PROMPTLY, Remembering},
    signed_in::SignedIn,
    site::Site,
    sql,
    triggers::{Owned, STRATEGY, migrates},
    wait::until,
};

const FEED: [&str; 1] = ["postgresql"];
/// Triggers that come or go are noticed by then.
const NOTICED: Duration = Duration::from_secs(4);

fn plugins() -> Value {
    json!({ "plugins": endings::plugins() })
}

/// The service runs before there are triggers, and is not restarted.
#[tokio::test]
async fn all_endings_are_seen_as_long_as_there_are_triggers() {
    let owned = Owned::start("triggers_come_and_go", plugins());
    let site = &owned.site;
    let remembering = Remembering::start(&owned.as_reader, STRATEGY, PROMPTLY);
    let unsupported = async || remembering.turns("unsupported", &FEED, NOTICED).await;
    assert!((unsupported().await - f64::from(MAX_AGE)).abs() < 1e-9);
    let told = format!("a sign-out is seen within {MAX_AGE}s");
    until(async || remembering.service.log(), |log| log.contains(&told)).await;
    let before = Presented::cookie(&signed_out(site, &remembering).await);
    remembering.remembers(&before).await;

    migrates(&owned.as_owner, &[]);
    let seconds = remembering.turns("listening", &FEED, NOTICED).await;
    assert!(seconds > 0.0 && seconds < 0.5, "{seconds}");
    // What was not heard before is not believed any more.
    remembering.service.me(&before).await.refused();
    endings::are_seen(site, &remembering).await;
    is_not_asked(site, &remembering).await;

    migrates(&owned.as_owner, &["--undo"]);
    assert!((unsupported().await - f64::from(MAX_AGE)).abs() < 1e-9);
    let after = Presented::cookie(&signed_out(site, &remembering).await);
    remembering.remembers(&after).await;
}

/// Somebody who was remembered and has signed out.
async fn signed_out(site: &Site, remembering: &Remembering) -> SignedIn {
    let session = site.ann().await;
    remembering.knows(&Presented::cookie(&session)).await;
    site.better_auth.sign_out(&session).await;
    session
}

/// Whoever is remembered is known while nobody may read the tables.
async fn is_not_asked(site: &Site, remembering: &Remembering) {
    let session = Presented::cookie(&site.ann().await);
    let holder = sql::connect(site.better_auth.database_url()).await;
    let lock = [r#"BEGIN; LOCK TABLE "session", "user" IN ACCESS EXCLUSIVE MODE"#, "ROLLBACK"];
    remembering.is_not_asked(&FEED, &session, &holder, lock).await;
}

/// The log tells it where the triggers are there from the start.
#[tokio::test]
async fn what_is_done_by_sql_is_seen() {
    let owned = Owned::start("revoked_by_sql", plugins());
    migrates(&owned.as_owner, &[]);
    let remembering = Remembering::start(&owned.as_reader, STRATEGY, PROMPTLY);
    remembering.listens_to(&FEED).await;
    let told = "a sign-out is seen within 100ms, by postgresql";
    until(async || remembering.service.log(), |log| log.contains(told)).await;
    let bystander = Presented::cookie(&owned.site.ann().await);
    for statement in [
        r#"DELETE FROM "session" WHERE "token" = '{token}'"#,
        r#"UPDATE "session" SET "expiresAt" = now() - interval '1 second' WHERE "token" = '{token}'"#,
        r#"UPDATE "session" SET "token" = 'another' WHERE "token" = '{token}'"#,
        r#"UPDATE "user" SET "banned" = TRUE WHERE "id" = '{user}'"#,
        r#"DELETE FROM "user" WHERE "id" = '{user}'"#,
        r#"TRUNCATE "session""#,
        r#"TRUNCATE "user" CASCADE"#,
    ] {
        let session = owned.site.ann().await;
        let presented = Presented::cookie(&session);
        remembering.knows(&presented).await;
        if !statement.starts_with("TRUNCATE") {
            remembering.knows(&bystander).await;
        }
        owned.sql(&statement.replace("{token}", &session.token).replace("{user}", &session.user_id));
        remembering.sees_the_end_of(&presented).await;
    }
    remembering.service.me(&bystander).await.refused();
    let session = owned.site.ann().await;
    let presented = Presented::cookie(&session);
    remembering.knows(&presented).await;
    owned.sql(&format!(r#"UPDATE "user" SET "role" = 'editor' WHERE "id" = '{}'"#, session.user_id));
    remembering.sees(&presented, "/user/role", |role| role == Some(&json!("editor"))).await;
}

/// What has ended stands in a table for some minutes.
#[tokio::test]
async fn ids_are_told_and_nothing_else() {
    let owned = Owned::start("payloads", plugins());
    migrates(&owned.as_owner, &[]);
    let told = async |event: &str| -> Vec<Value> {
        let rows = owned.sql(
            r#"WITH told AS (DELETE FROM verifier_revocation RETURNING *)
            SELECT json_strip_nulls(json_build_object('session', session, 'user', "user", 'cutOff', cut_off)) FROM told"#,
        );
        let read = |row| serde_json::from_str(row).unwrap_or_else(|_| panic!("{event}: {row}"));
        rows.lines().map(read).collect()
    };

    let session = owned.site.ann().await;
    let id = owned.sql(&format!(r#"SELECT "id" FROM "session" WHERE "token" = '{}'"#, session.token));
    assert_eq!(told("a sign-up").await, [] as [Value; 0]);
    let user = &session.user_id;
    let of_session = |cut_off: bool| json!({ "session": id, "user": user, "cutOff": cut_off });
    let of_user = |cut_off: bool| json!({ "user": user, "cutOff": cut_off });
    for (event, expected) in [
        (r#"UPDATE "session" SET "updatedAt" = "updatedAt""#, vec![]),
        (r#"UPDATE "session" SET "userAgent" = 'another'"#, vec![of_session(false)]),
        (r#"UPDATE "session" SET "expiresAt" = "expiresAt" + interval '1 day'"#, vec![of_session(false)]),
        (r#"UPDATE "session" SET "expiresAt" = "expiresAt" - interval '1 day'"#, vec![of_session(true)]),
        (r#"UPDATE "user" SET "name" = 'Bea'"#, vec![of_user(false)]),
        (r#"UPDATE "user" SET "role" = 'editor'"#, vec![of_user(true)]),
        (r#"UPDATE "user" SET "banned" = TRUE"#, vec![of_user(true)]),
        (r#"UPDATE "user" SET "banExpires" = now()"#, vec![of_user(true)]),
        (r#"UPDATE "user" SET "banned" = FALSE, "banExpires" = NULL"#, vec![of_user(true)]),
        ("BEGIN; DELETE FROM session; ROLLBACK", vec![]),
    ] {
        owned.sql(event);
        assert_eq!(told(event).await, expected, "{event}");
    }
    owned.site.better_auth.sign_out(&session).await;
    assert_eq!(told("a sign-out").await, [of_session(true)]);

    // In whichever zone whoever writes is.
    owned.sql("ALTER DATABASE payloads SET timezone = 'Pacific/Kiritimati'");
    // Who tidies up cuts nobody off. A time without a zone may have been meant in any.
    for (kind, expires_at, cut_off) in [
        ("timestamptz", "now() + interval '1 hour'", true),
        ("timestamptz", "now() - interval '1 second'", false),
        ("timestamp", "now() - interval '1 hour'", true),
        ("timestamp", "now() - interval '30 hours'", false),
        ("text", "'soon'", true),
        ("text", "'2001-02-03T04:05:06.789Z'", false),
    ] {
        owned.sql(&format!(r#"ALTER TABLE "session" ALTER "expiresAt" TYPE {kind}"#));
        owned.sql(&format!(
            r#"INSERT INTO "session" ("id", "token", "userId", "expiresAt", "updatedAt")
            VALUES ('old', 'old', '{user}', {expires_at}, now())"#
        ));
        owned.sql(r#"DELETE FROM "session""#);
        let expected = json!({ "session": "old", "user": user, "cutOff": cut_off });
        assert_eq!(told(expires_at).await, [expected], "{kind} {expires_at}");
    }
    owned.sql(r#"DELETE FROM "user""#);
    assert_eq!(told("a deletion").await, [of_user(true)]);

    // Not for ever, and a few at a time.
    owned.sql(
        "INSERT INTO verifier_revocation (transaction, at) \
         SELECT 4, now() - interval '7 minutes' FROM generate_series(1, 150); \
         INSERT INTO verifier_revocation (transaction, oldest, at) VALUES (5, 5, now() - interval '6 minutes')",
    );
    // The last one shows that those before it had ended, and stays.
    for left in [51, 1] {
        owned.site.ann().await;
        owned.sql(r#"UPDATE "user" SET "name" = 'Bea'"#);
        let count = "SELECT count(*) FROM verifier_revocation WHERE at < now() - interval '5 minutes'";
        assert_eq!(owned.sql(count), left.to_string());
        owned.sql(r#"DELETE FROM "user""#);
    }
}

/// Ends are told in the order of the commits, and none is missed that began before another was told.
#[tokio::test]
async fn an_end_that_is_long_under_way_is_seen() {
    let owned = Owned::start("long_under_way", plugins());
    migrates(&owned.as_owner, &[]);
    let remembering = Remembering::start(&owned.as_reader, STRATEGY, PROMPTLY);
    remembering.listens_to(&FEED).await;
    let (ann, bob) = (owned.site.ann().await, owned.site.ann().await);
    let [of_ann, of_bob] = [&ann, &bob].map(Presented::cookie);
    for presented in [&of_ann, &of_bob] {
        remembering.knows(presented).await;
    }
    let slow = sql::connect(&Postgres::shared().url(owned.name)).await;
    let delete = |token: &str| format!(r#"DELETE FROM "session" WHERE "token" = '{token}'"#);
    slow.execute_unprepared(&format!("BEGIN; {}", delete(&ann.token))).await.expect("the first");
    owned.sql(&delete(&bob.token));
    remembering.sees_the_end_of(&of_bob).await;
    remembering.service.me(&of_ann).await.accepted();
    slow.execute_unprepared("COMMIT").await.expect("the end of the first");
    remembering.sees_the_end_of(&of_ann).await;
}

/// As Better Auth's generator makes the tables for Drizzle.
#[tokio::test]
async fn all_endings_are_seen_in_tables_with_other_names() {
    let options = json!({
        "adapter": { "drizzle": { "usePlural": true } },
        "plugins": {
            "admin": {}, "anonymous": {}, "organization": { "teams": { "enabled": true } }, "phoneNumber": {},
            "twoFactor": {}, "username": {},
        },
    });
    let owned = Owned::start("triggers_of_drizzle", options);
    let [as_owner, as_reader] = [&owned.as_owner, &owned.as_reader].map(|settings| {
        let settings = settings.clone().with("session_table.naming", "snake_case");
        settings.with("session_table.table", "sessions").with("session_table.user_table", "users")
    });
    migrates(&as_owner, &[]);
    let remembering = Remembering::start(&as_reader, STRATEGY, PROMPTLY);
    remembering.listens_to(&FEED).await;
    // The admin is made by SQL, which must call the table as it is called here.
    owned.sql(r#"CREATE VIEW "user" AS SELECT * FROM users"#);
    owned.sql(r#"GRANT ALL ON "user" TO triggers_of_drizzle_owner"#);
    endings::are_seen(&owned.site, &remembering).await;
    let session = owned.site.ann().await;
    let presented = Presented::cookie(&session);
    remembering.knows(&presented).await;
    owned.sql(&format!("UPDATE users SET banned = TRUE WHERE id = '{}'", session.user_id));
    remembering.sees_the_end_of(&presented).await;
}
