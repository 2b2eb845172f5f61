//! Sessions that Better Auth keeps in Redis.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::parts::{
    known::known_by, presented::Presented, redis::Redis, service::Service, settings::Settings,
    signed_in::SignedIn, site::Site,
};

const STRATEGY: &str = "secondary_storage";

fn settings(site: &Site) -> Settings {
    Settings::of(&site.better_auth, &[STRATEGY]).with("better_auth.raw_tokens", true)
}

fn forms(session: &SignedIn) -> [Presented; 4] {
    [
        Presented::cookie(session),
        Presented::bearer(session),
        Presented::Bearer(session.token.clone()),
        Presented::Header(session.token.clone()),
    ]
}

fn date(date: DateTime<Utc>) -> Value {
    date.to_rfc3339_opts(SecondsFormat::Millis, true).into()
}

async fn live_until_signed_out(site: &Site, settings: &Settings) {
    let session = site.ann().await;
    let expected = known_by(STRATEGY, &site.better_auth, &session).await;
    let service = settings.start();
    let without_raw = settings.clone().with("better_auth.raw_tokens", false).start();
    for presented in forms(&session) {
        assert_eq!(service.me(&presented).await.accepted(), &expected, "{presented:?}");
    }
    for presented in &forms(&session)[2..] {
        without_raw.me(presented).await.refused();
    }
    site.better_auth.sign_out(&session).await;
    for presented in forms(&session) {
        service.me(&presented).await.refused();
    }
    service.has_told(STRATEGY, "unknown-session");
}

#[tokio::test]
async fn count_in_every_form_and_not_after_a_sign_out() {
    let site = Site::redis();
    live_until_signed_out(site, &settings(site)).await;
}

/// The prefix of a storage written by hand, the one of Better Auth's own package, and another one given to that.
#[tokio::test]
async fn are_found_under_a_prefix() {
    let url = Redis::shared().url();
    for (storage, prefix) in [
        (json!({ "redis": url, "prefix": "acme:" }), "acme:"),
        (json!({ "redis": url, "package": true }), "better-auth:"),
        (json!({ "redis": url, "package": true, "prefix": "auth/" }), "auth/"),
    ] {
        let site = Site::on_redis(Redis::shared(), json!({ "secondaryStorage": storage }));
        live_until_signed_out(&site, &settings(&site).with("secondary_storage.key_prefix", prefix)).await;
        let session = site.ann().await;
        // As with any wrong prefix, nothing is there.
        settings(&site).start().me(&Presented::cookie(&session)).await.refused();
    }
}

/// `set: (key, value) => redis.set(key, JSON.stringify(value))` and `JSON.parse` in `get`: an earlier sample of Better Auth's
/// documentation. Sessions and the marker of a revocation are one more text inside.
#[tokio::test]
async fn f9_written_as_json_once_more_are_read() {
    let redis = Redis::shared();
    let storage = json!({ "redis": redis.url(), "wrapped": true });
    let site = Site::on_redis(redis, json!({ "secondaryStorage": storage }));
    live_until_signed_out(&site, &settings(&site)).await;
    let (session, service) = (site.ann().await, settings(&site).start());
    let held = redis.entry(&session.token);
    let entry: Value = serde_json::from_str(held.as_str().expect("a text in JSON")).expect("JSON inside");
    service.me(&Presented::cookie(&session)).await.accepted();
    let made: DateTime<Utc> =
        entry["session"]["createdAt"].as_str().expect("a date").parse().expect("a date");
    let marker = (made.timestamp_millis() + 1).to_string();
    let key = format!("revoked-sessions-before-{}", session.user_id);
    redis.command(&["SET", &key, &json!(marker).to_string()]);
    service.me(&Presented::cookie(&session)).await.refused();
    service.has_told(STRATEGY, "revoked");
}

