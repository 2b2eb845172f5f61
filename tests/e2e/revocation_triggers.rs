//! The triggers themselves: how they come, how they go, and that they never stand in Better Auth's way.

use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::parts::{
    endings,
    postgres::Postgres,
    presented::Presented,
    remembering::{PROMPTLY, Remembering},
    settings::Settings,
    site::Site,
    sql,
    triggers::{Owned, STRATEGY, migrate, migrates},
    wait::{PATIENCE, until},
};

const FEED: [&str; 1] = ["postgresql"];

#[tokio::test]
async fn come_go_and_are_shown() {
    let owned = Owned::start("triggers_as_shown", json!({}));
    let shown = migrate(&owned.as_reader, &["--print"]);
    assert_eq!((shown.code, owned.installed()), (Some(0), String::new()), "{shown:?}");
    assert!(shown.output.starts_with("BEGIN;") && shown.output.ends_with("COMMIT;\n"), "{shown:?}");

    migrates(&owned.as_owner, &[]);
    let installed = owned.installed();
    assert_eq!(installed.matches("CREATE TRIGGER").count(), 4, "{installed}");
    assert_eq!(installed.matches("CREATE OR REPLACE FUNCTION").count(), 1, "{installed}");
    migrates(&owned.as_owner, &[]);
    assert_eq!(owned.installed(), installed, "twice");
    assert_eq!(migrate(&owned.as_owner, &["--print"]).output, shown.output);
    assert_eq!(owned.installed(), installed);

    for _ in 0..2 {
        migrates(&owned.as_owner, &["--undo"]);
        assert_eq!(owned.installed(), "");
    }
    // What a migration tool would do with it.
    Postgres::shared().sql(owned.name, &format!("SET ROLE {}_owner;\n{}", owned.name, shown.output));
    assert_eq!(owned.installed(), installed, "by hand");
    // Over what was left of it.
    owned.sql(r#"DROP TRIGGER verifier_revocation ON "user""#);
    migrates(&owned.as_owner, &[]);
    assert_eq!(owned.installed(), installed, "half of it was there");
}

/// One line that says what to do; and nothing is half done.
#[tokio::test]
async fn need_an_owner_and_a_postgres() {
    let owned = Owned::start("triggers_of_others", json!({}));
    owned.sql("GRANT CREATE ON SCHEMA public TO triggers_of_others_reader");
    let nobody = Settings::of(&owned.site.better_auth, &[STRATEGY])
        .with("session_table.database_url", Postgres::shared().url_of("nobody_at_all", owned.name));
    for (settings, words) in [
        (
            &owned.as_reader,
            ["session_table.database_url", "a role that owns Better Auth's tables", "permission denied"],
        ),
        (&nobody, ["session_table.database_url", "nobody_at_all", "does not exist"]),
    ] {
        let ended = migrate(settings, &[]);
        assert_eq!((ended.code, ended.output.lines().count()), (Some(1), 1), "{ended:?}");
        assert!(words.iter().all(|word| ended.output.matches(word).count() == 1), "{ended:?}");
        assert_eq!(owned.installed(), "");
    }
    migrates(&owned.as_owner, &[]);
    let installed = owned.installed();
    assert_eq!(migrate(&owned.as_reader, &["--undo"]).code, Some(1));
    assert_eq!(owned.installed(), installed);

    let nowhere = owned.as_owner.clone().with("session_table.table", "sessions");
    let ended = migrate(&nowhere, &[]);
    assert_eq!((ended.code, ended.output.lines().count()), (Some(1), 1), "{ended:?}");
    assert!(ended.output.contains(r#""sessions""#), "{ended:?}");
    assert_eq!(owned.installed(), installed);

    let sqlite = migrate(&Settings::of(&Site::sqlite().better_auth, &[STRATEGY]), &[]);
    assert_eq!((sqlite.code, sqlite.output.lines().count()), (Some(1), 1), "{sqlite:?}");
    assert!(sqlite.output.contains("session_table.database_url: only PostgreSQL"), "{sqlite:?}");
}

/// Whatever keeps them from saying which session it was, the write is done, and everything is asked anew.
#[tokio::test]
async fn fail_without_failing_the_write() {
    let owned = Owned::start("triggers_that_fail", json!({ "plugins": endings::plugins() }));
    migrates(&owned.as_owner, &[]);
    let remembering = Remembering::start(&owned.as_reader, STRATEGY, PROMPTLY);
    remembering.listens_to(&FEED).await;

    // More than a notification can hold.
    let long = "repeat('x', 9000)";
    let user = format!(
        r#"INSERT INTO "user" ("id", "name", "email", "emailVerified") VALUES ({long}, 'Long', 'long@example.test', FALSE)"#
    );
    let session = format!(
        r#"INSERT INTO "session" ("id", "token", "userId", "expiresAt", "updatedAt")
        VALUES ({long}, 'long', {long}, now() + interval '1 day', now())"#
    );
    owned.sql(&format!("{user}; {session}"));
    for statement in [
        r#"UPDATE "session" SET "userAgent" = 'another' WHERE "token" = 'long'"#,
        r#"UPDATE "user" SET "role" = 'editor' WHERE "name" = 'Long'"#,
        r#"DELETE FROM "session" WHERE "token" = 'long'"#,
        r#"DELETE FROM "user" WHERE "name" = 'Long'"#,
    ] {
        let unheard = ended_unheard(&owned, &remembering).await;
        owned.sql(statement);
        remembering.sees_the_end_of(&unheard).await;
    }

    // A column that does not become JSON.
    owned.sql(
        "CREATE TYPE mood AS ENUM ('fine'); \
         CREATE FUNCTION to_json(mood) RETURNS json LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'; \
         CREATE CAST (mood AS json) WITH FUNCTION to_json(mood); \
         ALTER TABLE session ADD COLUMN mood mood DEFAULT 'fine'",
    );
    let [one, other] = endings::two_sessions(&owned.site).await;
    for session in [&one, &other] {
        remembering.knows(&Presented::cookie(session)).await;
    }
    let unheard = ended_unheard(&owned, &remembering).await;
    owned.site.better_auth.sign_out(&one).await;
    for presented in [&Presented::cookie(&one), &unheard] {
        remembering.sees_the_end_of(presented).await;
    }
    owned.sql("ALTER TABLE session DROP COLUMN mood");
    remembering.knows(&Presented::cookie(&other)).await;

    // Who writes need not be permitted to call the function.
    owned.sql("REVOKE EXECUTE ON FUNCTION verifier_revocation() FROM PUBLIC, triggers_that_fail_owner");
    endings::are_seen(&owned.site, &remembering).await;
}

/// The triggers do not fire for whom PostgreSQL takes for a replica: the service remembers somebody who has gone.
async fn ended_unheard(owned: &Owned, remembering: &Remembering) -> Presented {
    let gone = async || {
        let session = owned.site.ann().await;
        let presented = Presented::cookie(&session);
        remembering.knows(&presented).await;
        let unheard = "SET session_replication_role = replica; DELETE FROM session WHERE token =";
        owned.sql(&format!("{unheard} '{}'", session.token));
        (remembering.service.me(&presented).await, presented)
    };
    let (answer, presented) = remembering.undisturbed(&FEED, gone).await;
    answer.accepted();
    presented
}

/// Six minutes pass for what stands in the table.
const SIX_MINUTES: &str = "UPDATE verifier_revocation SET at = at - interval '6 minutes'";

/// What a transaction has ended is there for five minutes after its own end, however long it took.
#[tokio::test]
async fn keep_what_a_slow_transaction_has_ended() {
    let owned = Owned::start("triggers_slow", json!({ "plugins": endings::plugins() }));
    migrates(&owned.as_owner, &[]);
    let remembering = Remembering::start(&owned.as_reader, STRATEGY, PROMPTLY);
    remembering.listens_to(&FEED).await;
    let [ann, bob, cid] = [owned.site.ann().await, owned.site.ann().await, owned.site.ann().await];
    let banned = |user: &str| {
        format!(r#"UPDATE "user" SET "banned" = NOT COALESCE("banned", false) WHERE "id" = '{user}'"#)
    };
    let rows = |user: &str| {
        owned.sql(&format!(r#"SELECT count(*) FROM verifier_revocation WHERE "user" = '{user}'"#))
    };

    // One that goes on for longer itself.
    for session in [&ann, &bob] {
        remembering.knows(&Presented::cookie(session)).await;
    }
    let [ends_ann, ends_bob, ends_cid] = [&ann, &bob, &cid].map(|session| banned(&session.user_id));
    owned.sql(&format!("BEGIN; {ends_ann}; {SIX_MINUTES}; {ends_bob}; COMMIT"));
    for session in [&ann, &bob] {
        remembering.sees_the_end_of(&Presented::cookie(session)).await;
    }
    assert_eq!([rows(&ann.user_id), rows(&bob.user_id)], ["1", "1"]);

    // One that is committed while others go on.
    let slow = sql::connect(owned.site.better_auth.database_url()).await;
    let run = async |statements: &str| {
        slow.execute_unprepared(statements).await.expect("run");
    };
    remembering.knows(&Presented::cookie(&cid)).await;
    run("BEGIN").await;
    run(&ends_cid).await;
    run(&format!(r#"{SIX_MINUTES} WHERE "user" = '{}'"#, cid.user_id)).await;
    owned.sql(&ends_ann);
    owned.sql(SIX_MINUTES);
    owned.sql(&ends_ann);
    run("COMMIT").await;
    owned.sql(&ends_bob);
    remembering.sees_the_end_of(&Presented::cookie(&cid)).await;
    assert_eq!(rows(&cid.user_id), "1");

    // What another server's backup has left is no proof that anything has ended.
    owned.sql(
        "INSERT INTO verifier_revocation (transaction, oldest, at) \
         VALUES (1::bigint << 60, 1::bigint << 60, clock_timestamp() - interval '6 minutes')",
    );
    owned.sql(&ends_bob);
    assert_eq!(rows(&cid.user_id), "1");

    // All of it goes when it is old.
    let gone = async || {
        owned.sql(SIX_MINUTES);
        owned.sql(&ends_bob);
        rows(&cid.user_id)
    };
    until(gone, |rows| rows == "0").await;
}

/// One that is switched off tells as little as one that is missing.
#[tokio::test]
async fn count_only_while_they_are_enabled() {
    let owned = Owned::start("triggers_switched_off", json!({}));
    migrates(&owned.as_owner, &[]);
    let remembering = Remembering::start(&owned.as_reader, STRATEGY, PROMPTLY);
    remembering.listens_to(&FEED).await;
    for (off, on) in [
        (
            r#"ALTER TABLE "user" DISABLE TRIGGER verifier_revocation"#,
            r#"ALTER TABLE "user" ENABLE ALWAYS TRIGGER verifier_revocation"#,
        ),
        (
            r#"ALTER TABLE "session" ENABLE REPLICA TRIGGER verifier_revocation_truncate"#,
            r#"ALTER TABLE "session" ENABLE TRIGGER verifier_revocation_truncate"#,
        ),
    ] {
        owned.sql(off);
        remembering.turns("unsupported", &FEED, PATIENCE).await;
        owned.sql(on);
        remembering.listens_to(&FEED).await;
    }
}
