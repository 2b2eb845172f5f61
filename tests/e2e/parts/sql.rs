//! What an administrator does by hand, in any of the databases.

use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};

/// Runs a statement in which names are quoted by `"` and dates stand as [`date`] writes them.
pub async fn execute(url: &str, sql: &str) {
    let database = connect(url).await;
    let sql = translated(&database, sql);
    database.execute_unprepared(&sql).await.unwrap_or_else(|fault| panic!("{sql}: {fault}"));
    database.close().await.expect("to close");
}

/// The only column of the only row, which must be a text.
pub async fn text(url: &str, sql: &str) -> String {
    let database = connect(url).await;
    let statement = Statement::from_string(database.get_database_backend(), translated(&database, sql));
    let row = database.query_one_raw(statement).await.unwrap_or_else(|fault| panic!("{sql}: {fault}"));
    let text = row.expect("a row").try_get_by_index(0).expect("a text");
    database.close().await.expect("to close");
    text
}

/// One connection.
pub async fn connect(url: &str) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.unwrap_or_else(|fault| panic!("{url}: {fault}"))
}

/// A date as each database's Better Auth writes it.
pub fn date(url: &str, date: DateTime<Utc>) -> String {
    if url.starts_with("mysql:") {
        date.format("'%Y-%m-%d %H:%M:%S%.3f'").to_string()
    } else {
        format!("'{}'", date.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

fn translated(database: &DatabaseConnection, sql: &str) -> String {
    if database.get_database_backend() == DbBackend::MySql { sql.replace('"', "`") } else { sql.to_owned() }
}
