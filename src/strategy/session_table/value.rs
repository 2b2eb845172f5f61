use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;

use crate::{
    fields::FieldKind,
    scalar::{read_date, read_truth},
};

/// The end of the years that dates are written in: what PostgreSQL's `infinity` becomes.
const LAST_MILLISECOND: i64 = 253_402_300_799_999;

/// The value that a database's text for it means, as Better Auth would write it; `None` where it means none of this
/// kind.
pub fn read(kind: FieldKind, text: String) -> Option<Value> {
    match kind {
        FieldKind::String => Some(Value::String(text)),
        FieldKind::Number => serde_json::from_str(&text).ok().filter(Value::is_number),
        FieldKind::Boolean => read_truth(&text).map(Value::Bool),
        FieldKind::Date => read_date(&text).map(written),
        FieldKind::Json => serde_json::from_str(&text).ok(),
    }
}

/// The date that the database counted in milliseconds since 1970, as it knew that it was one.
pub fn read_milliseconds(text: &str) -> Option<Value> {
    let milliseconds = match text {
        "infinity" => LAST_MILLISECOND,
        "-infinity" => 0,
        _ => text.parse().ok()?,
    };
    DateTime::from_timestamp_millis(milliseconds).map(written)
}

fn written(date: DateTime<Utc>) -> Value {
    date.to_rfc3339_opts(SecondsFormat::Millis, true).into()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_text_of_a_database_is_read_by_its_kind() {
        for (kind, text, value) in [
            (FieldKind::String, "1", json!("1")),
            (FieldKind::Number, "1.5", json!(1.5)),
            (FieldKind::Boolean, "1", json!(true)),
            (FieldKind::Boolean, "FALSE", json!(false)),
            (FieldKind::Boolean, "1.0", json!(true)),
            (FieldKind::Date, "1767225600123", json!("2026-01-01T00:00:00.123Z")),
            (FieldKind::Json, "[1,{\"a\":null}]", json!([1, {"a": null}])),
        ] {
            assert_eq!(read(kind, text.into()), Some(value));
        }
        for (kind, text) in [(FieldKind::Number, "one"), (FieldKind::Boolean, "yes"), (FieldKind::Json, "{")]
        {
            assert_eq!(read(kind, text.into()), None);
        }
    }

    #[test]
    fn what_the_database_knows_to_be_a_date_is_never_guessed() {
        // As seconds it would be the year 2969.
        assert_eq!(read_milliseconds("31536000000"), Some(json!("1971-01-01T00:00:00.000Z")));
        assert_eq!(read_milliseconds("infinity"), Some(json!("9999-12-31T23:59:59.999Z")));
        assert_eq!(read_milliseconds("-infinity"), Some(json!("1970-01-01T00:00:00.000Z")));
    }
}
