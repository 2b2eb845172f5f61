//! A row that is not seen is not one that is not there.

use serde_json::json;

use crate::parts::{
    database::Database,
    postgres::Postgres,
    presented::{Presented, encoded, signed},
    service::Service,
    settings::Settings,
    site::Site,
    triggers::{Owned, STRATEGY},
    wait::until,
};

const TABLES: [&str; 2] = ["session", r#""user""#];

/// Signed, and of no session.
fn nobody(owned: &Owned) -> Presented {
    let token = signed(owned.site.better_auth.secret(), "0123456789abcdefghijABCDEFGHIJ01");
    Presented::Bearer(encoded(&token))
}

async fn is_undecidable(service: &Service, presented: &[&Presented]) {
    for presented in presented {
        service.me(presented).await.undecidable();
    }
}

/// As a hosted platform's advisor asks for it, under a running service and before its start.
#[tokio::test]
async fn f3_row_level_security_that_hides_everything_is_an_outage_and_says_the_remedy() {
    let owned = Owned::start("f3", json!({}));
    let (ann, nobody) = (Presented::cookie(&owned.site.ann().await), nobody(&owned));
    let running = owned.as_reader.start();
    running.me(&ann).await.accepted();
    running.me(&nobody).await.refused();

    for table in TABLES {
        // On one of them it is enough.
        owned.sql(&format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"));
        is_undecidable(&running, &[&ann, &nobody]).await;
        let started = owned.as_reader.start();
        is_undecidable(&started, &[&ann, &nobody]).await;
        let ready = started.get("/health/ready", &Presented::Nothing).await;
        ready.problem(503, "unavailable");
        let log = started.log();
        for words in ["row level security is active", "row level security hides every row"] {
            let line =
                log.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {log}"));
            for word in ["CREATE POLICY", "TO f3_reader USING (true)", "ALTER ROLE f3_reader BYPASSRLS"] {
                assert!(line.contains(word), "{word}: {line}");
            }
            assert!(line.contains(&table.replace('"', "")), "{table}: {line}");
        }

        // The remedy, as it is told.
        owned.sql(&format!(
            "CREATE POLICY better_auth_verifier ON {table} FOR SELECT TO f3_reader USING (true)"
        ));
        until(async || started.me(&ann).await, |answer| answer.status == 200).await;
        started.me(&nobody).await.refused();
        started.becomes_ready().await;
        until(async || running.me(&ann).await, |answer| answer.status == 200).await;
        let quiet = owned.as_reader.start();
        assert!(!quiet.log().contains("row level security"), "{}", quiet.log());
    }
    // The other remedy.
    owned.sql(r#"DROP POLICY better_auth_verifier ON session; DROP POLICY better_auth_verifier ON "user""#);
    is_undecidable(&running, &[&ann]).await;
    owned.sql("ALTER ROLE f3_reader BYPASSRLS");
    until(async || running.me(&ann).await, |answer| answer.status == 200).await;
    running.me(&nobody).await.refused();
}

/// Where nobody was ever signed in, there is nothing to see.
#[tokio::test]
async fn f3_an_empty_table_is_empty() {
    let owned = Owned::start("f3_empty", json!({}));
    owned.sql("ALTER TABLE session ENABLE ROW LEVEL SECURITY");
    owned.as_reader.start().me(&nobody(&owned)).await.refused();
}

/// A view whose owner is kept from the rows looks empty.
#[tokio::test]
async fn f3_a_view_without_a_user_is_believed_no_more() {
    let owned = Owned::start("f3_views", json!({}));
    let ann = Presented::cookie(&owned.site.ann().await);
    owned.sql(
        r#"CREATE ROLE f3_viewer; CREATE SCHEMA seen; GRANT USAGE ON SCHEMA seen TO f3_views_reader, f3_viewer;
        GRANT CREATE ON SCHEMA seen TO f3_viewer; GRANT SELECT ON session, "user" TO f3_viewer;
        SET ROLE f3_viewer; CREATE VIEW seen.session AS SELECT * FROM public.session;
        CREATE VIEW seen."user" AS SELECT * FROM public."user"; GRANT SELECT ON seen.session, seen."user" TO f3_views_reader"#,
    );
    let service = owned.as_reader.clone().with("session_table.schema", "seen").start();
    service.me(&ann).await.accepted();
    service.me(&nobody(&owned)).await.refused();
    owned.sql(
        r#"ALTER TABLE "user" ENABLE ROW LEVEL SECURITY; ALTER TABLE session ENABLE ROW LEVEL SECURITY"#,
    );
    is_undecidable(&service, &[&ann]).await;
    assert!(service.log().contains("is a view in which this role sees no user"), "{}", service.log());
    assert!(Postgres::shared().sql("f3_views", "SELECT count(*) FROM session") != "0");
}

/// As on a server that speaks PostgreSQL's protocol only: nobody is shut out by who asks first for a session of nobody.
#[tokio::test]
async fn f3_a_server_that_does_not_say_what_it_hides_still_serves() {
    let owned = Owned::start("f3_lacking", json!({}));
    let (ann, nobody) = (Presented::cookie(&owned.site.ann().await), nobody(&owned));
    let running = owned.as_reader.start();
    running.me(&nobody).await.refused();
    owned.sql(
        "ALTER FUNCTION pg_catalog.row_security_active(oid) RENAME TO gone_1; \
         ALTER FUNCTION pg_catalog.row_security_active(text) RENAME TO gone_2; \
         ALTER FUNCTION pg_catalog.pg_last_wal_replay_lsn() RENAME TO gone_3; \
         ALTER FUNCTION pg_catalog.pg_is_in_recovery() RENAME TO gone_4",
    );
    // More than open a breaker.
    for _ in 0..10 {
        running.me(&nobody).await.undecidable();
    }
    running.me(&ann).await.accepted();
    let started = owned.as_reader.start();
    for _ in 0..10 {
        started.me(&nobody).await.refused();
    }
    started.me(&ann).await.accepted();
    started.becomes_ready().await;
    let log = started.log();
    assert_eq!(log.matches("does not say whether it hides sessions").count(), 3, "{log}");
}

/// A view of the sessions alone can hide them, too.
#[tokio::test]
async fn f3_a_view_without_a_session_is_believed_no_more() {
    let owned = Owned::start("f3_session_view", json!({}));
    let ann = Presented::cookie(&owned.site.ann().await);
    owned.sql(
        "CREATE ROLE f3_session_viewer; CREATE SCHEMA seen; GRANT USAGE ON SCHEMA seen TO f3_session_view_reader; \
         GRANT CREATE, USAGE ON SCHEMA seen TO f3_session_viewer; GRANT SELECT ON session TO f3_session_viewer; \
         SET ROLE f3_session_viewer; CREATE VIEW seen.session AS SELECT * FROM public.session; \
         GRANT SELECT ON seen.session TO f3_session_view_reader",
    );
    let service = owned.as_reader.clone().with("session_table.table", "seen.session").start();
    service.me(&ann).await.accepted();
    service.me(&nobody(&owned)).await.refused();
    owned.sql("ALTER TABLE session ENABLE ROW LEVEL SECURITY");
    is_undecidable(&service, &[&ann]).await;
    assert!(service.log().contains("is a view in which this role sees no session"), "{}", service.log());
}

/// What has replayed all that it received is behind, where it receives nothing.
#[tokio::test]
async fn a_replica_without_its_primary_refuses_nobody() {
    let mut primary = Postgres::start();
    let site = Site::start(&Database::Postgres(primary.database("replicated")), json!({}));
    let ann = Presented::cookie(&site.ann().await);
    let token = signed(site.better_auth.secret(), "0123456789abcdefghijABCDEFGHIJ01");
    let nobody = Presented::Bearer(encoded(&token));
    let replica = primary.replica();
    let service = Settings::of(&site.better_auth, &[STRATEGY])
        .with("session_table.database_url", replica.url("replicated"))
        .start();
    until(async || service.me(&ann).await, |answer| answer.status == 200).await;
    until(async || service.me(&nobody).await, |answer| answer.status == 401).await;
    primary.stop();
    until(async || service.me(&nobody).await, |answer| answer.status == 503).await;
    for _ in 0..10 {
        service.me(&nobody).await.undecidable();
    }
    service.me(&ann).await.accepted();
    assert!(service.log().contains("this replica lags behind its primary"), "{}", service.log());
}
