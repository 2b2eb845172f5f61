//! A row that is not seen is not one that is not there.

use serde_json::json;

use crate::parts::{
    postgres::Postgres,
    presented::{Presented, encoded, signed},
    service::Service,
    triggers::Owned,
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
        for words in ["row level security is active", "row level security keeps every row"] {
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
    assert!(service.log().contains("is no table but a view"), "{}", service.log());
    assert!(Postgres::shared().sql("f3_views", "SELECT count(*) FROM session") != "0");
}
