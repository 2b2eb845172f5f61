//! A Redis in which sessions are looked for in the wrong place.

use serde_json::json;

use super::right;
use crate::parts::{
    examined::{examine, examine_with},
    presented::Presented,
    redis::Redis,
    site::Site,
};

const URL: &str = "secondary_storage.url";
const PREFIX: &str = "secondary_storage.key_prefix";

#[tokio::test]
async fn another_prefix_or_database() {
    let redis = Redis::start();
    let site = Site::on_redis(&redis, json!({}));
    let settings = right(&site.better_auth, &["secondary_storage"]);
    examine(&settings).has("unknown", "redis", URL, &["holds no session of Better Auth", "Sign somebody in"]);
    let ann = Presented::cookie(&site.ann().await);
    examine(&settings).is_well();
    // They could be another app's.
    examine(&settings.clone().with(PREFIX, "better-auth:")).warns(
        "redis",
        PREFIX,
        &["\"better-auth:\"", "below \"\"", "another app's"],
    );
    redis.command(&["SET", "other:active-sessions-ann", "[]"]);
    examine(&settings).is_well();
    examine(&settings.clone().with(URL, format!("{}/3", redis.url()))).is_broken(
        "redis",
        URL,
        &["is empty", "database 0", "with /0"],
    );
    examine(&settings.clone().with(URL, "redis://127.0.0.1:9")).is_broken(
        "redis",
        URL,
        &["Redis at 127.0.0.1:9", "refused", "Start Redis"],
    );
    let wrong = settings.with(PREFIX, "better-auth:");
    examine_with(&wrong, &ann).is_broken("credential", URL, &["Redis does not hold it", "key_prefix"]);
}

#[tokio::test]
#[ignore = "one of many: tests/doctor/run"]
async fn values_that_are_not_better_auths_and_rights_that_lack() {
    let redis = Redis::start();
    let site = Site::on_redis(&redis, json!({}));
    let ann = site.ann().await;
    let settings = right(&site.better_auth, &["secondary_storage"]);
    let entry = redis.entry(&ann.token);
    redis.command(&["SET", &ann.token, "{\"data\":{}}", "KEEPTTL"]);
    examine(&settings).is_broken(
        "redis",
        PREFIX,
        &["another JSON object", "secondaryStorage write the text"],
    );
    redis.put(&ann.token, &entry);
    examine(&settings).is_well();

    let of = |user: &str| {
        settings.clone().with(URL, redis.url().replace("redis://", &format!("redis://{user}:{user}@")))
    };
    redis.command(&["ACL", "SETUSER", "blind", "on", ">blind", "~*", "+ping"]);
    examine(&of("blind")).is_broken("redis", URL, &["no permissions to run the 'get'", "+get"]);
    redis.command(&["ACL", "SETUSER", "narrow", "on", ">narrow", "~*", "+get", "+ping", "+client"]);
    let narrow = examine(&of("narrow"));
    narrow.has("unknown", "redis", PREFIX, &["cannot be looked through", "standard input"]);
    examine_with(&of("narrow"), &Presented::cookie(&ann)).has(
        "fine",
        "credential",
        "",
        &["secondary_storage accepts"],
    );
    examine(&of("nobody")).is_broken("redis", URL, &["authentication failed", "user and password"]);
}
