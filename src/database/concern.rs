//! What an error of a database is about: the value that was sent, the tables, or the server.

use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{error::DatabaseError, mysql::MySqlDatabaseError, postgres::PgDatabaseError, sqlite::SqliteError},
};

/// What an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// The value that was sent, or the data stored for it: other values are fine. Never an outage, however often it happens.
    Value,
    /// The tables: something is missing, of another type, or not permitted. It stays so until an operator changes it.
    Tables,
    /// The server or the way to it: every request is affected, for now.
    Server,
}

/// `MySQL` and `MariaDB` answer `HY000` to much of this, so their numbers count:
/// <https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html>,
/// <https://mariadb.com/docs/server/reference/error-codes>.
const MYSQL_VALUES: [u16; 17] = [
    1265, // data truncated
    1267, // illegal mix of collations for two operands: a smiley against a latin1 or utf8mb3 column
    1270, // the same for three
    1271, // the same for more
    1300, // invalid character string
    1366, // incorrect value for a column, in a function or a comparison, too
    1367, // illegal value for a type
    1411, // incorrect value for a function
    1525, // incorrect value
    1918, // MariaDB: bad data
    1977, // MariaDB: cannot convert a character
    3854, // MySQL 8: cannot convert a string
    3988, // MySQL 8: conversion from a collation is impossible
    3995, // MySQL 8: character sets cannot be used together
    1292, // truncated incorrect value
    1406, // data too long
    1690, // out of range
];
/// Their SQLSTATE is 42000, that of a syntax error, but they are temporary.
const MYSQL_BUSY: [u16; 3] = [
    1203, // the user has too many connections
    1226, // the user has exceeded a resource
    1461, // too many prepared statements
];
/// The same of `PostgreSQL`: the name of a prepared statement is taken, as behind a pooler in transaction mode.
const POSTGRES_BUSY: &str = "42P05";

impl Concern {
    /// The concern of this error. Without an answer from the database, that is the way to it.
    pub fn of(error: &DbErr) -> Self {
        match answer(error) {
            Some(error) => Self::of_answer(error),
            None => Self::Server,
        }
    }

    fn of_answer(error: &dyn DatabaseError) -> Self {
        if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
            return Self::of_mysql(error.number(), error.code().unwrap_or_default());
        }
        if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
            return Self::of_postgres(error.code());
        }
        let code = error.try_downcast_ref::<SqliteError>().and_then(DatabaseError::code);
        code.and_then(|code| code.parse().ok()).map_or(Self::Server, Self::of_sqlite)
    }

    fn of_postgres(state: &str) -> Self {
        match state.get(..2) {
            // Data exceptions.
            Some("22") => Self::Value,
            Some("42") if state != POSTGRES_BUSY => Self::Tables,
            _ => Self::Server,
        }
    }

    fn of_mysql(number: u16, state: &str) -> Self {
        match state.get(..2) {
            _ if MYSQL_VALUES.contains(&number) => Self::Value,
            _ if MYSQL_BUSY.contains(&number) => Self::Server,
            Some("22") => Self::Value,
            Some("42") => Self::Tables,
            _ => Self::Server,
        }
    }

    /// The lowest byte is the code itself: <https://www.sqlite.org/rescode.html>.
    fn of_sqlite(code: u32) -> Self {
        match code & 0xff {
            // SQLITE_TOOBIG and SQLITE_MISMATCH.
            18 | 20 => Self::Value,
            // SQLITE_ERROR, for anything that is missing.
            1 => Self::Tables,
            _ => Self::Server,
        }
    }
}

/// Whether an error is the database's own answer that something is missing or not permitted, and no outage.
#[must_use]
pub fn is_refusal(error: &DbErr) -> bool {
    Concern::of(error) == Concern::Tables
}

/// Whether an error is the database's own answer that it cannot take the value it was asked with.
#[must_use]
pub fn is_about_value(error: &DbErr) -> bool {
    Concern::of(error) == Concern::Value
}

/// Whether an error is the database's own answer that this role may not read what is there.
pub(crate) fn is_denied(error: &DbErr) -> bool {
    let Some(error) = answer(error) else { return false };
    match error.try_downcast_ref::<MySqlDatabaseError>() {
        // Of a database, a table, a column, anything.
        Some(error) => [1044, 1142, 1143, 1227].contains(&error.number()),
        None => error.code().is_some_and(|code| code == "42501"),
    }
}

/// Whether an error is MySQL's answer that there is no such column, as opposed to a denial.
pub(crate) fn is_unknown_column(error: &DbErr) -> bool {
    answer(error).and_then(DatabaseError::code).is_some_and(|code| code == "42S22")
}

/// Whether a server that speaks `PostgreSQL`'s protocol answers that it lacks what it is asked for: a name, a feature
/// (`0A`), or something inside (`XX`).
pub(crate) fn is_unsupported(error: &DbErr) -> bool {
    let state = answer(error).and_then(DatabaseError::code);
    state.is_some_and(|state| is_lack(&state))
}

