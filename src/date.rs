//! Dates as databases and JSON hold them.

use chrono::{DateTime, NaiveDateTime, Utc};

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
    let naive = |form| NaiveDateTime::parse_from_str(text, form).ok();
    let naive = || naive("%Y-%m-%d %H:%M:%S%.f").or_else(|| naive("%Y-%m-%dT%H:%M:%S%.f"));
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
            "2026-01-01T00:00:00.123",
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
