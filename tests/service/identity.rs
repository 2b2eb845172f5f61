//! The identity as JSON: what is known, and nothing that is not.

use serde_json::{Value, json};

use crate::parts::{
    auth::{ANN, BOB, execute},
    client::get,
    service::Setup,
};

const PLUGINS: &str = r#"
    alter table "user" add column "role" text;
    alter table "user" add column "banned" integer;
    alter table "user" add column "isAnonymous" integer;
    alter table "user" add column "twoFactorEnabled" integer;
    alter table "user" add column "username" text;
    alter table "user" add column "displayUsername" text;
    alter table "user" add column "phoneNumber" text;
    alter table "user" add column "phoneNumberVerified" integer;
    alter table "user" add column "plan" text;
    alter table "user" add column "credits" real;
    alter table "user" add column "tags" text;
    alter table "session" add column "impersonatedBy" text;
    alter table "session" add column "activeOrganizationId" text;
    alter table "session" add column "activeTeamId" text;
    alter table "session" add column "theme" text;
    update "user" set "role" = 'admin', "banned" = 0, "isAnonymous" = 0, "twoFactorEnabled" = 1, "username" = 'ann',
        "displayUsername" = 'Ann', "phoneNumber" = '+49', "phoneNumberVerified" = 0, "plan" = 'pro', "credits" = 2.5,
        "tags" = '["a"]' where "id" = 'ann';
    update "session" set "impersonatedBy" = 'root', "activeOrganizationId" = 'org', "activeTeamId" = 'team',
        "theme" = 'dark' where "userId" = 'ann'"#;

fn members(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Who they are, by the tables as `sql` has changed them.
fn identities(setup: Setup, sql: &str) -> [Value; 2] {
    execute(setup.folder(), sql);
    let service = setup.start();
    [ANN, BOB].map(|token| {
        let answer = service.send(&get("/api/me").by(token));
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(!answer.body.contains(token), "the token stays inside");
        answer.expect_no_null().json()
    })
}

#[test]
fn what_better_auth_does_not_know_is_absent() {
    let [ann, bob] = identities(Setup::with_sessions(), "select 1");
    assert_eq!(members(&ann), ["user", "session", "strategy", "expiresAt"]);
    assert_eq!(members(&ann["user"]), ["id", "email", "emailVerified", "name", "image"]);
    assert_eq!(members(&bob["user"]), ["id", "email", "emailVerified", "name"]);
    assert_eq!(members(&ann["session"]), ["id", "expiresAt"]);
}

#[test]
fn facts_of_plugins_and_listed_fields_are_told() {
    let setup = Setup::with_sessions()
        .config("identity.user_fields = ['plan', 'credits:number', 'tags:json']")
        .config("identity.session_fields = ['theme']");
    let [ann, bob] = identities(setup, PLUGINS);
    let facts = json!({
        "role": "admin", "isAnonymous": false, "twoFactorEnabled": true, "username": "ann",
        "displayUsername": "Ann", "phoneNumber": "+49", "phoneNumberVerified": false,
    });
    for (fact, value) in facts.as_object().expect("facts") {
        assert_eq!(&ann["user"][fact], value, "{fact}");
        assert_eq!(bob["user"].get(fact), None, "{fact}");
    }
    assert_eq!(ann["user"]["fields"], json!({ "credits": 2.5, "plan": "pro", "tags": ["a"] }));
    assert_eq!(ann["session"]["fields"], json!({ "theme": "dark" }));
    for (member, value) in
        [("impersonatedBy", "root"), ("activeOrganizationId", "org"), ("activeTeamId", "team")]
    {
        assert_eq!(ann["session"][member], value, "{member}");
    }
    // Nothing of his is stored: no empty object either.
    assert_eq!(members(&bob["user"]), ["id", "email", "emailVerified", "name"]);
    assert_eq!(members(&bob["session"]), ["id", "expiresAt"]);
}

#[test]
fn what_is_not_listed_stays_inside() {
    let [ann, _] = identities(Setup::with_sessions(), PLUGINS);
    assert_eq!((ann["user"].get("fields"), ann["session"].get("fields")), (None, None));
    assert!(!ann.to_string().contains("dark") && !ann.to_string().contains("ipAddress"), "{ann}");
}

#[test]
fn ids_that_a_database_counts_are_text() {
    let serial = r#"update "session" set "userId" = '7', "id" = '12' where "id" = 's1';
                    update "user" set "id" = '7' where "id" = 'ann'"#;
    let off = format!("pragma foreign_keys = off; {serial}");
    let [ann, _] = identities(Setup::with_sessions(), &off);
    assert_eq!((&ann["user"]["id"], &ann["session"]["id"]), (&json!("7"), &json!("12")));
}
