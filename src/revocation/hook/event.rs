use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};

use crate::revocation::MAX_NAME;

/// Something that has happened at Better Auth. Only [`Hook::verify`](super::Hook::verify) makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Names the event, the same however often it is sent.
    pub id: String,
    /// The session, where it is about one that has an id.
    pub session: Option<String>,
    /// The user concerned, or the session's owner.
    pub user: String,
    /// When, if tokens issued before are over. A session that has only changed leaves them as they are.
    pub cut_off_at: Option<DateTime<Utc>>,
}

/// As the plugin writes it.
#[derive(Deserialize)]
struct Body {
    #[serde(rename = "type")]
    kind: Kind,
    timestamp: DateTime<Utc>,
    data: Data,
}

#[derive(Deserialize, PartialEq, Eq)]
enum Kind {
    #[serde(rename = "session.updated")]
    SessionUpdated,
    #[serde(rename = "session.deleted")]
    SessionDeleted,
    #[serde(rename = "user.updated")]
    UserUpdated,
    #[serde(rename = "user.deleted")]
    UserDeleted,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(default, deserialize_with = "given")]
    session_id: Option<String>,
    user_id: String,
}

impl Event {
    /// The event of this id whose body this is. The error is what is wrong with it.
    pub(super) fn read(id: &str, body: &[u8]) -> Result<Self, String> {
        let Body { kind, timestamp, data } =
            serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let Data { session_id: session, user_id: user } = data;
        let named = [("sessionId", session.as_deref()), ("userId", Some(user.as_str()))];
        for (member, name) in named.into_iter().filter_map(|(member, name)| Some((member, name?))) {
            // What is remembered by name is bounded in bytes, too.
            if name.len() > MAX_NAME {
                return Err(format!("`data.{member}` has more than {MAX_NAME} bytes"));
            }
            // PostgreSQL keeps no NUL in a text.
            if name.contains('\0') {
                return Err(format!("`data.{member}` contains NUL"));
            }
        }
        let cut_off_at = (kind != Kind::SessionUpdated).then_some(timestamp);
        Ok(Self { id: id.to_owned(), session, user, cut_off_at })
    }
}

/// A member that is absent or a text; `null` is neither.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &str) -> Result<Event, String> {
        let at = "2026-01-01T00:00:00.000Z";
        let body = format!(r#"{{"type":"session.deleted","timestamp":"{at}","data":{data}}}"#);
        Event::read("1", body.as_bytes())
    }

    #[test]
    fn names_are_texts_that_every_store_can_keep() {
        let event = read(r#"{"sessionId":"s1","userId":"ann","reason":"banned"}"#).expect("an event");
        assert_eq!((event.session.as_deref(), event.user.as_str()), (Some("s1"), "ann"));
        for data in
            [r#"{"sessionId":null,"userId":"ann"}"#, r#"{"userId":"a\u0000"}"#, r#"{"userId":7}"#, "{}"]
        {
            read(data).expect_err(data);
        }
    }
}
