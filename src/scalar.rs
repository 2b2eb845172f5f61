//! Texts, dates and booleans as JSON and databases hold them.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::Value;

/// An id or another short text; ids that a database counts may be numbers.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A date in any form that [`read_date`] reads.
pub fn date(value: &Value) -> Option<DateTime<Utc>> {
    read_date(&text(value)?)
}

/// A boolean, or what stands for one where there are none.
pub fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(boolean) => Some(*boolean),
        Value::Number(number) => number.as_f64().map(|number| number != 0.0),
        Value::String(text) => read_boolean(text),
        _ => None,
    }
}

/// A boolean, from a database's text for it.
pub fn read_boolean(text: &str) -> Option<bool> {
    match text {
        // The last is what MySQL makes of a bit.
        "t" | "\u{1}" => Some(true),
        "f" | "\0" => Some(false),
        _ => match text.parse::<f64>() {
            Ok(number) => Some(number != 0.0),
            // A date means: true since then.
            Err(_) => text.to_ascii_lowercase().parse().ok().or_else(|| parse_date(text).map(|_| true)),
        },
    }
}

/// A date as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It names an instant.
    Instant(DateTime<Utc>),
    /// Local time: it names no zone.
    Local(NaiveDateTime),
}

/// RFC 3339, a date without a zone taken as UTC, or a number of milliseconds or seconds since 1970.
pub fn read_date(text: &str) -> Option<DateTime<Utc>> {
    Some(match parse_date(text)? {
        Written::Instant(instant) => instant,
        Written::Local(shown) => shown.and_utc(),
    })
}

/// A date in any form that [`read_date`] reads.
pub fn parse_date(text: &str) -> Option<Written> {
    /// In milliseconds a day of 1973, in seconds the year 5138.
    const FIRST_MILLISECONDS: i64 = 100_000_000_000;
    if let Ok(number) = text.parse::<i64>() {
        let instant = if number >= FIRST_MILLISECONDS {
            DateTime::from_timestamp_millis(number)
        } else {
            DateTime::from_timestamp(number, 0)
        };
        return instant.map(Written::Instant);
    }
    let naive = |form| NaiveDateTime::parse_from_str(text, form).ok().map(Written::Local);
    let zoned = text.parse().ok().map(Written::Instant);
    zoned.or_else(|| ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"].into_iter().find_map(naive))
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
            "2026-01-01T00:00:00.123",
            "1767225600123",
        ] {
            assert_eq!(read_date(text), expected, "{text}");
        }
        assert_eq!(read_date("1767225600"), DateTime::from_timestamp(1_767_225_600, 0));
        // The last date that can be counted is read, anything beyond it is not.
        let last = DateTime::<Utc>::MAX_UTC;
        assert_eq!(read_date(&last.to_rfc3339()), Some(last));
        for text in [
            "",
            "soon",
            "2026-13-01T00:00:00Z",
            "99999999999999999999",
            "9223372036854775807",
            "-9223372036854775808",
            "+262142-12-31T23:59:59-01:00",
        ] {
            assert_eq!(read_date(text), None, "{text}");
        }
    }
}
