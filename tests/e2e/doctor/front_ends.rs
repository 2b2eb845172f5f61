//! Front ends that one side does not know.

use serde_json::json;

use super::right;
use crate::parts::{database::Database, examined::examine, site::Site};

#[tokio::test]
async fn front_ends_that_one_side_does_not_know() {
    let site = Site::sqlite();
    let settings = right(&site.better_auth, &["session_table"]);
    let (key, origin) = ("better_auth.trusted_origins", "https://app.example.test");
    examine(&settings.clone().with(key, [origin])).warns(
        "origins",
        key,
        &["Better Auth does not trust https://app.example.test", "`trustedOrigins`"],
    );
    examine(&settings.with("cors.origins", [origin])).warns(
        "origins",
        key,
        &["may not use the cookie", origin, "403"],
    );
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn front_ends_that_both_know_are_well() {
    let origin = "https://app.example.test";
    let site = Site::start(&Database::Sqlite, json!({ "trustedOrigins": [origin] }));
    let settings = right(&site.better_auth, &["session_table"]).with("better_auth.trusted_origins", [origin]);
    examine(&settings.with("cors.origins", [origin])).is_well();
    let unchecked = Site::start(&Database::Sqlite, json!({ "advanced": { "disableOriginCheck": true } }));
    examine(&right(&unchecked.better_auth, &["session_table"])).warns(
        "origins",
        "better_auth.trusted_origins",
        &["trusts every origin", "disableOriginCheck"],
    );
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn proxies_that_nobody_or_everybody_is() {
    let site = Site::sqlite();
    let settings = right(&site.better_auth, &["session_table"]);
    let asked = settings.clone().with("forward_auth.profiles.api.optional", true);
    examine(&asked).is_broken("proxies", "server.trusted_proxies", &["403", "10.0.0.0/8"]);
    examine(&asked.with("server.trusted_proxies", ["10.0.0.0/8"])).is_well();
    examine(&settings.with("server.trusted_proxies", ["0.0.0.0/0"])).warns(
        "proxies",
        "server.trusted_proxies",
        &["trusts everybody"],
    );
}
