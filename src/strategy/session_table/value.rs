use chrono::SecondsFormat;
use serde_json::Value;

use crate::{date::read_date, fields::FieldKind};

/// The value that a database's text for it means, as Better Auth would write it; `None` where it means none of this
/// kind.
pub fn read(kind: FieldKind, text: String) -> Option<Value> {
    match kind {
        FieldKind::String => Some(Value::String(text)),
        FieldKind::Number => serde_json::from_str(&text).ok().filter(Value::is_number),
        // The last are what MySQL makes of a bit.
        FieldKind::Boolean => match text.as_str() {
            "true" | "t" | "1" | "\u{1}" => Some(Value::Bool(true)),
            "false" | "f" | "0" | "\0" => Some(Value::Bool(false)),
            _ => None,
        },
        FieldKind::Date => {
            read_date(&text).map(|date| date.to_rfc3339_opts(SecondsFormat::Millis, true).into())
        }
        FieldKind::Json => serde_json::from_str(&text).ok(),
    }
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
            (FieldKind::Boolean, "false", json!(false)),
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
}
