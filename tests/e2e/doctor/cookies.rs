//! Another secret, another name.

use serde_json::json;

use super::right;
use crate::parts::{
    database::Database,
    examined::{examine, examine_with},
    presented::Presented,
    site::Site,
};

const STRATEGIES: [&str; 2] = ["session_table", "get_session"];

#[tokio::test]
async fn another_secret_or_prefix() {
    let site = Site::sqlite();
    let settings = right(&site.better_auth, &STRATEGIES);
    let ann = Presented::cookie(&site.ann().await);
    let other = settings.clone().with("better_auth.secret", "another-secret-of-the-end-to-end-tests-01");
    let words = ["accepts no session cookie", "BETTER_AUTH_SECRET"];
    examine(&other).is_broken("secret", "better_auth.secret", &words);
    examine_with(&other, &ann).is_broken(
        "credential",
        "better_auth.secret",
        &["signature of the session token"],
    );
    let acme = settings.clone().with("better_auth.cookie_prefix", "acme");
    examine(&acme).is_broken(
        "cookie",
        "better_auth.cookie_prefix",
        &["`better-auth.session_token`", "acme.session_token", "cookie_prefix = \"better-auth\""],
    );
    examine_with(&acme, &ann).is_broken(
        "credential",
        "better_auth.cookie_prefix",
        &["none of the cookies", "better-auth.session_token"],
    );
    examine(&settings.with("better_auth.cookie_prefix", "__Secure-better-auth")).is_broken(
        "cookie",
        "better_auth.cookie_prefix",
        &["cookie_prefix = \"better-auth\""],
    );
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn a_prefix_that_only_better_auth_has() {
    let site = Site::start(&Database::Sqlite, json!({ "advanced": { "cookiePrefix": "acme" } }));
    let settings = right(&site.better_auth, &STRATEGIES);
    examine(&settings).is_broken("secret", "better_auth.secret", &["better_auth.cookie_prefix"]);
    let ann = Presented::cookie(&site.ann().await);
    examine_with(&settings, &ann).is_broken(
        "credential",
        "better_auth.cookie_prefix",
        &["acme.session_token"],
    );
    examine(&settings.with("better_auth.cookie_prefix", "acme")).is_well();
}

/// https outside, http inside: Better Auth was told the inner address.
#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn a_plain_cookie_behind_https() {
    let site = Site::sqlite();
    let settings = right(&site.better_auth, &STRATEGIES)
        .with("better_auth.url", "https://auth.example.test")
        .with("better_auth.internal_url", site.better_auth.url());
    let examined = examine(&settings);
    let secure = "`__Secure-better-auth.session_token`";
    examined.is_broken(
        "cookie",
        "better_auth.url",
        &["`better-auth.session_token`", secure, "allow_plain_cookie"],
    );
    examined.has("warning", "address", "better_auth.url", &["calls itself", "https://auth.example.test"]);

    let right_one = Site::start(&Database::Sqlite, json!({ "baseURL": "https://auth.example.test" }));
    let right_one = right(&right_one.better_auth, &["session_table", "get_session", "jwt"])
        .with("better_auth.url", "https://auth.example.test")
        .with("better_auth.internal_url", right_one.better_auth.url());
    examine(&right_one).is_well();
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn secrets_in_another_order_and_short_ones() {
    let site = Site::sqlite();
    let right_one = site.better_auth.secret();
    let newer = "2:another-secret-of-the-end-to-end-tests-01";
    let settings =
        right(&site.better_auth, &STRATEGIES).with("better_auth.secrets", [newer, &format!("1:{right_one}")]);
    examine(&settings).is_broken("secret", "better_auth.secrets", &["older secrets", "same order"]);
    examine(&settings.with("better_auth.accept_older_signatures", true)).is_well();

    let site = Site::start(&Database::Sqlite, json!({ "secret": "short" }));
    let examined = examine(&right(&site.better_auth, &STRATEGIES));
    let found: Vec<_> = examined.findings().filter_map(|finding| finding["found"].as_str()).collect();
    let short: Vec<_> =
        found.iter().filter(|found| found.contains("5 bytes") && found.contains("openssl")).collect();
    assert_eq!(short.len(), 1, "{examined}");
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn bearers_that_only_one_side_takes() {
    let site = Site::start(&Database::Sqlite, json!({ "plugins": { "bearer": false } }));
    let browsers_only = examine(&right(&site.better_auth, &["get_session"]));
    browsers_only.is_well();
    browsers_only.has("fine", "bearer", "strategies", &["no session token", "bearer()"]);
    // What an app got at its sign-in is a good session all the same.
    let ann = site.ann().await;
    let app = Presented::bearer(&ann);
    let examined = examine_with(&right(&site.better_auth, &["session_table"]), &app);
    examined.is_well();
    examined.has("fine", "credential", "", &["session_table accepts"]);
    examined.has("fine", "bearer", "", &["does not take this token as bearer"]);
    let raw = right(&site.better_auth, &["session_table"]).with("better_auth.raw_tokens", true);
    examine(&raw).warns("bearer", "better_auth.raw_tokens", &["raw_tokens = false"]);
    let strict =
        Site::start(&Database::Sqlite, json!({ "plugins": { "bearer": { "requireSignature": true } } }));
    let settings = right(&strict.better_auth, &["session_table"]);
    examine(&settings).is_well();
    let raw = settings.with("better_auth.raw_tokens", true);
    examine(&raw).warns("bearer", "better_auth.raw_tokens", &["requireSignature"]);
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn a_cookie_cache_of_another_name_or_version() {
    let session = json!({ "cookieCache": { "enabled": true, "version": "7" } });
    let named = json!({ "cookies": { "session_data": { "name": "the-cache" } } });
    let site = Site::start(&Database::Sqlite, json!({ "session": session, "advanced": named }));
    let settings = right(&site.better_auth, &["session_cookie_cache"]);
    let key = "session_cookie_cache.cookie_name";
    examine(&settings).is_broken("cookie", key, &["another name", "the-cache"]);
    let named = settings.with(key, "the-cache");
    let ann = Presented::cookies(&site.ann().await);
    examine_with(&named, &ann).is_broken("credential", "session_cookie_cache.version", &["version", "7"]);
    examine_with(&named.with("session_cookie_cache.version", "7"), &ann).is_well();
}
