//! Tables that are not as they must be keep the service from starting, and it says what to do.

use serde_json::json;

use crate::parts::{
    better_auth::BetterAuth,
    database::Database,
    mariadb::MariaDb,
    postgres::Postgres,
    presented::Presented,
    service::{self, Ended},
    settings::{ALL, Settings},
    site::Site,
    sql,
};

#[track_caller]
fn ends_naming(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.code, Some(1), "{}", ended.output);
    let line = ended.output.lines().find(|line| words.iter().all(|word| line.contains(word)));
    assert!(line.is_some(), "{words:?} in one line of\n{}", ended.output);
    assert!(!ended.output.contains("panicked"), "{}", ended.output);
}

/// `database` holds Better Auth's tables in the end; `empty` is the address of one that holds nothing.
async fn faults(database: Database, empty: &str) {
    const KEY: &str = "session_table.database_url";
    const COLUMNS: &str = "session_table.naming or .columns";
    let mut better_auth = BetterAuth::start(&database, json!({}));
    better_auth.stop();
    let url = better_auth.database_url();
    for strategies in [&ALL[1..2], &ALL] {
        let settings = Settings::of(&better_auth, strategies).with(KEY, empty);
        ends_naming(&service::run(&[], &settings.toml()), &[KEY, "\"session\""]);
    }

    let settings = Settings::of(&better_auth, &["session_table"]);
    for (table, column) in [
        ("session", "id"),
        ("session", "token"),
        ("session", "userId"),
        ("session", "expiresAt"),
        ("user", "id"),
        ("user", "email"),
        ("user", "emailVerified"),
        ("user", "name"),
        ("user", "image"),
    ] {
        let rename = |from, to| format!(r#"ALTER TABLE "{table}" RENAME COLUMN "{from}" TO "{to}""#);
        sql::execute(url, &rename(column, "other")).await;
        let ended = service::run(&["serve"], &settings.toml());
        ends_naming(&ended, &[COLUMNS, &format!("\"{table}\""), &format!("\"{column}\"")]);
        sql::execute(url, &rename("other", column)).await;
    }
    sql::execute(url, r#"ALTER TABLE "user" DROP COLUMN "image""#).await;
    ends_naming(&service::run(&[], &settings.toml()), &[COLUMNS, "\"user\"", "\"image\""]);
    sql::execute(url, r#"ALTER TABLE "user" ADD COLUMN "image" text"#).await;
    sql::execute(url, r#"ALTER TABLE "user" RENAME TO "users""#).await;
    ends_naming(&service::run(&[], &settings.toml()), &[KEY, "\"user\""]);
    sql::execute(url, r#"ALTER TABLE "users" RENAME TO "user""#).await;

    // Strategies that do not read it do not ask how it looks.
    Settings::of(&better_auth, &["jwt", "get_session"]).with(KEY, empty).start();
    settings.start();
    migrated(&settings, empty).await;
    // Beside Better Auth's own tables.
    migrated(&settings, url).await;
}

/// The to-dos' tables: missing, made, made again.
async fn migrated(settings: &Settings, url: &str) {
    let settings = settings.clone().with_todos(url);
    ends_naming(&service::run(&[], &settings.toml()), &["database.url", "better-auth-verifier migrate"]);
    for _ in 0..2 {
        let ended = service::run(&["migrate"], &settings.toml());
        assert_eq!(ended.code, Some(0), "{}", ended.output);
        settings.start().get("/api/todos", &Presented::Nothing).await.missing();
    }
    let none = r#"DELETE FROM "verifier_migration""#;
    sql::execute(url, none).await;
    ends_naming(&service::run(&[], &settings.toml()), &["database.url", "better-auth-verifier migrate"]);
    // Somebody lost the books, not the table.
    let ended = service::run(&["migrate"], &settings.toml());
    assert_eq!(ended.code, Some(0), "{}", ended.output);
}

#[tokio::test]
async fn of_sqlite() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("empty.db");
    std::fs::write(&file, "").expect("an empty file");
    faults(Database::Sqlite, &format!("sqlite://{}", file.display())).await;
}

#[tokio::test]
async fn of_postgres() {
    let empty = Postgres::shared().database("faults_empty");
    faults(Database::Postgres(Postgres::shared().database("faults")), &empty).await;
}

#[tokio::test]
async fn of_mariadb() {
    let empty = MariaDb::shared().database("faults_empty");
    faults(Database::MySql(MariaDb::shared().database("faults")), &empty).await;
}

/// What a person has named must be there, and is told beside what is.
#[tokio::test]
async fn a_name_that_leads_nowhere_is_told_with_what_is_there() {
    let site = Site::sqlite();
    let settings = |strategies: &[&str]| Settings::of(&site.better_auth, strategies);
    let table = || settings(&["session_table"]);
    let columns = |columns: &[&str]| table().with("session_table.columns", columns);
    for (settings, words) in [
        (
            table().with("session_table.table", "sessions"),
            vec![" .table", "\"sessions\"", "session, ", "jwks"],
        ),
        (
            table().with("session_table.user_table", "users"),
            vec![".user_table", "\"users\"", "user, ", "jwks"],
        ),
        (
            table().with("session_table.naming", "snake_case"),
            vec!["session_table.naming", "\"user_id\"", "\"userId\"", "expiresAt"],
        ),
        (
            columns(&["session.token=session_token"]),
            vec![".columns", "\"session_token\"", "\"token\"", "expiresAt, ", "userId"],
        ),
        // A plugin's, which nobody would miss if it had not been named.
        (
            columns(&["user.banned=is_banned"]),
            vec![".columns", "\"is_banned\"", "\"banned\"", "banExpires, ", "emailVerified"],
        ),
        (
            table().with("identity.user_fields", vec!["plan", "credits:number"]),
            vec!["\"user\"", "\"plan\"", "emailVerified"],
        ),
        (
            table().with("identity.session_fields", vec!["device"]),
            vec!["\"session\"", "\"device\"", "expiresAt"],
        ),
        // Also where the table is no more than the second place to look.
        (
            settings(&["secondary_storage"])
                .with("secondary_storage.url", "redis://127.0.0.1:9")
                .with("secondary_storage.store_session_in_database", true)
                .with("session_table.table", "sessions"),
            vec![" .table", "\"sessions\"", "session, "],
        ),
    ] {
        let ended = service::run(&[], &settings.toml());
        ends_naming(&ended, &words);
        // Beside warnings, such as that others may read the file.
        let faults = ended.output.lines().filter(|line| !line.contains(" WARN "));
        assert_eq!(faults.count(), 1, "{}", ended.output);
    }
}

/// A file of its own is made by `migrate`, and not by `serve`.
#[tokio::test]
async fn a_sqlite_file_is_made_by_migrate() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("todos.db");
    let toml = format!(
        "strategies = [\"jwt\"]\nbetter_auth.url = \"http://127.0.0.1:9\"\ndatabase.url = \"sqlite://{}?mode=rwc\"",
        file.display()
    );
    ends_naming(&service::run(&[], &toml), &["database.url", "better-auth-verifier migrate"]);
    assert_eq!(service::run(&["migrate"], &toml).code, Some(0));
    assert!(file.is_file());
    let service = service::Service::start(&toml);
    service.get("/api/todos", &Presented::Nothing).await.missing();
}