/// What nobody can read is named by its form, and nothing of it stands in the log.
#[tokio::test]
async fn f9_of_another_form_are_undecidable_and_the_form_is_named() {
    let (site, redis) = (Site::redis(), Redis::shared());
    let (session, service) = (site.ann().await, settings(site).start());
    for (held, form) in [
        ("[\"hush\"]", "a JSON array"),
        ("hush", "a text that is no JSON"),
        ("17", "a JSON number"),
        ("{\"hush\":1}", "another JSON object"),
    ] {
        redis.command(&["SET", &session.token, held]);
        service.me(&Presented::cookie(&session)).await.undecidable();
        let log = service.log();
        assert!(log.contains(form) && !log.contains("hush"), "{form}: {log}");
    }
}

#[tokio::test]
async fn end_at_their_expiry_however_long_redis_holds_them() {
    let (site, redis) = (Site::redis(), Redis::shared());
    let (session, service) = (site.ann().await, settings(site).start());
    assert_eq!(redis.command(&["PERSIST", &session.token]), "1");
    service.me(&Presented::cookie(&session)).await.accepted();
    let mut held = redis.entry(&session.token);
    held["session"]["expiresAt"] = date(Utc::now() - TimeDelta::seconds(1));
    redis.put(&session.token, &held);
    for presented in forms(&session) {
        service.me(&presented).await.refused();
    }
    service.has_told(STRATEGY, "expired");
    assert_eq!(site.better_auth.get_session(&session).await, Value::Null);
}

/// The marker of Better Auth's releases after 1.7.7: it counts also for sessions whose own keys were left behind.
#[tokio::test]
async fn made_before_all_were_revoked_do_not_count() {
    let (site, redis) = (Site::redis(), Redis::shared());
    let (before, service) = (site.ann().await, settings(site).start());
    let made = redis.entry(&before.token)["session"]["createdAt"].as_str().expect("a date").to_owned();
    let made: DateTime<Utc> = made.parse().expect("a date");
    let mark = |at: DateTime<Utc>| {
        let key = format!("revoked-sessions-before-{}", before.user_id);
        redis.command(&["SET", &key, &at.timestamp_millis().to_string()])
    };
    mark(made);
    service.me(&Presented::cookie(&before)).await.accepted();
    mark(made + TimeDelta::milliseconds(1));
    for presented in forms(&before) {
        service.me(&presented).await.refused();
    }
    service.has_told(STRATEGY, "revoked");
    let email = redis.entry(&before.token)["user"]["email"].as_str().expect("a text").to_owned();
    let after = site.better_auth.sign_in(&email, crate::parts::site::PASSWORD).await;
    service.me(&Presented::cookie(&after)).await.accepted();
    // Of another user nothing is said.
    service.me(&Presented::cookie(&site.ann().await)).await.accepted();
}

/// Session tokens are keys beside others: a text that names another key must not become one.
#[tokio::test]
async fn are_not_looked_for_under_the_name_of_another_key() {
    let redis = Redis::start();
    let site = Site::on_redis(&redis, json!({}));
    let (session, service) = (site.ann().await, settings(&site).start());
    // Misses are also what the service looks for by itself, to know whether Redis is there.
    let hits = || {
        let all = redis.command(&["INFO", "stats"]);
        all.lines().find_map(|line| line.trim().strip_prefix("keyspace_hits:")?.parse::<u32>().ok())
    };
    let key = format!("active-sessions-{}", session.user_id);
    assert_eq!(redis.command(&["EXISTS", &key]), "1");
    let before = hits();
    for presented in [Presented::Bearer(key.clone()), Presented::Header(key)] {
        service.me(&presented).await.refused();
    }
    assert_eq!(hits(), before);
    service.me(&Presented::Bearer(session.token.clone())).await.accepted();
    assert_eq!(hits(), before.map(|hits| hits + 1), "what counts the look-ups");
}

