//! Better Auth's user as JSON: the payload of its JWTs and the `user` of its sessions have the same members.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::{
    date::read_date,
    fields::{AdditionalFields, pick},
    identity::{Ban, User},
};

/// Reads the members that identities carry. Missing and `null` ones stay empty.
pub fn user_from(id: &str, members: &Map<String, Value>, fields: &AdditionalFields) -> User {
    let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
    let truth = |name: &str| members.get(name).and_then(truth);
    User {
        email: text("email"),
        email_verified: truth("emailVerified") == Some(true),
        name: text("name"),
        image: text("image"),
        role: text("role"),
        ban: is_banned(members.get("banned"))
            .then(|| Ban { expires_at: members.get("banExpires").and_then(date) }),
        anonymous: truth("isAnonymous"),
        two_factor_enabled: truth("twoFactorEnabled"),
        username: text("username"),
        display_username: text("displayUsername"),
        phone_number: text("phoneNumber"),
        phone_number_verified: truth("phoneNumberVerified"),
        fields: pick(fields.user(), members),
        ..User::new(id)
    }
}

/// An id or another short text; ids that a database counts may be numbers.
pub fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A date as RFC 3339 or in milliseconds since 1970. One that cannot be read counts as none: a ban then holds.
pub fn date(value: &Value) -> Option<DateTime<Utc>> {
    read_date(&text(value)?)
}

/// What is there and cannot be read is a ban.
fn is_banned(banned: Option<&Value>) -> bool {
    banned.is_some_and(|banned| !banned.is_null() && truth(banned) != Some(false))
}

/// Some databases have no booleans and say 1.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(number) => number.as_f64().map(|number| number != 0.0),
        Value::String(text) => truth_in(text),
        _ => None,
    }
}

/// What a database's text for a boolean says.
pub fn truth_in(text: &str) -> Option<bool> {
    match text {
        // The last is what MySQL makes of a bit.
        "t" | "\u{1}" => Some(true),
        "f" | "\0" => Some(false),
        _ => match text.parse::<f64>() {
            Ok(number) => Some(number != 0.0),
            Err(_) => text.to_ascii_lowercase().parse().ok(),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user(members: &Value) -> User {
        let fields = AdditionalFields::new(["plan".parse().expect("a field")], []).expect("no token");
        user_from("u", members.as_object().expect("an object"), &fields)
    }

    #[test]
    fn facts_of_the_plugins_are_read_and_absent_ones_stay_unknown() {
        let known = user(&json!({
            "name": "Ann", "emailVerified": true, "image": null, "role": "admin", "isAnonymous": false,
            "twoFactorEnabled": 1, "username": "ann", "phoneNumber": "+1", "phoneNumberVerified": null,
        }));
        assert_eq!(known.name.as_deref(), Some("Ann"));
        assert!(known.email_verified && known.image.is_none() && known.has_role("admin"));
        assert_eq!((known.anonymous, known.two_factor_enabled), (Some(false), Some(true)));
        assert_eq!((known.username.as_deref(), known.phone_number.as_deref()), (Some("ann"), Some("+1")));
        assert_eq!(known.phone_number_verified, None);
        assert_eq!(user(&json!({})), User::new("u"));
    }

    #[test]
    fn only_listed_fields_are_carried() {
        let user = user(&json!({"plan": "pro", "secretNote": "x"}));
        assert_eq!(Value::Object(user.fields), json!({"plan": "pro"}));
    }

    #[test]
    fn c2_a_ban_is_read_and_an_unreadable_end_is_none() {
        let now = Utc::now();
        let banned = |end: Value| user(&json!({"banned": true, "banExpires": end})).is_banned(now);
        assert!(banned(json!(null)) && banned(json!("soon")) && banned(json!("2999-01-01T00:00:00.000Z")));
        assert!(!banned(json!("2020-01-01T00:00:00.000Z")) && !banned(json!(1_577_836_800_000_i64)));
        assert!(
            user(&json!({"banned": 1})).is_banned(now) && !user(&json!({"banned": false})).is_banned(now)
        );
    }
}
