use chrono::{DateTime, NaiveDateTime, Utc};
use sea_orm::DbBackend;

/// How a database writes things.
#[derive(Clone, Copy)]
pub struct Dialect(pub DbBackend);

impl Dialect {
    /// Names are quoted: they are camelCase, and `user` is a reserved word in PostgreSQL.
    pub fn quote(self, name: &str) -> String {
        if self.0 == DbBackend::MySql { format!("`{name}`") } else { format!("\"{name}\"") }
    }

    pub fn column(self, table: &str, name: &str) -> String {
        format!("{table}.{}", self.quote(name))
    }

    pub fn placeholder(self) -> &'static str {
        if self.0 == DbBackend::Postgres { "$1" } else { "?" }
    }

    pub fn text(self, expression: &str) -> String {
        let text = if self.0 == DbBackend::MySql { "CHAR" } else { "text" };
        format!("CAST({expression} AS {text})")
    }

    pub fn truth(self, expression: &str) -> String {
        self.text(&format!("CASE WHEN {expression} THEN 'true' ELSE 'false' END"))
    }

    /// Milliseconds since 1970 where the database knows dates; SQLite gives what it holds. Timestamps without a zone
    /// are UTC: so PostgreSQL reads them here, and so `database::open` reads those of MySQL.
    pub fn date(self, expression: &str) -> String {
        match self.0 {
            DbBackend::Postgres => {
                self.text(&format!("CAST(FLOOR(EXTRACT(EPOCH FROM {expression}) * 1000) AS bigint)"))
            }
            DbBackend::MySql => {
                let since = format!("TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', {expression})");
                self.text(&format!("{since} DIV 1000"))
            }
            _ => self.text(expression),
        }
    }
}

/// RFC 3339, a date without a zone taken as UTC, or a number of milliseconds or seconds since 1970.
pub fn read_date(text: &str) -> Option<DateTime<Utc>> {
    /// In milliseconds a day of 1973, in seconds the year 5138.
    const FIRST_MILLISECONDS: i64 = 100_000_000_000;
    if let Ok(number) = text.parse::<i64>() {
        return if number >= FIRST_MILLISECONDS {
            DateTime::from_timestamp_millis(number)
        } else {
            DateTime::from_timestamp(number, 0)
        };
    }
    let naive = || NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok();
    text.parse().ok().or_else(|| naive().map(|date| date.and_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_form_that_a_database_holds() {
        let expected = DateTime::from_timestamp_millis(1_767_225_600_123);
        for text in [
            "2026-01-01T00:00:00.123Z",
            "2026-01-01T01:00:00.123+01:00",
            "2026-01-01 00:00:00.123",
            "1767225600123",
        ] {
            assert_eq!(read_date(text), expected, "{text}");
        }
        assert_eq!(read_date("1767225600"), DateTime::from_timestamp(1_767_225_600, 0));
        for text in ["", "soon", "2026-13-01T00:00:00Z", "99999999999999999999"] {
            assert_eq!(read_date(text), None, "{text}");
        }
    }
}
