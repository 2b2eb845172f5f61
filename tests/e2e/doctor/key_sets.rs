//! The keys are elsewhere, or of another kind.

use serde_json::json;

use super::right;
use crate::parts::{
    database::Database,
    examined::{examine, examine_with},
    presented::Presented,
    site::Site,
    web,
};

#[tokio::test]
async fn keys_that_are_not_accepted_or_not_there() {
    let site = Site::sqlite();
    let settings = right(&site.better_auth, &["jwt"]);
    examine(&settings.clone().with("jwt.algorithms", ["ES256"])).is_broken(
        "key-set",
        "jwt.algorithms",
        &["EdDSA, which is not accepted", "jwt.algorithms = [\"ES256\", \"EdDSA\"]"],
    );
    let wrong = format!("{}/api/auth/keys", site.better_auth.url());
    examine(&settings.with("jwt.jwks_url", wrong.as_str())).is_broken(
        "key-set",
        "jwt.jwks_url",
        &[&wrong, "status 404", "Add the plugin jwt()"],
    );
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn keys_that_were_moved_by_an_option() {
    let moved = json!({ "jwt": { "jwks": { "jwksPath": "/.well-known/jwks.json" } } });
    let site = Site::start(&Database::Sqlite, json!({ "plugins": moved }));
    let settings = right(&site.better_auth, &["jwt"]);
    let there = format!("{}/api/auth/.well-known/jwks.json", site.better_auth.url());
    let remedy = format!("jwt.jwks_url = \"{there}\"");
    examine(&settings).is_broken("key-set", "jwt.jwks_url", &["status 404", &remedy]);
    examine(&settings.with("jwt.jwks_url", there)).is_well();
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn a_better_auth_without_the_plugin() {
    let site = Site::start(&Database::Sqlite, json!({ "plugins": { "jwt": false } }));
    let jwt = right(&site.better_auth, &["jwt"]);
    examine(&jwt).is_broken("key-set", "jwt.jwks_url", &["status 404", "plugin jwt()", "strategies"]);
    examine(&right(&site.better_auth, &["session_table"])).is_well();
}

/// RSA keys of a key server that names no algorithm.
// The web server of the test runs beside the program.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "one of many: tests/doctor/run"]
async fn keys_without_an_algorithm() {
    let options = json!({ "jwt": { "jwks": { "keyPairConfig": { "alg": "RS256" } } } });
    let site = Site::start(&Database::Sqlite, json!({ "plugins": options }));
    let published: serde_json::Value = reqwest::get(format!("{}/api/auth/jwks", site.better_auth.url()))
        .await
        .expect("keys")
        .json()
        .await
        .expect("JSON");
    let mut keys = published.clone();
    keys["keys"][0].as_object_mut().expect("a key").remove("alg");
    let url = web::serve("/jwks", keys.to_string()).await;
    let settings = right(&site.better_auth, &["jwt"]);
    examine(&settings).is_well();
    let settings = settings.with("jwt.jwks_url", url);
    examine(&settings).is_broken("key-set", "jwt.algorithms", &["name no `alg`", "RS256", "PS256"]);
    examine(&settings.with("jwt.algorithms", ["RS256"])).is_well();
}

/// An instant for a duration (facts.md, 5.1), and a ceiling below what Better Auth makes.
#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn tokens_that_have_expired_when_they_are_made() {
    let options = json!({ "jwt": { "jwt": { "expirationTime": 3600 } } });
    let site = Site::start(&Database::Sqlite, json!({ "plugins": options }));
    let ann = Presented::cookie(&site.ann().await);
    let settings = right(&site.better_auth, &["jwt", "session_table"]);
    examine_with(&settings, &ann).is_broken(
        "key-set",
        "jwt.leeway",
        &["has just made", "expirationTime", "1970"],
    );
    let shared = Site::sqlite();
    let ann = Presented::cookie(&shared.ann().await);
    let short = right(&shared.better_auth, &["jwt", "session_table"]).with("jwt.max_lifetime", "5m");
    examine_with(&short, &ann).is_broken(
        "key-set",
        "jwt.max_lifetime",
        &["has just made", "Raise jwt.max_lifetime"],
    );
}
