//! What PostgreSQL keeps from a role, and what a zone does to dates.

use serde_json::json;

use super::right;
use crate::parts::{
    database::Database,
    examined::{examine, examine_with},
    pgbouncer::PgBouncer,
    postgres::Postgres,
    presented::Presented,
    settings::Settings,
    site::Site,
    triggers::{Owned, STRATEGY, migrates},
    wait::until,
};

const URL: &str = "session_table.database_url";
const ZONE: &str = "session_table.time_zone";

/// With the tables as Better Auth 1.2.12 makes them: dates have no zone there.
fn without_zones(name: &str, zone: &str) -> Site {
    let postgres = Postgres::shared();
    let site = Site::start(&Database::Postgres(postgres.database(name)), json!({ "timeZone": zone }));
    for (table, column) in [("session", "expiresAt"), ("session", "createdAt"), ("session", "updatedAt")] {
        postgres.sql(name, &format!(r#"ALTER TABLE {table} ALTER COLUMN "{column}" TYPE timestamp"#));
    }
    site
}

#[tokio::test]
async fn row_level_security_and_a_role_without_rights() {
    let owned = Owned::start("doctor_rows", json!({}));
    owned.site.ann().await;
    let settings = owned.as_reader.clone();
    examine(&settings).is_well();
    examine(&settings).has("fine", "tables", "", &["doctor_rows_reader", "and no more"]);
    owned.sql("ALTER TABLE session ENABLE ROW LEVEL SECURITY");
    examine(&settings).is_broken(
        "tables",
        URL,
        &[
            "row level security hides every row",
            "CREATE POLICY better_auth_verifier",
            "TO doctor_rows_reader",
        ],
    );
    owned.sql("CREATE POLICY visible ON session FOR SELECT TO doctor_rows_reader USING (length(id) > 1)");
    examine(&settings).warns("tables", URL, &["row level security is active", "BYPASSRLS"]);
    owned.sql(
        "ALTER TABLE session DISABLE ROW LEVEL SECURITY; REVOKE SELECT ON session FROM doctor_rows_reader",
    );
    examine(&settings).is_broken("tables", URL, &["may not read", "GRANT SELECT"]);
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn addresses_that_are_wrong_by_a_part() {
    let site = Site::postgres();
    site.ann().await;
    let settings = right(&site.better_auth, &[STRATEGY]);
    let postgres = Postgres::shared();
    let with = |url: &str| settings.clone().with(URL, url);
    examine(&with(&postgres.url("nothing"))).is_broken(
        "tables",
        URL,
        &["\"nothing\" does not exist", "Name Better Auth's database"],
    );
    examine(&with(&postgres.url_of("nobody", "site"))).is_broken(
        "tables",
        URL,
        &["nobody", "the role and the password"],
    );
    examine(&with("postgres://postgres@127.0.0.1:9/site")).is_broken(
        "tables",
        URL,
        &["PostgreSQL at 127.0.0.1:9", "refused", "Start the server"],
    );
    // The service's own database, in which Better Auth never was.
    examine(&with(&postgres.database("doctor_other"))).is_broken(
        "tables",
        "session_table.database_url, session_table.schema, .table or .user_table",
        &["no table \"session\"", "Point session_table.database_url at Better Auth's database"],
    );
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn f1_tables_in_another_schema() {
    let postgres = Postgres::shared();
    let site = Site::start(&Database::Postgres(postgres.database("doctor_schema")), json!({}));
    site.ann().await;
    postgres.sql(
        "doctor_schema",
        r#"CREATE SCHEMA auth; ALTER TABLE session SET SCHEMA auth; ALTER TABLE "user" SET SCHEMA auth"#,
    );
    let settings = right(&site.better_auth, &[STRATEGY]);
    examine(&settings).is_broken(
        "tables",
        "session_table.database_url, session_table.schema, .table or .user_table",
        &["auth.session", "session_table.schema = \"auth\""],
    );
    examine(&settings.with("session_table.schema", "auth")).is_well();
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn f2_dates_in_another_zone() {
    let east = without_zones("doctor_east", "Asia/Tokyo");
    let ann = Presented::cookie(&east.ann().await);
    let settings = right(&east.better_auth, &[STRATEGY]);
    examine(&settings).is_broken("tables", ZONE, &["minutes in the future", "TZ of Better Auth's process"]);
    examine_with(&settings, &ann).is_broken("credential", ZONE, &["540 minutes later", "another time zone"]);
    examine_with(&settings.with(ZONE, "Asia/Tokyo"), &ann).is_well();

    let west = without_zones("doctor_west", "America/New_York");
    let ann = Presented::cookie(&west.ann().await);
    let settings = right(&west.better_auth, &[STRATEGY]);
    examine(&settings).warns("tables", ZONE, &["without a time zone", "session.expiresAt", "Etc/UTC"]);
    examine_with(&settings, &ann).is_broken("credential", ZONE, &["minutes earlier", "another time zone"]);
    examine_with(&settings.with(ZONE, "America/New_York"), &ann).is_well();
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn triggers_tell_at_once_and_poolers_do_no_harm() {
    let owned = Owned::start("doctor_triggers", json!({}));
    owned.site.ann().await;
    let with_cache = |settings: &Settings| settings.clone().with("session_table.cache.max_age", "10s");
    let settings = with_cache(&owned.as_reader);
    examine(&settings).has("fine", "revocation", "", &["within 10s", "migrate --revocation-triggers"]);
    migrates(&owned.as_owner, &[]);
    examine(&settings).has("fine", "revocation", "", &["by postgresql"]);
    examine(&settings).is_well();

    let between = PgBouncer::start(&Postgres::shared().url("doctor_triggers"), "transaction");
    let pooled = with_cache(&owned.as_owner).with(URL, between.url());
    let examined = examine(&pooled);
    examined.has("fine", "tables", URL, &["a pooler that lends connections for a transaction"]);
    examined.is_well();
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn a_replica_and_one_that_has_lost_its_primary() {
    let mut primary = Postgres::start();
    let site = Site::start(&Database::Postgres(primary.database("replicated")), json!({}));
    site.ann().await;
    let replica = primary.replica();
    let settings = right(&site.better_auth, &[STRATEGY]).with(URL, replica.url("replicated"));
    until(async || replica.sql("replicated", "SELECT count(*) FROM session"), |count| count == "1").await;
    examine(&settings).warns("tables", URL, &["points to a replica", "Point it at the primary"]);
    primary.stop();
    until(
        async || replica.sql("replicated", "SELECT count(*) FROM pg_stat_wal_receiver"),
        |receivers| receivers == "0",
    )
    .await;
    examine(&settings).is_broken("tables", URL, &["this replica lags behind its primary"]);
}
