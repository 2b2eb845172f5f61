//! The database of the sessions goes away, hangs and comes back; the service is never restarted.

use std::{fs, time::Duration};

use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::parts::{
    database::Database,
    mariadb::MariaDb,
    postgres::Postgres,
    presented::Presented,
    service::{self, Service},
    settings::Settings,
    site::Site,
    sql,
    wait::until,
};

const TIMEOUT: &str = "1s";
/// The time-out and what a busy machine needs; less than the default.
const IN_TIME: Duration = Duration::from_millis(2500);
/// Twenty at once are answered by then. One after the other they would need five time-outs, before nobody is asked.
const TOGETHER: Duration = Duration::from_secs(4);

/// A database server of one's own.
enum Server {
    Postgres(Postgres),
    MariaDb(MariaDb),
}

impl Server {
    fn database(&self, name: &str) -> Database {
        match self {
            Self::Postgres(server) => Database::Postgres(server.database(name)),
            Self::MariaDb(server) => Database::MySql(server.database(name)),
        }
    }

    fn stop(&mut self) {
        match self {
            Self::Postgres(server) => server.stop(),
            Self::MariaDb(server) => server.stop(),
        }
    }

    fn start_again(&mut self) {
        match self {
            Self::Postgres(server) => server.start_again(),
            Self::MariaDb(server) => server.start_again(),
        }
    }

    fn pause(&mut self) {
        match self {
            Self::Postgres(server) => server.pause(),
            Self::MariaDb(server) => server.pause(),
        }
    }

    fn resume(&mut self) {
        match self {
            Self::Postgres(server) => server.resume(),
            Self::MariaDb(server) => server.resume(),
        }
    }
}

async fn undecidable_in_time(service: &Service, presented: &Presented) {
    for path in ["/api/me", "/api/public"] {
        service.undecidable_within(IN_TIME, path, presented).await;
    }
}

async fn comes_back(service: &Service, presented: &Presented) {
    until(async || service.me(presented).await, |answer| answer.status == 200).await;
    service.becomes_ready().await;
}

async fn outages(mut server: Server) {
    let site = Site::start(&server.database("sessions"), json!({}));
    let (session, other_session) = (site.ann().await, site.ann().await);
    let (cookie, jwt) =
        (Presented::cookie(&session), Presented::Bearer(site.better_auth.jwt(&session).await));
    let settings = Settings::of(&site.better_auth, &["session_table"]).with("session_table.timeout", TIMEOUT);
    let with_todos = Settings::of(&site.better_auth, &["jwt"]).with_todos(site.better_auth.database_url());
    assert_eq!(service::run(&["migrate"], &with_todos.toml()).code, Some(0));
    let todos = with_todos.start();
    assert_eq!(todos.get("/api/todos", &jwt).await.status, 200);
    let service = settings.start();
    let asks = Settings::of(&site.better_auth, &["get_session"]).with("get_session.timeout", TIMEOUT).start();
    for service in [&service, &asks] {
        service.me(&cookie).await.accepted();
    }

    // Gone, with every connection. Twice: what the first failure leaves behind must not make the second worse.
    server.stop();
    undecidable_in_time(&service, &cookie).await;
    undecidable_in_time(&service, &cookie).await;
    // It is Better Auth's database: that one cannot tell either.
    undecidable_in_time(&asks, &cookie).await;
    // A bad signature needs no database to be seen.
    service
        .me(&Presented::Bearer(format!("{}A{}", session.token, &session.bearer_signed[32..])))
        .await
        .refused();
    todos.get("/api/todos", &jwt).await.undecidable();
    todos.me(&jwt).await.accepted();

    // Started meanwhile.
    let late = settings.start();
    assert_eq!(late.get("/health/live", &Presented::Nothing).await.status, 200);
    let ready = late.get("/health/ready", &Presented::Nothing).await;
    ready.problem(503, "unavailable");
    assert_eq!(ready.body["detail"], "session_table: unavailable");
    undecidable_in_time(&late, &cookie).await;
    let late_todos = with_todos.start();

    server.start_again();
    for service in [&service, &late, &asks] {
        comes_back(service, &cookie).await;
    }
    for todos in [&todos, &late_todos] {
        until(async || todos.get("/api/todos", &jwt).await, |answer| answer.status == 200).await;
    }

    // There, and silent.
    server.pause();
    undecidable_in_time(&service, &cookie).await;
    undecidable_in_time(&service, &cookie).await;
    undecidable_in_time(&asks, &cookie).await;
    let other = Presented::bearer(&other_session);
    let many = (0..20).map(|number| service.timed_me(if number % 2 == 0 { &cookie } else { &other }));
    for (answer, time) in futures_util::future::join_all(many).await {
        answer.undecidable();
        assert!(time < TOGETHER, "{time:?}");
    }
    let later = settings.start();
    later.get("/health/ready", &Presented::Nothing).await.problem(503, "unavailable");
    undecidable_in_time(&later, &cookie).await;
    server.resume();
    for service in [&service, &late, &later, &asks] {
        comes_back(service, &cookie).await;
    }
    // Nobody is given the answer to a question that was given up before.
    let many = (0..40).map(|number| service.me(if number % 2 == 0 { &cookie } else { &other }));
    for (number, answer) in futures_util::future::join_all(many).await.into_iter().enumerate() {
        let expected = if number % 2 == 0 { &session.user_id } else { &other_session.user_id };
        assert_eq!(answer.accepted()["user"]["id"], *expected);
    }
    // A session that ended is seen to have ended by those that were away, too.
    let sessions = r#"DELETE FROM "session" WHERE "token" ="#;
    site.sql(&format!("{sessions} '{}'", session.token)).await;
    for service in [&service, &late, &later, &asks] {
        service.me(&cookie).await.refused();
    }
    let log = service.stop();
    let told = log.lines().find(|line| line.contains(" WARN ") && line.contains("undecidable"));
    assert!(told.is_some_and(|line| line.contains("auth.strategy=\"session_table\"")), "{log}");
}

