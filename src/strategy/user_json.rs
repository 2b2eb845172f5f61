//! Better Auth's user as JSON: the payload of its JWTs and the `user` of get-session have the same members.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::identity::{Ban, User};

/// Reads the members that identities carry. Missing and `null` ones stay empty.
pub fn user_from(id: &str, members: &Map<String, Value>) -> User {
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
    User {
        email: text("email"),
        email_verified: is_true(members.get("emailVerified")),
        name: text("name"),
        image: text("image"),
        role: text("role"),
        ban: is_true(members.get("banned"))
            .then(|| Ban { expires_at: end_of_ban(members.get("banExpires")) }),
        ..User::new(id)
    }
}

/// Some databases have no booleans and say 1.
fn is_true(value: Option<&Value>) -> bool {
    value.is_some_and(|value| value == true || value == 1)
}

/// An end that cannot be read counts as none: a ban then holds.
fn end_of_ban(value: Option<&Value>) -> Option<DateTime<Utc>> {
    match value? {
        Value::String(text) => text.parse().ok(),
        Value::Number(milliseconds) => DateTime::from_timestamp_millis(milliseconds.as_i64()?),
        _ => None,
    }
}
