//! Statements that read Better Auth's tables.

use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};
use sea_orm::{DatabaseConnection, DbBackend, DbErr, QueryResult, RuntimeErr, sqlx};
use sqlx::{
    AssertSqlSafe, Database, Encode, Executor, IntoArguments, MySql, PgConnection, Pool, Postgres, Sqlite,
    Type,
};

use super::pool::Lent;

/// A statement without its values, taken apart where PostgreSQL's are written into it.
pub struct Statement {
    sql: Arc<str>,
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Sql(String),
    /// The value of this index.
    Value(usize),
}

/// A database with its own kind of query.
pub trait Asked: Database<Row: Into<QueryResult>> {
    /// The rows of a statement with these values. Boxed: a driver's future is deep, and with all that awaits it too deep for the
    /// optimiser.
    fn ask<'a>(
        connection: &'a mut Self::Connection,
        statement: &'a Statement,
        values: Vec<String>,
    ) -> BoxFuture<'a, Result<Vec<QueryResult>, sqlx::Error>>;
}

impl Asked for Sqlite {
    fn ask<'a>(
        connection: &'a mut Self::Connection,
        statement: &'a Statement,
        values: Vec<String>,
    ) -> BoxFuture<'a, Result<Vec<QueryResult>, sqlx::Error>> {
        prepared::<Self>(connection, statement, values).boxed()
    }
}

impl Asked for MySql {
    fn ask<'a>(
        connection: &'a mut Self::Connection,
        statement: &'a Statement,
        values: Vec<String>,
    ) -> BoxFuture<'a, Result<Vec<QueryResult>, sqlx::Error>> {
        prepared::<Self>(connection, statement, values).boxed()
    }
}

impl Asked for Postgres {
    fn ask<'a>(
        connection: &'a mut Self::Connection,
        statement: &'a Statement,
        values: Vec<String>,
    ) -> BoxFuture<'a, Result<Vec<QueryResult>, sqlx::Error>> {
        at_once(connection, statement, values).boxed()
    }
}

async fn prepared<D: Database>(
    connection: &mut D::Connection,
    statement: &Statement,
    values: Vec<String>,
) -> Result<Vec<QueryResult>, sqlx::Error>
where
    String: for<'q> Encode<'q, D> + Type<D>,
    D::Arguments: IntoArguments<D>,
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    QueryResult: From<D::Row>,
{
    let query = sqlx::query::<D>(AssertSqlSafe(statement.sql.clone()));
    let query = values.into_iter().fold(query, sqlx::query::Query::bind);
    Ok(query.fetch_all(connection).await?.into_iter().map(QueryResult::from).collect())
}

/// In one message. A prepared statement takes two, and a pooler that lends a connection for one transaction (`PgBouncer`) may
/// send the second to a server that has never seen the first, or that has another statement by the same name.
async fn at_once(
    connection: &mut PgConnection,
    statement: &Statement,
    values: Vec<String>,
) -> Result<Vec<QueryResult>, sqlx::Error> {
    let query = sqlx::raw_sql(AssertSqlSafe(statement.with_values(&values)));
    Ok(query.fetch_all(connection).await?.into_iter().map(QueryResult::from).collect())
}

/// The rows of a query with these values.
///
/// # Errors
///
/// If no connection is available, or the database refuses.
pub(crate) async fn query(
    database: &DatabaseConnection,
    sql: &Arc<str>,
    values: Vec<String>,
) -> Result<Vec<QueryResult>, DbErr> {
    let statement = Statement::new(sql.clone());
    let rows = match database.get_database_backend() {
        DbBackend::Postgres => rows(database.get_postgres_connection_pool(), &statement, values).boxed(),
        DbBackend::MySql => rows(database.get_mysql_connection_pool(), &statement, values).boxed(),
        _ => rows(database.get_sqlite_connection_pool(), &statement, values).boxed(),
    };
    rows.await.map_err(failed)
}

async fn rows<D: Asked>(
    pool: &Pool<D>,
    statement: &Statement,
    values: Vec<String>,
) -> Result<Vec<QueryResult>, sqlx::Error> {
    let mut lent = Lent::new(pool.acquire().await?);
    D::ask(lent.connection(), statement, values).await
}

pub(super) fn failed(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

impl Statement {
    /// `$1` and so on outside of quotes stand for values.
    pub fn new(sql: impl Into<Arc<str>>) -> Self {
        let sql = sql.into();
        let parts = parts(&sql);
        Self { sql, parts }
    }

    fn with_values(&self, values: &[String]) -> String {
        let octets: usize = values.iter().map(String::len).sum();
        let mut written = String::with_capacity(self.sql.len() + 4 * octets + 16);
        for part in &self.parts {
            match part {
                Part::Sql(sql) => written.push_str(sql),
                Part::Value(index) => write_value(&mut written, &values[*index]),
            }
        }
        written
    }
}

fn parts(sql: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut written = String::new();
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
                parts.push(Part::Sql(std::mem::take(&mut written)));
                parts.push(Part::Value(number - 1));
                continue;
            }
            _ => {}
        }
        written.push(letter);
    }
    parts.push(Part::Sql(written));
    parts
}

/// Writes each letter by its number: nothing that a stranger sends can be read as SQL, whatever the server's settings. A
/// literal, because a function's result would have its own collation, and then no index serves.
fn write_value(sql: &mut String, value: &str) {
    sql.push_str("E'");
    for letter in value.chars() {
        let number = u32::from(letter);
        let digits = if letter.is_ascii() {
            sql.push_str("\\x");
            2
        } else {
            sql.push_str("\\U");
            8
        };
        sql.extend((0..digits).rev().map(|place| hexadecimal(number >> (4 * place) & 0xf)));
    }
    sql.push('\'');
}

fn hexadecimal(digit: u32) -> char {
    char::from_digit(digit, 16).expect("a digit is below 16")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_they_are_meant_and_nothing_of_them_is_sql() {
        let sql = r#"SELECT "a$1", '$1''$2' FROM "b""$1" WHERE "c" = $2 AND $1 = $1"#;
        let written = Statement::new(sql).with_values(&["'".to_owned(), "\\é\0".to_owned()]);
        let (first, second) = (r"E'\x27'", r"E'\x5c\U000000e9\x00'");
        let expected =
            format!(r#"SELECT "a$1", '$1''$2' FROM "b""$1" WHERE "c" = {second} AND {first} = {first}"#);
        assert_eq!(written, expected);
    }
}