#[tokio::test]
async fn of_postgres() {
    outages(Server::Postgres(Postgres::start())).await;
}

#[tokio::test]
async fn of_mariadb() {
    outages(Server::MariaDb(MariaDb::start())).await;
}

/// Somebody holds the file.
#[tokio::test]
async fn of_sqlite() {
    let site = Site::own_sqlite();
    let cookie = Presented::cookie(&site.ann().await);
    let settings = Settings::of(&site.better_auth, &["session_table"]).with("session_table.timeout", TIMEOUT);
    let service = settings.start();
    service.me(&cookie).await.accepted();

    let holder = sql::connect(site.better_auth.database_url()).await;
    holder.execute_unprepared("BEGIN EXCLUSIVE").await.expect("the lock");
    undecidable_in_time(&service, &cookie).await;
    let many = (0..20).map(|_| service.timed_me(&cookie));
    for (answer, time) in futures_util::future::join_all(many).await {
        answer.undecidable();
        assert!(time < TOGETHER, "{time:?}");
    }
    holder.execute_unprepared("ROLLBACK").await.expect("the end of the lock");
    comes_back(&service, &cookie).await;
}

/// Somebody holds the file when the service starts.
#[tokio::test]
async fn of_sqlite_at_the_start() {
    let site = Site::own_sqlite();
    let cookie = Presented::cookie(&site.ann().await);
    let settings = Settings::of(&site.better_auth, &["session_table"]).with("session_table.timeout", TIMEOUT);
    let holder = sql::connect(site.better_auth.database_url()).await;
    holder.execute_unprepared("BEGIN EXCLUSIVE").await.expect("the lock");
    let service = settings.start();
    service.get("/health/ready", &Presented::Nothing).await.problem(503, "unavailable");
    undecidable_in_time(&service, &cookie).await;
    holder.execute_unprepared("ROLLBACK").await.expect("the end of the lock");
    comes_back(&service, &cookie).await;
}

/// There is no file yet when the service starts.
#[tokio::test]
async fn of_sqlite_before_its_file() {
    let site = Site::own_sqlite();
    let cookie = Presented::cookie(&site.ann().await);
    let settings = Settings::of(&site.better_auth, &["session_table"]).with("session_table.timeout", TIMEOUT);
    let file = site.better_auth.database_url().strip_prefix("sqlite://").expect("a file");
    let away = format!("{file}.away");
    fs::rename(file, &away).expect("to move the file");
    let service = settings.start();
    assert_eq!(service.get("/health/live", &Presented::Nothing).await.status, 200);
    service.get("/health/ready", &Presented::Nothing).await.problem(503, "unavailable");
    undecidable_in_time(&service, &cookie).await;
    assert!(!fs::exists(file).expect("to look"), "an empty database was made in place of the missing one");
    fs::rename(&away, file).expect("to move the file back");
    comes_back(&service, &cookie).await;
}
