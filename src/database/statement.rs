//! Statements that read Better Auth's tables.

use std::{fmt::Write, sync::Arc};

use futures_util::FutureExt;
use sea_orm::{DatabaseConnection, DbBackend, DbErr, QueryResult, RuntimeErr, sqlx};
use sqlx::{AssertSqlSafe, Database, Encode, Executor, IntoArguments, PgPool, Pool, Type};

use super::pool::Lent;

/// The rows of a query with these values.
///
/// # Errors
///
/// When no connection can be had, or the database refuses.
pub(crate) async fn query(
    database: &DatabaseConnection,
    sql: &Arc<str>,
    values: Vec<String>,
) -> Result<Vec<QueryResult>, DbErr> {
    // Without their types: a driver's is deep, and with all that awaits this too deep for the optimiser.
    let rows = match database.get_database_backend() {
        DbBackend::Postgres => rows_at_once(database.get_postgres_connection_pool(), sql, &values).boxed(),
        DbBackend::MySql => rows(database.get_mysql_connection_pool(), sql, values).boxed(),
        _ => rows(database.get_sqlite_connection_pool(), sql, values).boxed(),
    };
    rows.await.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))
}

async fn rows<D: Database>(
    pool: &Pool<D>,
    sql: &Arc<str>,
    values: Vec<String>,
) -> Result<Vec<QueryResult>, sqlx::Error>
where
    String: for<'q> Encode<'q, D> + Type<D>,
    D::Arguments: IntoArguments<D>,
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    QueryResult: From<D::Row>,
{
    let mut lent = Lent(pool.acquire().await?);
    let query = sqlx::query::<D>(AssertSqlSafe(sql.clone()));
    let query = values.into_iter().fold(query, sqlx::query::Query::bind);
    Ok(query.fetch_all(&mut *lent.0).await?.into_iter().map(QueryResult::from).collect())
}

/// In one message. A prepared statement takes two, and a pooler that lends a connection for one transaction (`PgBouncer`) may
/// send the second to a server that has never seen the first, or that has another statement by the same name.
async fn rows_at_once(pool: &PgPool, sql: &str, values: &[String]) -> Result<Vec<QueryResult>, sqlx::Error> {
    let mut lent = Lent(pool.acquire().await?);
    let query = sqlx::raw_sql(AssertSqlSafe(with_values(sql, values)));
    Ok(query.fetch_all(&mut *lent.0).await?.into_iter().map(QueryResult::from).collect())
}

/// `$1` and so on outside of quotes, replaced by their values.
fn with_values(sql: &str, values: &[String]) -> String {
    let mut written = String::with_capacity(sql.len() + 128);
    let mut quote = None;
    let mut letters = sql.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(open)) if letter == open => quote = None,
            ('$', None) => {
                let mut number = 0;
                while let Some(digit) = letters.peek().and_then(|next| next.to_digit(10)) {
                    number = number * 10 + digit as usize;
                    letters.next();
                }
                write_value(&mut written, &values[number - 1]);
                continue;
            }
            _ => {}
        }
        written.push(letter);
    }
    written
}

/// Each letter by its number: nothing that a stranger sends can be read as SQL, whatever the server's settings are. It is a
/// literal, as a function's result would have a collation of its own, and then no index serves.
fn write_value(sql: &mut String, value: &str) {
    sql.push_str("E'");
    for letter in value.chars() {
        let _ = match u32::from(letter) {
            ascii @ ..0x80 => write!(sql, "\\x{ascii:02x}"),
            other => write!(sql, "\\U{other:08x}"),
        };
    }
    sql.push('\'');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_they_are_meant_and_nothing_of_them_is_sql() {
        let sql = r#"SELECT "a$1", '$1''$2' FROM "b""$1" WHERE "c" = $2 AND $1 = $1"#;
        let written = with_values(sql, &["'".to_owned(), "\\é\0".to_owned()]);
        let (first, second) = (r"E'\x27'", r"E'\x5c\U000000e9\x00'");
        let expected =
            format!(r#"SELECT "a$1", '$1''$2' FROM "b""$1" WHERE "c" = {second} AND {first} = {first}"#);
        assert_eq!(written, expected);
    }
}