#[tokio::test]
async fn of_banned_users_do_not_count() {
    // One of its own, as this test writes to the database, too.
    let redis = &Redis::start();
    let site = &Site::on_redis(redis, json!({}));
    let (session, service) = (site.ann().await, settings(site).start());
    let (past, future) = (Utc::now() - TimeDelta::days(1), Utc::now() + TimeDelta::days(1));
    let mut held = redis.entry(&session.token);
    for (until, counts) in [(Value::Null, false), (date(future), false), (date(past), true)] {
        (held["user"]["banned"], held["user"]["banExpires"]) = (true.into(), until);
        redis.put(&session.token, &held);
        let answer = service.me(&Presented::cookie(&session)).await;
        assert_eq!(answer.status, if counts { 200 } else { 401 }, "{held}");
    }
    service.has_told(STRATEGY, "banned");

    // The copy of the user is what counts: of a ban in the database alone Redis does not know.
    let other = site.ann().await;
    site.sql(&format!(r#"UPDATE "user" SET "banned" = TRUE WHERE "id" = '{}'"#, other.user_id)).await;
    service.me(&Presented::cookie(&other)).await.accepted();
}

async fn decided_without_redis(options: Value, service: impl Fn(&Site) -> Service) -> (Site, SignedIn, u16) {
    let site = Site::on_redis(Redis::shared(), json!({ "session": options }));
    let (session, service) = (site.ann().await, service(&site));
    let expected = known_by(STRATEGY, &site.better_auth, &session).await;
    assert_eq!(service.me(&Presented::cookie(&session)).await.accepted(), &expected);
    assert_eq!(Redis::shared().command(&["DEL", &session.token]), "1");
    let answer = service.me(&Presented::cookie(&session)).await;
    // As Better Auth decides.
    let counts = site.better_auth.get_session(&session).await != Value::Null;
    assert_eq!(answer.status, if counts { 200 } else { 401 }, "{answer:?}");
    if counts {
        assert_eq!(answer.accepted(), &expected);
    }
    (site, session, answer.status)
}

#[tokio::test]
async fn are_looked_for_in_the_database_where_they_are_stored_there_too() {
    let service =
        |site: &Site| settings(site).with("secondary_storage.store_session_in_database", true).start();
    let options = json!({ "storeSessionInDatabase": true });
    let (site, session, status) = decided_without_redis(options, service).await;
    assert_eq!(status, 200);
    // Better Auth may have put it back.
    Redis::shared().command(&["DEL", &session.token]);
    site.sql(&format!(r#"DELETE FROM "session" WHERE "token" = '{}'"#, session.token)).await;
    service(&site).me(&Presented::cookie(&session)).await.refused();
}

#[tokio::test]
async fn do_not_count_for_rows_that_outlive_them() {
    let service = |site: &Site| {
        let stored = settings(site).with("secondary_storage.store_session_in_database", true);
        stored.with("secondary_storage.preserve_session_in_database", true).start()
    };
    let options = json!({ "storeSessionInDatabase": true, "preserveSessionInDatabase": true });
    let (site, session, status) = decided_without_redis(options, service).await;
    assert_eq!(status, 401);
    let rows = format!(r#"SELECT CAST(count(*) AS text) FROM "session" WHERE "token" = '{}'"#, session.token);
    assert_eq!(crate::parts::sql::text(site.better_auth.database_url(), &rows).await, "1");
}

/// Redis holds the whole user, with what Better Auth itself would not return.
#[tokio::test]
async fn tell_only_the_fields_that_are_asked_for() {
    let field = |returned: bool, default: &str| json!({ "type": "string", "required": false, "returned": returned, "defaultValue": default });
    let options = json!({ "user": { "additionalFields": {
        "note": field(false, "kept-inside"), "plan": field(true, "plan-of-ann"),
    } } });
    let site = Site::on_redis(Redis::shared(), options);
    let session = site.ann().await;
    assert_eq!(Redis::shared().entry(&session.token)["user"]["note"], "kept-inside");
    let plain = settings(&site).start().me(&Presented::cookie(&session)).await;
    let plain = plain.accepted().to_string();
    assert!(!plain.contains("kept-inside") && !plain.contains("plan-of-ann"), "{plain}");
    let asked = settings(&site).with("identity.user_fields", vec!["plan"]).start();
    let asked = asked.me(&Presented::cookie(&session)).await;
    assert_eq!(asked.accepted()["user"]["fields"], json!({ "plan": "plan-of-ann" }));
    assert!(!asked.accepted().to_string().contains("kept-inside"), "{asked:?}");
}
