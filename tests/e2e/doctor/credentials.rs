//! What a live cookie brings to light.

use serde_json::json;

use super::right;
use crate::parts::{examined::examine_with, presented::Presented, redis::Redis, site::Site};

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn a_session_that_has_ended_proves_nothing() {
    let site = Site::own_sqlite();
    let session = site.ann().await;
    site.better_auth.sign_out(&session).await;
    let settings = right(&site.better_auth, &["session_table"]);
    let examined = examine_with(&settings, &Presented::cookie(&session));
    examined.is_well();
    examined.has("unknown", "credential", "", &["knows no live session", "fresh cookie"]);
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn a_form_that_nobody_reads() {
    let site = Site::sqlite();
    let ann = site.ann().await;
    let table = right(&site.better_auth, &["session_table"]);
    let jwt = Presented::Bearer(site.better_auth.jwt(&ann).await);
    examine_with(&table, &jwt).is_broken("credential", "strategies", &["JWTs need jwt"]);
    let jwt_alone = right(&site.better_auth, &["jwt"]);
    examine_with(&jwt_alone, &Presented::cookie(&ann)).is_broken(
        "credential",
        "strategies",
        &["session_table"],
    );
}

/// Rows that outlive their sessions (facts.md, 8).
#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn rows_that_are_preserved() {
    let redis = Redis::start();
    let session = json!({ "storeSessionInDatabase": true, "preserveSessionInDatabase": true });
    let site = Site::on_redis(&redis, json!({ "session": session }));
    let ann = site.ann().await;
    redis.command(&["DEL", &ann.token]);
    let settings = right(&site.better_auth, &["session_table"]);
    examine_with(&settings, &Presented::cookie(&ann)).is_broken(
        "credential",
        "strategies",
        &["session_table accepts", "has ended", "preserveSessionInDatabase", "secondary_storage"],
    );
}

/// The table is there, and Better Auth writes to another place.
#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn sessions_that_are_kept_elsewhere() {
    let (site, other) = (Site::own_sqlite(), Site::own_sqlite());
    let ann = Presented::cookie(&site.ann().await);
    let settings = right(&site.better_auth, &["session_table"]);
    right(&other.better_auth, &[]);
    let moved = settings.with("session_table.database_url", other.better_auth.database_url());
    let examined = examine_with(&moved, &ann);
    examined.is_broken(
        "credential",
        "session_table.database_url",
        &["does not hold it", "secondary_storage"],
    );
    examined.has("unknown", "tables", "session_table.database_url", &["holds no session yet", "elsewhere"]);

    let redis = Redis::start();
    let stored = Site::on_redis(&redis, json!({ "session": { "storeSessionInDatabase": true } }));
    let ann = stored.ann().await;
    redis.command(&["DEL", &ann.token]);
    let settings = right(&stored.better_auth, &["secondary_storage"]);
    examine_with(&settings, &Presented::cookie(&ann)).is_broken(
        "credential",
        "secondary_storage.url",
        &["Redis does not hold it", "store_session_in_database = true"],
    );
}
