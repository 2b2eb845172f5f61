//! Better Auth on the tables that its own generator makes for Drizzle: columns in `snake_case`, dates as numbers in SQLite
//! and without a zone in `PostgreSQL`.

use serde_json::{Value, json};

use crate::parts::{
    database::Database,
    judged::{Statements, judged_right},
    known::known_by,
    postgres::Postgres,
    presented::Presented,
    settings::Settings,
    signed_in::SignedIn,
    site::{PASSWORD, Site},
};

fn options(plural: bool) -> Value {
    json!({
        "adapter": { "drizzle": { "usePlural": plural } },
        "plugins": {
            "admin": {},
            "anonymous": {},
            "organization": { "teams": { "enabled": true } },
            "phoneNumber": {},
            "twoFactor": {},
            "username": {},
        },
    })
}

fn settings(site: &Site, plural: bool) -> Settings {
    let settings =
        Settings::of(&site.better_auth, &["session_table", "jwt"]).with("session_table.naming", "snake_case");
    if !plural {
        return settings;
    }
    settings.with("session_table.table", "sessions").with("session_table.user_table", "users")
}

const SINGULAR: [&str; 2] = [
    r#"UPDATE "session" SET "expires_at" = {date} WHERE "token" = '{token}'"#,
    r#"UPDATE "user" SET "banned" = TRUE WHERE "id" = '{user}'"#,
];
const PLURAL: [&str; 2] = [
    r#"UPDATE "sessions" SET "expires_at" = {date} WHERE "token" = '{token}'"#,
    r#"UPDATE "users" SET "banned" = TRUE WHERE "id" = '{user}'"#,
];

async fn drizzle(database: &Database, plural: bool) {
    let site = Site::start(database, options(plural));
    let settings = settings(&site, plural);
    let sqlite = matches!(database, Database::Sqlite);
    let [end, ban] = if plural { PLURAL } else { SINGULAR };
    let statements = Statements {
        end,
        ban,
        date: if sqlite {
            |at| at.timestamp_millis().to_string()
        } else {
            |at| at.format("'%Y-%m-%d %H:%M:%S%.3f'").to_string()
        },
    };
    judged_right(&site, &settings, &statements).await;

    // The plugins' columns.
    let body = json!({
        "name": "Ann", "email": "plugins@example.test", "password": PASSWORD,
        "username": "Ann_Bee",
    });
    let session = SignedIn::read(site.better_auth.post("/sign-up/email", None, &body).await).await;
    // Better Auth itself writes a number only when it verifies it.
    let users = if plural { "users" } else { "user" };
    let number =
        format!(r#"UPDATE "{users}" SET "phone_number" = '+49123456' WHERE "id" = '{}'"#, session.user_id);
    site.sql(&number).await;
    let organization = json!({ "name": "Acme", "slug": "acme" });
    site.better_auth.post("/organization/create", Some(&session), &organization).await;
    let service = settings.start();
    let known = service.me(&Presented::cookie(&session)).await;
    let known = known.accepted();
    assert_eq!(known, &known_by("session_table", &site.better_auth, &session).await);
    assert_eq!(
        (&known["user"]["username"], &known["user"]["displayUsername"]),
        (&json!("ann_bee"), &json!("Ann_Bee"))
    );
    assert_eq!(
        (&known["user"]["isAnonymous"], &known["user"]["phoneNumber"]),
        (&json!(false), &json!("+49123456"))
    );
    assert!(known["session"]["activeOrganizationId"].is_string(), "{known}");
    let jwt = Presented::Bearer(site.better_auth.jwt(&session).await);
    assert_eq!(service.me(&jwt).await.accepted()["user"], known["user"]);
}

#[tokio::test]
async fn on_sqlite() {
    drizzle(&Database::Sqlite, false).await;
}

#[tokio::test]
async fn on_sqlite_in_the_plural() {
    drizzle(&Database::Sqlite, true).await;
}

/// A database of a zone of its own: what has no zone is UTC all the same.
fn far_from_utc(name: &str) -> Database {
    let url = Postgres::shared().database(name);
    Postgres::shared().sql(name, &format!("ALTER DATABASE {name} SET timezone = 'America/New_York'"));
    Database::Postgres(url)
}

#[tokio::test]
async fn on_postgres() {
    drizzle(&far_from_utc("drizzle"), false).await;
}

#[tokio::test]
async fn on_postgres_in_the_plural() {
    drizzle(&far_from_utc("drizzles"), true).await;
}
