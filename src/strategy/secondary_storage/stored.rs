use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::strategy::session_json::SessionJson;

/// What the key of a user's marker begins with, behind the prefix of all keys.
pub const REVOKED_BEFORE: &str = "revoked-sessions-before-";

/// What Redis holds is not what Better Auth writes. The text never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Redis holds {0} that Better Auth does not write: is the key prefix right?")]
pub struct UnreadableEntry(&'static str);

/// Reads what Redis holds for a session token: the session with its user, if it still has one.
pub fn session(text: &str) -> Result<Option<SessionJson>, UnreadableEntry> {
    #[derive(Deserialize)]
    struct Entry {
        session: Map<String, Value>,
        user: Option<Map<String, Value>>,
    }

    let entry: Option<Entry> = serde_json::from_str(text).map_err(|_| UnreadableEntry("a session"))?;
    Ok(entry.and_then(|Entry { session, user }| user.map(|user| SessionJson { session, user })))
}

/// Reads the marker of a user: sessions made before this instant are revoked, whatever else Redis holds.
pub fn revoked_before(text: Option<&str>) -> Result<Option<DateTime<Utc>>, UnreadableEntry> {
    let read = |text: &str| DateTime::from_timestamp_millis(text.parse().ok()?);
    text.map(|text| read(text).ok_or(UnreadableEntry("a marker of revocation"))).transpose()
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
    fn a_marker_is_an_instant() {
        assert_eq!(revoked_before(None), Ok(None));
        let marker = revoked_before(Some("1767225600000")).expect("a marker").expect("an instant");
        assert_eq!(marker.timestamp(), 1_767_225_600);
        assert!(revoked_before(Some("soon")).is_err());
    }
}
