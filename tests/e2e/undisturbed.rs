//! Better Auth beside what this project puts into its database: this service's tables, and its triggers.

use serde_json::{Value, json};

use crate::parts::{
    better_auth::BetterAuth,
    database::Database,
    mariadb::MariaDb,
    postgres::Postgres,
    presented::Presented,
    service,
    settings::Settings,
    site::PASSWORD,
    triggers::{STRATEGY, migrates},
};

async fn undisturbed(database: &Database) {
    let options = json!({ "plugins": { "admin": {}, "organization": {}, "twoFactor": {} } });
    let mut better_auth = BetterAuth::start(database, options);
    let (made, said) = better_auth.migrated();
    assert!(made.iter().any(|table| table == "session"), "{made:?}");
    let before = better_auth.sign_up("Ann", "ann@example.test", PASSWORD).await;

    let url = better_auth.database_url();
    let settings = Settings::of(&better_auth, &["jwt", STRATEGY])
        .with_todos(url)
        .with("revocation.persist", true)
        .with("session_table.cache.max_age", "10m");
    assert_eq!(service::run(&["migrate"], &settings.toml()).code, Some(0));
    if url.starts_with("postgres") {
        migrates(&settings, &[]);
    }
    let service = settings.start();
    let todo = service.post("/api/todos", &Presented::bearer(&before), &json!({ "title": "Milk" })).await;
    assert_eq!(todo.status, 201, "{todo:?}");

    // Its own migration runs at each start. It finds nothing to do, and nothing to wonder at.
    better_auth.stop();
    better_auth.start_again();
    let (made_again, said_again) = better_auth.migrated();
    assert_eq!(made_again, [] as [&str; 0]);
    assert_eq!(without_the_last_line(&said_again), without_the_last_line(&said));

    assert_eq!(better_auth.get_session(&before).await["user"]["id"], before.user_id);
    let signed_up = better_auth.sign_up("Bob", "bob@example.test", PASSWORD).await;
    let signed_in = better_auth.sign_in("ann@example.test", PASSWORD).await;
    for session in [&before, &signed_up, &signed_in] {
        assert_eq!(better_auth.get_session(session).await["user"]["id"], session.user_id);
        better_auth.sign_out(session).await;
        assert_eq!(better_auth.get_session(session).await, Value::Null);
    }
    // What a later version of it would ask for is added as ever.
    better_auth
        .change(json!({ "plugins": { "admin": {}, "organization": {}, "twoFactor": {}, "username": {} } }));
    assert_eq!(better_auth.migrated().0, ["user"]);
    let again = better_auth.sign_in("bob@example.test", PASSWORD).await;
    service.me(&Presented::cookie(&again)).await.accepted();
    better_auth.sign_out(&again).await;
    better_auth
        .change(json!({ "plugins": { "admin": {}, "organization": {}, "twoFactor": {}, "username": {} } }));
    assert_eq!(better_auth.migrated().0, [] as [&str; 0]);
}

/// The last one is that it is ready.
fn without_the_last_line(log: &str) -> Vec<&str> {
    let mut lines: Vec<_> = log.lines().collect();
    lines.pop();
    lines
}

#[tokio::test]
async fn on_sqlite() {
    undisturbed(&Database::Sqlite).await;
}

#[tokio::test]
async fn on_postgres() {
    undisturbed(&Database::Postgres(Postgres::shared().database("undisturbed"))).await;
}

#[tokio::test]
async fn on_mariadb() {
    undisturbed(&Database::MySql(MariaDb::shared().database("undisturbed"))).await;
}
