//! Tables and columns with names that a deployment has chosen.

use serde_json::{Value, json};

use crate::parts::{
    database::Database,
    judged::{Statements, judged_right},
    mariadb::MariaDb,
    postgres::Postgres,
    presented::Presented,
    service,
    settings::Settings,
    site::Site,
    sql,
};

/// Better Auth's own tables, and one plugin's columns.
fn options() -> Value {
    json!({
        "session": {
            "modelName": "auth_sessions",
            "fields": { "token": "session_token", "expiresAt": "expires_at", "userId": "user_id" },
        },
        "user": {
            "modelName": "People",
            "fields": { "email": "email_address", "emailVerified": "verified", "name": "full name" },
        },
        "plugins": { "admin": { "schema": {
            "user": { "fields": { "role": "user_role", "banned": "is_banned", "banExpires": "banned_until" } },
            "session": { "fields": { "impersonatedBy": "acting_admin" } },
        } } },
    })
}

fn settings(site: &Site) -> Settings {
    Settings::of(&site.better_auth, &["session_table"])
        .with("session_table.table", "auth_sessions")
        .with("session_table.user_table", "People")
        .with(
            "session_table.columns",
            vec![
                "session.token=session_token",
                "session.expiresAt=expires_at",
                "session.userId=user_id",
                "session.impersonatedBy=acting_admin",
                "user.email=email_address",
                "user.emailVerified=verified",
                "user.name=full name",
                "user.role=user_role",
                "user.banned=is_banned",
                "user.banExpires=banned_until",
            ],
        )
}

async fn renamed(database: &Database) {
    let site = Site::start(database, options());
    let mysql = matches!(database, Database::MySql(_));
    let statements = Statements {
        end: r#"UPDATE "auth_sessions" SET "expires_at" = {date} WHERE "session_token" = '{token}'"#,
        ban: r#"UPDATE "People" SET "is_banned" = TRUE WHERE "id" = '{user}'"#,
        date: if mysql { |at| sql::date("mysql:", at) } else { |at| sql::date("", at) },
    };
    judged_right(&site, &settings(&site), &statements).await;
    // Whoever says nothing of it is told what is there.
    let ended = service::run(&[], &Settings::of(&site.better_auth, &["session_table"]).toml());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let names = ["session_table.", " .table", "\"session\"", "auth_sessions", "People"];
    assert!(ended.output.lines().any(|line| names.iter().all(|name| line.contains(name))), "{ended:?}");
}

#[tokio::test]
async fn on_sqlite() {
    renamed(&Database::Sqlite).await;
}

#[tokio::test]
async fn on_postgres() {
    renamed(&Database::Postgres(Postgres::shared().database("renamed"))).await;
}

#[tokio::test]
async fn on_mariadb() {
    renamed(&Database::MySql(MariaDb::shared().database("renamed"))).await;
}

/// Better Auth's role begins in a schema of its own; another application has tables of the same names in the usual one.
#[tokio::test]
async fn in_a_schema_of_postgres() {
    let postgres = Postgres::shared();
    let url = postgres.database("schemas");
    let role = "CREATE ROLE of_a_schema LOGIN; CREATE SCHEMA auth AUTHORIZATION of_a_schema; \
                ALTER ROLE of_a_schema SET search_path = auth";
    postgres.sql("schemas", role);
    let decoy = Site::start(&Database::Postgres(url.clone()), json!({}));
    let own = Database::Postgres(url.replace("postgres@", "of_a_schema@"));
    let site = Site::start(&own, json!({}));

    let with_schema = |schema: &str| {
        Settings::of(&site.better_auth, &["session_table"])
            .with("session_table.database_url", url.as_str())
            .with("session_table.schema", schema)
    };
    let statements = Statements {
        end: r#"UPDATE "session" SET "expiresAt" = {date} WHERE "token" = '{token}'"#,
        ban: r#"UPDATE "user" SET "banned" = TRUE WHERE "id" = '{user}'"#,
        date: |at| sql::date("", at),
    };
    judged_right(&site, &with_schema("auth"), &statements).await;
    let (session, other) = (site.ann().await, decoy.ann().await);
    for (schema, here, elsewhere) in
        [("auth", &session, &other), ("public", &other, &session), ("", &other, &session)]
    {
        let service = with_schema(schema).start();
        service.me(&Presented::cookie(here)).await.accepted();
        service.me(&Presented::cookie(elsewhere)).await.refused();
    }
    // The role's own search path does as well.
    let service = Settings::of(&site.better_auth, &["session_table"]).start();
    service.me(&Presented::cookie(&session)).await.accepted();
    let ended = service::run(&[], &with_schema("nowhere").toml());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.output.contains("session_table") && ended.output.contains("auth.session"), "{ended:?}");
}

/// What MySQL calls a schema is another database of the same server.
#[tokio::test]
async fn in_another_database_of_mariadb() {
    let mariadb = MariaDb::shared();
    let site = Site::start(&Database::MySql(mariadb.database("schemas_auth")), json!({}));
    let session = site.ann().await;
    let settings = Settings::of(&site.better_auth, &["session_table"])
        .with("session_table.database_url", mariadb.database("schemas_app"))
        .with("session_table.schema", "schemas_auth");
    let service = settings.start();
    service.me(&Presented::cookie(&session)).await.accepted();
    site.better_auth.sign_out(&session).await;
    service.me(&Presented::cookie(&session)).await.refused();
}
