use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde_json::Value;

use super::column::{Column, ColumnType};
use crate::{
    fields::FieldKind,
    scalar::{Written, parse_date, read_boolean},
};

/// The last instant of the years that dates can name; PostgreSQL's `infinity` becomes it.
const LAST_MILLISECOND: i64 = 253_402_300_799_999;

/// Converts the text of a column, as [`Dialect::value`](super::Dialect::value) asks for it, to the value that Better Auth
/// would write; `None` if the text is no value of the column's kind. `zoneless` reads local time.
pub fn of_column(
    column: &Column,
    text: String,
    zoneless: impl FnOnce(NaiveDateTime) -> Option<DateTime<Utc>>,
) -> Option<Value> {
    match (&column.holds, column.kind) {
        // A date means: true since then.
        (ColumnType::Instant | ColumnType::Local, FieldKind::Boolean) => Some(true.into()),
        (ColumnType::Instant, _) => read_milliseconds(&text),
        (ColumnType::Local, _) => read_local(&text, zoneless),
        (_, kind) => read(kind, text, zoneless),
    }
}

fn read(
    kind: FieldKind,
    text: String,
    zoneless: impl FnOnce(NaiveDateTime) -> Option<DateTime<Utc>>,
) -> Option<Value> {
    match kind {
        FieldKind::String => Some(Value::String(text)),
        FieldKind::Number => serde_json::from_str(&text).ok().filter(Value::is_number),
        FieldKind::Boolean => read_boolean(&text).map(Value::Bool),
        FieldKind::Date => match parse_date(&text)? {
            Written::Instant(instant) => Some(written(instant)),
            Written::Local(shown) => zoneless(shown).map(written),
        },
        FieldKind::Json => serde_json::from_str(&text).ok(),
    }
}

/// A date that the database converted to milliseconds since 1970, as it knows the zone.
fn read_milliseconds(text: &str) -> Option<Value> {
    milliseconds(text).map(written)
}

/// The same for a date without a zone, which the database converted as if it were UTC.
fn read_local(text: &str, zoneless: impl FnOnce(NaiveDateTime) -> Option<DateTime<Utc>>) -> Option<Value> {
    let counted = milliseconds(text)?;
    // Infinity is the same in any zone.
    let instant = if text.ends_with("infinity") { Some(counted) } else { zoneless(counted.naive_utc()) };
    instant.map(written)
}

fn milliseconds(text: &str) -> Option<DateTime<Utc>> {
    let milliseconds = match text {
        "infinity" => LAST_MILLISECOND,
        "-infinity" => 0,
        _ => text.parse().ok()?,
    };
    DateTime::from_timestamp_millis(milliseconds)
}

fn written(date: DateTime<Utc>) -> Value {
    date.to_rfc3339_opts(SecondsFormat::Millis, true).into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::better_auth::tables::TimeZone;

    #[expect(clippy::unnecessary_wraps, reason = "others may read none")]
    fn utc(shown: NaiveDateTime) -> Option<DateTime<Utc>> {
        Some(shown.and_utc())
    }

    #[test]
    fn the_text_of_a_database_is_read_by_its_kind() {
        for (kind, text, value) in [
            (FieldKind::String, "1", json!("1")),
            (FieldKind::Number, "1.5", json!(1.5)),
            (FieldKind::Boolean, "1", json!(true)),
            (FieldKind::Boolean, "FALSE", json!(false)),
            (FieldKind::Boolean, "1.0", json!(true)),
            (FieldKind::Boolean, "2026-01-01T00:00:00.000Z", json!(true)),
            (FieldKind::Date, "1767225600123", json!("2026-01-01T00:00:00.123Z")),
            (FieldKind::Json, "[1,{\"a\":null}]", json!([1, {"a": null}])),
        ] {
            assert_eq!(read(kind, text.into(), utc), Some(value));
        }
        for (kind, text) in [(FieldKind::Number, "one"), (FieldKind::Boolean, "yes"), (FieldKind::Json, "{")]
        {
            assert_eq!(read(kind, text.into(), utc), None);
        }
    }

    #[test]
    fn f2_a_date_without_a_zone_is_read_in_the_zone_that_is_said() {
        let tokyo: TimeZone = "Asia/Tokyo".parse().expect("a zone");
        let zoneless = |shown| tokyo.instant(shown);
        let instant = Some(json!("2025-12-31T15:00:00.000Z"));
        assert_eq!(read(FieldKind::Date, "2026-01-01 00:00:00".into(), zoneless), instant);
        assert_eq!(read_local("1767225600000", zoneless), instant);
        assert_eq!(read_local("infinity", zoneless), Some(json!("9999-12-31T23:59:59.999Z")));
        let zoned = read(FieldKind::Date, "2026-01-01T00:00:00.000Z".into(), zoneless);
        assert_eq!(zoned, Some(json!("2026-01-01T00:00:00.000Z")));
    }

    #[test]
    fn what_the_database_knows_to_be_a_date_is_never_guessed() {
        // As seconds it would be the year 2969.
        assert_eq!(read_milliseconds("31536000000"), Some(json!("1971-01-01T00:00:00.000Z")));
        assert_eq!(read_milliseconds("infinity"), Some(json!("9999-12-31T23:59:59.999Z")));
        assert_eq!(read_milliseconds("-infinity"), Some(json!("1970-01-01T00:00:00.000Z")));
    }
}
