//! What a role of PostgreSQL may do that may only connect: nothing to anybody here.

use std::fs;

use serde_json::json;

use crate::parts::{
    postgres::Postgres,
    presented::Presented,
    remembering::{PROMPTLY, Remembering},
    sql,
    triggers::{Owned, STRATEGY, migrates},
};
use sea_orm::ConnectionTrait;

const FEED: [&str; 1] = ["postgresql"];
/// In bytes.
const MAX_GROWTH: u64 = 50 * 1024 * 1024;

/// 60,000 notifications on the channel of an earlier version, each of 7.8 KB and in its words.
const FLOOD: &str = "DO $$ BEGIN FOR number IN 1..60000 LOOP PERFORM pg_notify('verifier_revocation', \
    json_build_object('schema', 'public', 'session', 's', 'user', number || repeat('x', 7700), 'cutOff', true)::text); \
    END LOOP; END $$";

fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a running process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn r4_a_role_that_may_only_connect_ends_nothing_and_fills_nothing() {
    let owned = Owned::start("flooded", json!({}));
    migrates(&owned.as_owner, &[]);
    owned.sql("CREATE ROLE flooded_stranger LOGIN");
    let settings = owned.as_reader.clone().with("strategies", ["jwt", STRATEGY]);
    let remembering = Remembering::start(&settings, STRATEGY, PROMPTLY);
    remembering.listens_to(&FEED).await;
    let session = owned.site.ann().await;
    let (cookie, jwt) =
        (Presented::cookie(&session), Presented::Bearer(owned.site.better_auth.jwt(&session).await));
    for presented in [&cookie, &jwt] {
        remembering.knows(presented).await;
    }
    // Something to read, as a stranger would like to.
    owned.site.better_auth.sign_out(&owned.site.ann().await).await;
    assert_ne!(owned.sql("SELECT count(*) FROM verifier_revocation"), "0");

    let pid = remembering.service.process.pid();
    let before = resident(pid);
    let stranger = sql::connect(&Postgres::shared().url_of("flooded_stranger", owned.name)).await;
    stranger.execute_unprepared("LISTEN verifier_revocation").await.expect("to listen");
    let notify = format!(
        r#"NOTIFY verifier_revocation, '{{"schema":"public","session":null,"user":"{}","cutOff":true}}'"#,
        session.user_id
    );
    for statement in [FLOOD, &notify, "NOTIFY verifier_revocation"] {
        stranger.execute_unprepared(statement).await.expect("to notify");
    }
    for statement in [
        r#"INSERT INTO verifier_revocation ("user", cut_off) VALUES ('x', true)"#,
        "DELETE FROM verifier_revocation",
        "TRUNCATE verifier_revocation",
        r#"SELECT * FROM "session""#,
        // A trigger on a table of one's own would run with its owner's rights.
        r#"CREATE TEMP TABLE session (id text, "userId" text, "expiresAt" text);
        CREATE TRIGGER forged AFTER DELETE ON pg_temp.session FOR EACH ROW
        EXECUTE PROCEDURE public.verifier_revocation('session', 'id', 'userId', 'expiresAt')"#,
    ] {
        let answer = stranger.execute_unprepared(statement).await;
        assert!(answer.is_err_and(|error| error.to_string().contains("permission denied")), "{statement}");
    }
    let read = "DO $$ BEGIN IF EXISTS (SELECT FROM verifier_revocation) THEN RAISE 'a row'; END IF; END $$";
    stranger.execute_unprepared(read).await.expect("no row to see");

    tokio::time::sleep(PROMPTLY).await;
    for presented in [&cookie, &jwt] {
        remembering.service.me(presented).await.accepted();
    }
    remembering.listens_to(&FEED).await;
    let grown = resident(pid).saturating_sub(before);
    assert!(grown < MAX_GROWTH, "{grown}");
    owned.site.better_auth.sign_out(&session).await;
    remembering.sees_the_end_of(&cookie).await;
}

/// Whatever default privileges grant, as a hosted platform does to the roles of its HTTP interface.
#[tokio::test]
async fn default_privileges_give_nobody_the_table() {
    let owned = Owned::start("generous", json!({}));
    owned.sql(
        "CREATE ROLE generous_anon LOGIN; \
         ALTER DEFAULT PRIVILEGES FOR ROLE generous_owner GRANT ALL ON TABLES TO generous_anon; \
         ALTER DEFAULT PRIVILEGES FOR ROLE generous_owner GRANT ALL ON FUNCTIONS TO generous_anon",
    );
    migrates(&owned.as_owner, &[]);
    let granted = "SELECT has_table_privilege('generous_anon', 'verifier_revocation', 'INSERT, UPDATE, DELETE, TRUNCATE, \
                   TRIGGER'), has_function_privilege('generous_anon', 'verifier_revocation()', 'EXECUTE')";
    assert_eq!(owned.sql(granted), "f|f");
}

/// Those of an earlier version told by `NOTIFY`, which anybody can send.
#[tokio::test]
async fn triggers_of_an_earlier_version_are_noticed() {
    let owned = Owned::start("older_triggers", json!({}));
    migrates(&owned.as_owner, &[]);
    owned.sql(
        "CREATE OR REPLACE FUNCTION verifier_revocation() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN PERFORM pg_notify(''verifier_revocation'', ''''); RETURN NULL; END'; \
         DROP TABLE verifier_revocation",
    );
    let remembering = Remembering::start(&owned.as_reader, STRATEGY, PROMPTLY);
    remembering.turns("unsupported", &FEED, PROMPTLY).await;
    let log = remembering.service.log();
    assert!(log.contains("older version") && log.contains("migrate --revocation-triggers` again"), "{log}");
    migrates(&owned.as_owner, &[]);
    remembering.listens_to(&FEED).await;
}
