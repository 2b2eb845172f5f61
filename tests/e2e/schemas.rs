//! Better Auth's tables in schemas of `PostgreSQL`, named as each driver names them.

use serde_json::json;

use crate::parts::{
    database::Database,
    judged::{Statements, judged_right},
    postgres::Postgres,
    presented::Presented,
    service,
    settings::Settings,
    site::Site,
    sql,
};

/// A Better Auth whose tables stand in the schema `auth`, and none in `public`; its database's address.
fn in_auth(name: &str) -> (Site, String) {
    let postgres = Postgres::shared();
    let url = postgres.database(name);
    postgres.sql(
        name,
        &format!(
            "CREATE ROLE {name} LOGIN; CREATE SCHEMA auth AUTHORIZATION {name}; ALTER ROLE {name} SET search_path = auth, public"
        ),
    );
    (Site::start(&Database::Postgres(postgres.url_of(name, name)), json!({})), url)
}

fn settings(site: &Site, url: &str) -> Settings {
    Settings::of(&site.better_auth, &["session_table"]).with("session_table.database_url", url)
}

#[tokio::test]
async fn f1_a_schema_in_the_address_is_the_one_that_is_read() {
    let (site, url) = in_auth("f1_address");
    let statements = Statements {
        end: r#"UPDATE "session" SET "expiresAt" = {date} WHERE "token" = '{token}'"#,
        ban: r#"UPDATE "user" SET "banned" = TRUE WHERE "id" = '{user}'"#,
        date: |at| sql::date("", at),
    };
    for parameter in [
        "schema=auth",
        "search_path=auth",
        "currentSchema=auth",
        "options=-csearch_path%3Dauth",
        "options=-c%20search_path=auth,public",
        "options[search_path]=auth",
    ] {
        judged_right(&site, &settings(&site, &format!("{url}?{parameter}")), &statements).await;
    }
    // That of [database] counts where it is the one that is read.
    let shared = settings(&site, "").with("database.url", format!("{url}?schema=auth"));
    shared.start().me(&Presented::cookie(&site.ann().await)).await.accepted();
}

/// Another application has tables of the same names in the usual schema: whoever passes the parameter over believes them.
#[tokio::test]
async fn f1_a_schema_in_the_address_keeps_others_sessions_out() {
    let (site, url) = in_auth("f1_decoy");
    let decoy = Site::start(&Database::Postgres(url.clone()), json!({}));
    let [own, others] = [site.ann().await, decoy.ann().await].map(|session| Presented::cookie(&session));
    let service = settings(&site, &format!("{url}?schema=auth")).start();
    service.me(&own).await.accepted();
    service.me(&others).await.refused();
    let service = settings(&site, &format!("{url}?schema=public")).start();
    service.me(&others).await.accepted();
    service.me(&own).await.refused();
}

#[tokio::test]
async fn f1_each_table_may_have_a_schema_of_its_own() {
    let (site, url) = in_auth("f1_two");
    Postgres::shared()
        .sql("f1_two", r#"ALTER TABLE auth."user" SET SCHEMA public; GRANT ALL ON "user" TO f1_two"#);
    let session = Presented::cookie(&site.ann().await);
    let apart = settings(&site, &url).with("session_table.table", "auth.session");
    for settings in [
        apart.clone(),
        apart.clone().with("session_table.user_table", "public.user"),
        settings(&site, &url)
            .with("session_table.schema", "auth")
            .with("session_table.user_table", "public.user"),
    ] {
        settings.start().me(&session).await.accepted();
    }
    // Its triggers tell of both.
    let as_owner = apart.with("session_table.cache.max_age", "60s");
    let ended = service::run(&["migrate", "--revocation-triggers"], &as_owner.toml());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let triggers = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'verifier_revocation%'";
    assert_eq!(Postgres::shared().sql("f1_two", triggers), "4");
}

#[tokio::test]
async fn f1_a_table_in_another_schema_is_told_with_the_key_that_names_it() {
    let (site, url) = in_auth("f1_told");
    for (settings, words) in [
        (settings(&site, &url), [r#"session_table.schema = "auth""#, r#"no table "session""#]),
        (
            settings(&site, &format!("{url}?schema=auth")).with("session_table.schema", "public"),
            ["session_table.schema = \"public\"", "expected \"auth\" or nothing"],
        ),
    ] {
        let ended = service::run(&[], &settings.toml());
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(words.iter().all(|word| ended.output.contains(word)), "{words:?} in\n{}", ended.output);
    }
}