fn is_lack(state: &str) -> bool {
    matches!(state.get(..2), Some("0A" | "42" | "XX")) && state != POSTGRES_BUSY
}

/// Whether the database itself answered.
pub(crate) fn is_answer(error: &DbErr) -> bool {
    answer(error).is_some()
}

/// What an error says, in the database's own words where it answered: without what the driver wraps around them.
pub(crate) fn message(error: &DbErr) -> String {
    match (answer(error), error) {
        (Some(answer), _) => answer.message().to_owned(),
        (None, DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Exec(RuntimeErr::SqlxError(error))) => {
            error.to_string()
        }
        (None, error) => error.to_string(),
    }
}

/// The database's number or SQLSTATE for an error. Its message may repeat the value.
pub(crate) fn code(error: &DbErr) -> String {
    let Some(error) = answer(error) else { return "no code".to_owned() };
    match error.try_downcast_ref::<MySqlDatabaseError>() {
        Some(error) => format!("error {}", error.number()),
        None => error.code().map_or_else(|| "no code".to_owned(), |code| format!("error {code}")),
    }
}

/// What the database itself answered, if it did.
fn answer(error: &DbErr) -> Option<&dyn DatabaseError> {
    let (DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Exec(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    error.as_database_error()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c1_a_strangers_value_is_no_outage_and_an_outage_is_nobodys_value() {
        for (state, concern) in [
            ("22021", Concern::Value),  // a character that the encoding lacks
            ("22P05", Concern::Value),  // the same, translated
            ("22P02", Concern::Value),  // no uuid, no number
            ("42883", Concern::Tables), // no such operator
            ("42P01", Concern::Tables), // no such table
            ("42501", Concern::Tables), // not permitted
            ("42P05", Concern::Server), // a pooler's prepared statement
            ("26000", Concern::Server), // the same
            ("53300", Concern::Server), // too many connections
            ("57P01", Concern::Server), // shutting down
            ("57P03", Concern::Server), // starting up, in recovery
            ("57014", Concern::Server), // cancelled
            ("25006", Concern::Server), // read-only
            ("40001", Concern::Server), // in conflict with recovery
            ("3D000", Concern::Server), // no such database, yet
            ("", Concern::Server),
        ] {
            assert_eq!(Concern::of_postgres(state), concern, "{state}");
        }
        for (state, is_lacking) in [
            ("42883", true),  // no such function: PostgreSQL 9.6, others that speak its protocol
            ("42P01", true),  // no such catalogue
            ("0A000", true),  // Aurora's readers
            ("XX000", true),  // cannot be planned
            ("42P05", false), // a pooler's prepared statement
            ("57014", false), // cancelled
            ("57P01", false), // shutting down
            ("53300", false), // too many connections
            ("55000", false), // a view that is not filled yet
        ] {
            assert_eq!(is_lack(state), is_lacking, "{state}");
        }
        for (number, state, concern) in [
            (1267, "HY000", Concern::Value),
            (1300, "HY000", Concern::Value),
            (1366, "HY000", Concern::Value),
            (1366, "22007", Concern::Value),
            (1977, "HY000", Concern::Value),
            (3854, "HY000", Concern::Value),
            (3988, "HY000", Concern::Value),
            (1264, "22003", Concern::Value),
            (1054, "42S22", Concern::Tables), // no such column
            (1146, "42S02", Concern::Tables), // no such table
            (1142, "42000", Concern::Tables), // not permitted
            (1040, "08004", Concern::Server), // too many connections
            (1203, "42000", Concern::Server), // the same, of this user
            (1226, "42000", Concern::Server), // too much, of this user
            (1461, "42000", Concern::Server), // too many prepared statements
            (1053, "08S01", Concern::Server), // shutting down
            (1205, "HY000", Concern::Server), // a lock
            (1290, "HY000", Concern::Server), // read-only
            (1045, "28000", Concern::Server), // another password
            (1969, "70100", Concern::Server), // took too long
        ] {
            assert_eq!(Concern::of_mysql(number, state), concern, "{number} {state}");
        }
        for (code, concern) in [
            (18, Concern::Value),
            (20, Concern::Value),
            (1, Concern::Tables),
            (257, Concern::Tables), // no such collation
            (5, Concern::Server),   // busy
            (261, Concern::Server), // busy in recovery
            (8, Concern::Server),   // read-only
            (14, Concern::Server),  // cannot be opened
            (266, Concern::Server), // cannot be read
        ] {
            assert_eq!(Concern::of_sqlite(code), concern, "{code}");
        }
        let away = DbErr::Query(RuntimeErr::SqlxError(sea_orm::sqlx::Error::PoolTimedOut.into()));
        assert_eq!(Concern::of(&away), Concern::Server);
    }
}
