use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::better_auth::SessionJson;

/// The prefix of a user's marker, behind the prefix of all keys.
pub const REVOKED_BEFORE: &str = "revoked-sessions-before-";

/// A value in Redis that Better Auth does not write so. The text never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "Redis holds {found}, expected {expected}: check secondary_storage.key_prefix, and that Better Auth's \
     secondaryStorage writes texts as they are or as JSON.stringify makes them"
)]
pub struct UnreadableEntry {
    expected: &'static str,
    found: &'static str,
}

/// Reads the value of a session token: the session with its user, if it still has one.
pub fn session(text: &str) -> Result<Option<SessionJson>, UnreadableEntry> {
    #[derive(Deserialize)]
    struct Entry {
        session: Map<String, Value>,
        user: Option<Map<String, Value>>,
    }

    let unreadable = |found| UnreadableEntry { expected: "a JSON object with `session` and `user`", found };
    let text = unwrapped(text);
    let entry: Option<Entry> = serde_json::from_str(&text).map_err(|_| unreadable(form(&text)))?;
    Ok(entry.and_then(|Entry { session, user }| user.map(|user| SessionJson { session, user })))
}

/// Reads the marker of a user: sessions made before this instant are revoked, whatever else Redis holds.
pub fn revoked_before(text: Option<&str>) -> Result<Option<DateTime<Utc>>, UnreadableEntry> {
    let unreadable = |found| UnreadableEntry { expected: "milliseconds since 1970", found };
    let read = |text: &str| {
        let text = unwrapped(text);
        let milliseconds = text.parse().map_err(|_| unreadable(form(&text)))?;
        DateTime::from_timestamp_millis(milliseconds).ok_or_else(|| unreadable("a number beyond all dates"))
    };
    text.map(read).transpose()
}

/// The text that Better Auth has handed over. A storage written by hand may hold it as JSON once more
/// (`set: (key, value) => redis.set(key, JSON.stringify(value))`).
fn unwrapped(text: &str) -> Cow<'_, str> {
    if text.starts_with('"')
        && let Ok(inner) = serde_json::from_str(text)
    {
        return Cow::Owned(inner);
    }
    Cow::Borrowed(text)
}

/// The kind of a text, without the text itself.
fn form(text: &str) -> &'static str {
    match serde_json::from_str(text) {
        _ if text.is_empty() => "an empty text",
        Err(_) => "a text that is no JSON",
        Ok(Value::Null) => "null",
        Ok(Value::Bool(_)) => "true or false",
        Ok(Value::Number(_)) => "a JSON number",
        Ok(Value::String(_)) => "a JSON string",
        Ok(Value::Array(_)) => "a JSON array",
        Ok(Value::Object(_)) => "another JSON object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_without_a_user_is_none_and_anything_else_is_unreadable() {
        assert!(session(r#"{"session":{},"user":{}}"#).is_ok_and(|found| found.is_some()));
        assert!(session(r#"{"session":{},"user":null}"#).is_ok_and(|found| found.is_none()));
        assert!(session("null").is_ok_and(|found| found.is_none()));
        for text in ["", "{}", "[]", "1", r#"[{"token":"t","expiresAt":1}]"#, r#"{"user":{}}"#] {
            assert!(session(text).is_err(), "{text}");
        }
    }

    #[test]
    fn f9_one_more_layer_of_text_is_read() {
        let once = |text: &str| Value::from(text).to_string();
        let entry = r#"{"session":{"token":"t"},"user":{"id":"u"}}"#;
        assert!(session(&once(entry)).is_ok_and(|found| found.is_some()));
        assert!(session(&once("null")).is_ok_and(|found| found.is_none()));
        assert_eq!(revoked_before(Some(&once("1767225600000"))), revoked_before(Some("1767225600000")));
        // And no further.
        assert_eq!(
            session(&once(&once(entry))).map(|_| ()).map_err(|error| error.found),
            Err("a JSON string")
        );
        assert!(revoked_before(Some(&once(&once("1767225600000")))).is_err());
    }

    #[test]
    fn f9_otherwise_the_form_is_named_and_nothing_of_the_content() {
        for (text, form) in [
            ("", "an empty text"),
            ("hush", "a text that is no JSON"),
            (r#"{"hush"#, "a text that is no JSON"),
            ("12345", "a JSON number"),
            ("true", "true or false"),
            (r#""\"hush\"""#, "a JSON string"),
            (r#"["hush"]"#, "a JSON array"),
            (r#"{"user":"hush"}"#, "another JSON object"),
        ] {
            let told = session(text).map(|_| ()).expect_err(text).to_string();
            assert!(
                told.contains(form) && !told.contains("hush") && !told.contains("12345"),
                "{text}: {told}"
            );
        }
        for (text, form) in [
            ("hush", "a text that is no JSON"),
            (r#"["hush"]"#, "a JSON array"),
            ("9223372036854775807", "a number beyond all dates"),
        ] {
            let told = revoked_before(Some(text)).expect_err(text).to_string();
            assert!(told.contains(form) && !told.contains("hush"), "{text}: {told}");
        }
    }

    #[test]
    fn a_marker_is_an_instant() {
        assert_eq!(revoked_before(None), Ok(None));
        let marker = revoked_before(Some("1767225600000")).expect("a marker").expect("an instant");
        assert_eq!(marker.timestamp(), 1_767_225_600);
        assert!(revoked_before(Some("soon")).is_err());
    }
}
