//! End-to-end tests against a real Better Auth and real databases.

#![expect(clippy::disallowed_methods, reason = "tests use the current time, and measure it")]

mod additional_fields;
mod addresses;
mod assertion;
mod better_auth_outages;
mod cookie_cache;
mod cookie_cache_ends;
mod cookie_cache_forgeries;
mod cookie_names;
mod credentials;
mod custom_sessions;
mod cut_offs;
mod database_outages;
mod dates;
mod demo;
mod doctor;
mod drizzle;
mod explain;
mod fallbacks;
mod get_session_secret;
mod guests;
mod hook;
mod library_app;
mod logs;
mod odd_columns;
mod operators;
mod origins;
mod parts;
mod plugin_facts;
mod pooled;
mod private_files;
mod rate_limited;
mod read_only;
mod redis_outages;
mod renamed_tables;
mod revocation_kept_back;
mod revocation_listener;
mod revocation_mariadb;
mod revocation_postgres;
mod revocation_redis;
mod revocation_schemas;
mod revocation_sqlite;
mod revocation_tokens;
mod revocation_triggers;
mod revocation_two_stores;
mod row_security;
mod schema;
mod schemas;
mod secondary_storage;
mod secrets;
mod sessions;
mod shared_address;
mod silent_connections;
mod stale;
mod strangers;
mod strangers_text;
mod test_kit;
mod time_zones;
mod todos;
mod tokens;
mod traps;
mod two_proxies;
mod two_session_cookies;
mod undisturbed;

use parts::{
    better_auth::BetterAuth, database::Database, mariadb::MariaDb, postgres::Postgres, redis::Redis,
    site::PASSWORD,
};
use serde_json::{Value, json};

/// Every credential can be had, and goes with its session.
async fn signs_in(database: &Database, settings: Value) -> BetterAuth {
    let better_auth = BetterAuth::start(database, settings);
    let first = better_auth.sign_up("Ann", "ann@example.test", PASSWORD).await;
    assert_eq!(first.cookie_name, "better-auth.session_token");
    assert_eq!(first.cookie.split('.').next(), Some(first.token.as_str()));
    assert_eq!(first.bearer_signed.split('.').next(), Some(first.token.as_str()));
    assert_eq!(better_auth.jwt(&first).await.split('.').count(), 3);

    let second = better_auth.sign_in("ann@example.test", PASSWORD).await;
    assert_eq!(second.user_id, first.user_id);
    better_auth.sign_out(&first).await;
    assert_eq!(better_auth.get_session(&first).await, Value::Null);
    assert_eq!(better_auth.get_session(&second).await["user"]["id"], second.user_id);
    better_auth
}

#[tokio::test]
async fn better_auth_on_sqlite() {
    let mut better_auth = signs_in(&Database::Sqlite, json!({ "plugins": { "admin": {} } })).await;
    assert!(better_auth.database_url().starts_with("sqlite:///"));
    assert!(better_auth.secret().len() >= 32);

    let session = better_auth.sign_in("ann@example.test", PASSWORD).await;
    better_auth.stop();
    assert!(reqwest::get(better_auth.url()).await.is_err());
    better_auth.start_again();
    assert_eq!(better_auth.get_session(&session).await["user"]["role"], "user");
    better_auth.pause();
    let answer =
        tokio::time::timeout(std::time::Duration::from_millis(300), better_auth.get_session(&session));
    assert!(answer.await.is_err());
    better_auth.resume();
    assert_eq!(better_auth.get_session(&session).await["user"]["name"], "Ann");
}

#[tokio::test]
async fn better_auth_on_postgres() {
    let url = Postgres::shared().database("smoke");
    let settings = json!({ "advanced": { "database": { "generateId": "uuid" } } });
    signs_in(&Database::Postgres(url), settings).await;
    assert_eq!(Postgres::shared().sql("smoke", r"SELECT count(*) FROM session"), "1");
}

#[tokio::test]
async fn better_auth_on_mariadb() {
    let url = MariaDb::shared().database("smoke");
    let settings = json!({ "advanced": { "database": { "generateId": "serial" } } });
    signs_in(&Database::MySql(url), settings).await;
    assert_eq!(MariaDb::shared().sql("smoke", "SELECT count(*) FROM session"), "1");
}

#[test]
fn postgres_stops_and_pauses() {
    let mut postgres = Postgres::start();
    postgres.database("kept");
    postgres.pause();
    postgres.resume();
    postgres.stop();
    postgres.start_again();
    assert_eq!(postgres.sql("kept", "SELECT 1"), "1");
}

#[test]
fn mariadb_stops_and_pauses() {
    let mut mariadb = MariaDb::start();
    mariadb.database("kept");
    mariadb.pause();
    mariadb.resume();
    mariadb.stop();
    mariadb.start_again();
    assert_eq!(mariadb.sql("kept", "SELECT 1"), "1");
}

#[tokio::test]
async fn better_auth_on_redis_alone() {
    let mut redis = Redis::start();
    let settings = json!({ "secondaryStorage": { "redis": redis.url() } });
    let better_auth = signs_in(&Database::Stateless, settings).await;
    assert_eq!(better_auth.database_url(), "");
    let second = better_auth.sign_in("ann@example.test", PASSWORD).await;
    assert!(redis.command(&["GET", &second.token]).contains(&second.user_id));
    redis.pause();
    redis.resume();
    redis.stop();
    redis.start_again();
    assert_eq!(redis.command(&["GET", &second.token]), "");
}
