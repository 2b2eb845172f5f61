//! What databases make of Better Auth's values: dates, numbers, booleans and JSON, each in more than one way.

use better_auth_verifier::{AdditionalFields, Identity, SessionTable, Unverified};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::parts::{bearer, chain, outcome, session_database::SessionDatabase};

const SECRET: &str = "a-secret-of-the-tests-0123456789-ABCDEFG";

/// The columns have no types, so that each value is stored as it is written.
const TABLES: [&str; 4] = [
    r#"create table "user" ("id", "name", "email", "emailVerified", "image", "role", "banned", "banExpires",
       "isAnonymous", "twoFactorEnabled", "phoneNumberVerified", "username", "plan", "credits", "beta", "trialEndsAt",
       "tags")"#,
    r#"create table "session" ("id", "expiresAt", "token", "userId", "activeTeamId", "device")"#,
    r#"insert into "user" ("id", "name", "email", "emailVerified") values ('ann', 'Ann', 'ann@example.test', 1)"#,
    r#"insert into "session" values ('s', '2999-01-01T00:00:00.000Z', 'token', 'ann', null, null)"#,
];

async fn database() -> SessionDatabase {
    SessionDatabase::of(&TABLES).await
}

async fn strategy(database: &SessionDatabase) -> SessionTable {
    database.strategy(SECRET).await.with_raw_tokens(true)
}

/// What a change of the tables makes of the identity.
async fn after(sql: &str) -> Result<Identity, Unverified> {
    let database = database().await;
    database.execute(sql).await;
    chain(strategy(&database).await).judge(&bearer("token")).await.verdict
}

async fn outcome_after(sql: &str) -> String {
    let database = database().await;
    database.execute(sql).await;
    outcome(&chain(strategy(&database).await), &bearer("token")).await
}

