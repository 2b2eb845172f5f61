//! Where nothing is wrong, nothing is said to be.

use serde_json::json;

use super::right;
use crate::parts::{
    better_auth::BetterAuth,
    database::Database,
    everywhere,
    examined::{examine, examine_toml, examine_with},
    mariadb::MariaDb,
    postgres::Postgres,
    presented::Presented,
    redis::Redis,
    site::Site,
};

/// Each strategy by itself and all together, with a live cookie and without.
async fn is_well(site: &Site, strategies: &[&str]) {
    let ann = Presented::cookies(&site.ann().await);
    for strategy in strategies {
        let settings = right(&site.better_auth, &[strategy]);
        examine(&settings).is_well();
        if *strategy != "jwt" {
            examine_with(&settings, &ann).has("fine", "credential", "", &[strategy, "accepts"]);
        }
    }
    examine_with(&right(&site.better_auth, strategies), &ann).is_well();
}

#[tokio::test]
async fn sqlite_is_well_in_every_word() {
    let site = Site::own_sqlite();
    let settings = right(&site.better_auth, &["jwt", "session_table", "get_session"]);
    let ann = Presented::cookie(&site.ann().await);
    // Only Better Auth's own process knows the rest.
    examine_with(&settings, &ann).leaves_open(&["ipAddressHeaders", "storeSessionInDatabase"]);
    examine(&settings.clone().with("session_table.cache.max_age", "10s")).has(
        "fine",
        "revocation",
        "",
        &["session_table", "by sqlite"],
    );
    let jwt = Presented::Bearer(site.better_auth.jwt(&site.ann().await).await);
    examine_with(&settings, &jwt).has("fine", "credential", "", &["jwt accepts"]);
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn postgres_is_well() {
    let site = Site::start(&Database::Postgres(Postgres::shared().database("doctor_right")), json!({}));
    is_well(&site, &["jwt", "session_table", "get_session"]).await;
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn mariadb_is_well() {
    let site = Site::start(&Database::MySql(MariaDb::shared().database("doctor_right")), json!({}));
    is_well(&site, &["jwt", "session_table", "get_session"]).await;
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn redis_is_well() {
    let redis = Redis::start();
    is_well(&Site::on_redis(&redis, json!({})), &["jwt", "secondary_storage", "get_session"]).await;
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn every_store_at_once_is_well() {
    let site = everywhere::site(&Database::Sqlite, json!({}));
    let ann = Presented::cookies(&site.ann().await);
    for strategy in everywhere::STRATEGIES {
        let settings = right(&site.better_auth, &[strategy]);
        examine(&settings).is_well();
        if strategy != "jwt" {
            examine_with(&settings, &ann).is_well();
        }
    }
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn a_better_auth_without_a_store_is_well() {
    let site = Site { better_auth: BetterAuth::start(&Database::Stateless, json!({})) };
    let ann = Presented::cookies(&site.ann().await);
    let settings = right(&site.better_auth, &["session_cookie_cache", "jwt"]);
    examine(&settings).is_well();
    examine_with(&settings, &ann).is_well();
}

/// What doctor goes by has been the same in all lines.
#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn every_line_of_better_auth_is_well() {
    for version in ["1.3.34", "1.4.22", "1.5.6", "1.6.34", "1.7.7"] {
        let better_auth = BetterAuth::start_version(version, &Database::Sqlite, json!({}));
        let site = Site { better_auth };
        let ann = Presented::cookie(&site.ann().await);
        let settings = right(&site.better_auth, &["jwt", "session_table", "get_session"]);
        examine_with(&settings, &ann).leaves_open(&["ipAddressHeaders", "storeSessionInDatabase"]);
        examine(&settings.with("better_auth.secret", "another-secret-of-the-end-to-end-tests-01")).is_broken(
            "secret",
            "better_auth.secret",
            &["accepts no session cookie"],
        );
    }
}

/// Nobody is asked for tokens of one's own.
#[test]
fn a_shared_secret_is_well_without_better_auth() {
    let toml = "strategies = [\"shared_secret\"]\nshared_secret.secret = \"a secret of at least thirty-two bytes\"\n\
                better_auth.url = \"http://127.0.0.1:9\"\ntodos.enabled = false";
    examine_toml(toml, &Presented::Nothing).is_well();
}