#[tokio::test]
async fn dates_are_read_as_text_as_milliseconds_and_as_seconds() {
    let expected = |text: &str| text.parse::<DateTime<Utc>>().expect("a date");
    for (stored, date) in [
        ("'2999-01-01T00:00:00.123Z'", "2999-01-01T00:00:00.123Z"),
        ("'2999-01-01T01:00:00.123+01:00'", "2999-01-01T00:00:00.123Z"),
        ("'2999-01-01 00:00:00.123'", "2999-01-01T00:00:00.123Z"),
        ("'2999-01-01 00:00:00'", "2999-01-01T00:00:00Z"),
        ("32472144000123", "2999-01-01T00:00:00.123Z"),
        ("32472144000", "2999-01-01T00:00:00Z"),
        ("'32472144000123'", "2999-01-01T00:00:00.123Z"),
    ] {
        let identity = after(&format!(r#"update "session" set "expiresAt" = {stored}"#)).await;
        let identity = identity.unwrap_or_else(|error| panic!("{stored}: {error}"));
        assert_eq!(identity.expires_at, expected(date), "{stored}");
    }
}

#[tokio::test]
async fn f2_dates_without_a_zone_are_of_the_zone_that_is_said() {
    for (zone, stored, expected) in [
        ("America/New_York", "'2999-01-01 00:00:00'", "2999-01-01T05:00:00Z"),
        ("Asia/Tokyo", "'2999-01-01T00:00:00.5'", "2998-12-31T15:00:00.5Z"),
        ("Asia/Tokyo", "'2999-01-01T00:00:00.500Z'", "2999-01-01T00:00:00.5Z"),
        ("Asia/Tokyo", "32472144000500", "2999-01-01T00:00:00.5Z"),
    ] {
        let database = database().await;
        database.execute(&format!(r#"update "session" set "expiresAt" = {stored}"#)).await;
        let strategy = strategy(&database).await.with_time_zone(zone.parse().expect("a zone"));
        let identity = chain(strategy).judge(&bearer("token")).await.verdict.expect("verified");
        assert_eq!(
            identity.expires_at,
            expected.parse::<DateTime<Utc>>().expect("a date"),
            "{zone} {stored}"
        );
    }
}

#[tokio::test]
async fn an_address_is_verified_since_a_date_and_roles_may_be_a_list() {
    for (stored, verified) in [
        ("'2024-02-03T04:05:06.789Z'", true),
        ("'2024-02-03 04:05:06'", true),
        ("1706933106789", true),
        ("null", false),
        ("'soon'", false),
    ] {
        let identity = after(&format!(r#"update "user" set "emailVerified" = {stored}"#)).await;
        assert_eq!(identity.expect("verified").user.email_verified, verified, "{stored}");
    }
    let identity = after(r#"update "user" set "role" = '["admin","editor"]'"#).await.expect("verified");
    assert_eq!(identity.user.role.as_deref(), Some("admin,editor"));
}

#[tokio::test]
async fn c2_a_date_of_the_past_has_passed_in_every_form() {
    for stored in ["'2020-01-01T00:00:00.000Z'", "'2020-01-01 00:00:00'", "1577836800000", "1577836800", "0"]
    {
        let sql = format!(r#"update "session" set "expiresAt" = {stored}"#);
        assert_eq!(outcome_after(&sql).await, "refused: expired", "{stored}");
        let sql = format!(r#"update "user" set "banned" = 1, "banExpires" = {stored}"#);
        assert_eq!(outcome_after(&sql).await, "verified ann", "{stored}");
    }
}

#[tokio::test]
async fn h4_a_session_whose_end_cannot_be_read_is_undecidable() {
    for stored in ["null", "''", "'never'", "'01/01/2999'", "x'00'", "'2999-13-01T00:00:00.000Z'"] {
        let sql = format!(r#"update "session" set "expiresAt" = {stored}"#);
        assert_eq!(outcome_after(&sql).await, "undecidable", "{stored}");
    }
}

#[tokio::test]
async fn c2_a_ban_holds_in_every_form_and_where_its_end_cannot_be_read() {
    for (banned, expires, expected) in [
        ("1", "null", "refused: banned"),
        ("'1'", "null", "refused: banned"),
        ("'true'", "null", "refused: banned"),
        ("true", "null", "refused: banned"),
        ("'t'", "null", "refused: banned"),
        ("1", "'2999-01-01 00:00:00'", "refused: banned"),
        ("1", "32472144000", "refused: banned"),
        ("1", "'some day'", "refused: banned"),
        ("1", "''", "refused: banned"),
        // What cannot be read is no permission.
        ("'yes'", "null", "refused: banned"),
        ("'TRUE'", "null", "refused: banned"),
        ("''", "null", "refused: banned"),
        ("1.0", "null", "refused: banned"),
        ("2", "null", "refused: banned"),
        ("'yes'", "1577836800", "verified ann"),
        ("0.0", "null", "verified ann"),
        ("'FALSE'", "null", "verified ann"),
        ("0", "null", "verified ann"),
        ("'false'", "null", "verified ann"),
        ("null", "null", "verified ann"),
        ("0", "32472144000", "verified ann"),
    ] {
        let sql = format!(r#"update "user" set "banned" = {banned}, "banExpires" = {expires}"#);
        assert_eq!(outcome_after(&sql).await, expected, "{banned}, {expires}");
    }
}

#[tokio::test]
async fn ids_may_be_numbers_on_either_side() {
    for (id, owner) in [("integer", "text"), ("text", "integer"), ("integer", "integer"), ("text", "text")] {
        let database = SessionDatabase::of(&[
            &format!(
                r#"create table "user" ("id" {id} primary key, "name", "email", "emailVerified", "image")"#
            ),
            &format!(r#"create table "session" ("id" integer, "expiresAt", "token", "userId" {owner})"#),
            r#"insert into "user" values (7, 'Ann', 'ann@example.test', 1, null)"#,
            r#"insert into "session" values (12, 32472144000, 'token', 7)"#,
        ])
        .await;
        let identity = chain(strategy(&database).await).judge(&bearer("token")).await.verdict;
        let identity = identity.unwrap_or_else(|error| panic!("{id} and {owner}: {error}"));
        assert_eq!(identity.user.id, "7", "{id} and {owner}");
        assert_eq!(identity.session.expect("a session").id.as_deref(), Some("12"), "{id} and {owner}");
    }
}

#[tokio::test]
async fn facts_of_plugins_are_known_where_they_are_stored() {
    let user = after("select 1").await.expect("verified").user;
    assert_eq!((user.anonymous, user.two_factor_enabled, user.phone_number_verified), (None, None, None));
    assert_eq!((&user.username, &user.role, &user.phone_number), (&None, &None, &None));
    let sql = r#"update "user" set "isAnonymous" = 0, "twoFactorEnabled" = 'true', "phoneNumberVerified" = '0',
                 "username" = 'ann', "emailVerified" = 'false', "role" = '';
                 update "session" set "activeTeamId" = 5"#;
    let Identity { user, session, .. } = after(sql).await.expect("verified");
    assert_eq!((user.anonymous, user.two_factor_enabled), (Some(false), Some(true)));
    assert_eq!((user.phone_number_verified, user.username.as_deref()), (Some(false), Some("ann")));
    assert!(!user.email_verified && !user.has_role("admin"));
    assert_eq!(session.expect("a session").active_team_id.as_deref(), Some("5"));
}

/// The fields of every kind, as they come out of these values.
async fn fields(plan: &str, credits: &str, beta: &str, trial: &str, tags: &str) -> Value {
    let database = database().await;
    database
        .execute(&format!(
            r#"update "user" set "plan" = {plan}, "credits" = {credits}, "beta" = {beta}, "trialEndsAt" = {trial},
               "tags" = {tags}; update "session" set "device" = {plan}"#
        ))
        .await;
    let user = ["plan", "credits:number", "beta:boolean", "trialEndsAt:date", "tags:json"];
    let fields = AdditionalFields::new(
        user.map(|field| field.parse().expect("a field")),
        ["device".parse().expect("a field")],
    );
    let strategy = strategy(&database).await.with_fields(fields.expect("no token"));
    let identity = chain(strategy).judge(&bearer("token")).await.verdict.expect("verified");
    json!({ "user": *identity.user.fields, "session": *identity.session.expect("a session").fields })
}

#[tokio::test]
async fn additional_fields_are_written_as_better_auth_writes_them() {
    assert_eq!(
        fields("'pro'", "7", "1", "1767225600123", r#"'["a", {"b": null}]'"#).await,
        json!({
            "user": { "plan": "pro", "credits": 7, "beta": true, "trialEndsAt": "2026-01-01T00:00:00.123Z",
                      "tags": ["a", { "b": null }] },
            "session": { "device": "pro" },
        })
    );
    assert_eq!(
        fields("12", "-1.5", "'false'", "'2026-01-01 00:00:00'", "'12'").await,
        json!({
            "user": { "plan": "12", "credits": -1.5, "beta": false, "trialEndsAt": "2026-01-01T00:00:00.000Z",
                      "tags": 12 },
            "session": { "device": "12" },
        })
    );
}

#[tokio::test]
async fn an_additional_field_that_is_null_or_not_of_its_kind_is_left_out() {
    for (plan, others) in [("null", "null"), ("''", "'x{'")] {
        let device = if plan == "null" { json!({}) } else { json!({ "device": "" }) };
        let expected = if plan == "null" { json!({}) } else { json!({ "plan": "" }) };
        let found = fields(plan, others, others, others, others).await;
        assert_eq!(found, json!({ "user": expected, "session": device }));
    }
}

#[tokio::test]
async fn what_is_not_listed_stays_inside() {
    let identity = after(r#"update "user" set "plan" = 'pro'"#).await.expect("verified");
    assert!(identity.user.fields.is_empty() && identity.session.expect("a session").fields.is_empty());
}
