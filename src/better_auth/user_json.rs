//! Better Auth's user as JSON: the payload of its JWTs and the `user` of its sessions have the same members.

use serde_json::{Map, Value};

use crate::{
    fields::{AdditionalFields, pick},
    identity::{Ban, User},
    scalar::{boolean, date},
};

/// Reads the members that identities carry. Missing and `null` ones stay empty.
pub fn user_from(id: &str, members: &Map<String, Value>, fields: &AdditionalFields) -> User {
    let text_of = |name: &str| members.get(name).and_then(Value::as_str).map(Into::into);
    let boolean_of = |name: &str| members.get(name).and_then(boolean);
    User {
        email: text_of("email"),
        email_verified: boolean_of("emailVerified") == Some(true),
        name: text_of("name"),
        image: text_of("image"),
        role: members.get("role").and_then(role).map(Into::into),
        ban: is_banned(members.get("banned"))
            // An end that cannot be read counts as none: the ban then holds.
            .then(|| Ban { expires_at: members.get("banExpires").and_then(date) }),
        anonymous: boolean_of("isAnonymous"),
        two_factor_enabled: boolean_of("twoFactorEnabled"),
        username: text_of("username"),
        display_username: text_of("displayUsername"),
        phone_number: text_of("phoneNumber"),
        phone_number_verified: boolean_of("phoneNumberVerified"),
        fields: pick(fields.user(), members),
        ..User::new(id)
    }
}

/// The admin plugin's comma-separated text. A list of roles, as JSON or as text that is JSON, means the same.
fn role(value: &Value) -> Option<String> {
    match value {
        Value::Array(roles) => {
            let roles: Vec<_> = roles.iter().filter_map(Value::as_str).collect();
            Some(roles.join(",")).filter(|roles| !roles.is_empty())
        }
        Value::String(text) if text.starts_with('[') => serde_json::from_str(text)
            .map_or_else(|_| Some(text.clone()), |list: Vec<Value>| role(&list.into())),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// An unreadable value is a ban.
fn is_banned(banned: Option<&Value>) -> bool {
    banned.is_some_and(|banned| !banned.is_null() && boolean(banned) != Some(false))
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
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
    fn a_list_of_roles_has_one_meaning() {
        let role = |role: Value| user(&json!({ "role": role })).role;
        for list in [json!("admin,editor"), json!(["admin", "editor"]), json!("[\"admin\", \"editor\"]")] {
            assert_eq!(role(list.clone()).as_deref(), Some("admin,editor"), "{list}");
        }
        for none in
            [json!(null), json!([]), json!("[]"), json!([null]), json!([["admin"]]), json!({"admin": 1})]
        {
            assert_eq!(role(none.clone()), None, "{none}");
        }
        assert_eq!(role(json!("[admin")).as_deref(), Some("[admin"));
    }

    #[test]
    fn an_address_is_verified_since_a_date_or_not_at_all() {
        let verified = |value: Value| user(&json!({ "emailVerified": value })).email_verified;
        for value in
            [json!("2026-01-01T00:00:00.000Z"), json!(1_767_225_600_123_i64), json!(true), json!("1")]
        {
            assert!(verified(value.clone()), "{value}");
        }
        for value in [json!(null), json!(false), json!(0), json!("soon"), json!("")] {
            assert!(!verified(value.clone()), "{value}");
        }
    }

    #[test]
    fn only_listed_fields_are_carried() {
        let user = user(&json!({"plan": "pro", "secretNote": "x"}));
        assert_eq!(Value::Object((*user.fields).clone()), json!({"plan": "pro"}));
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
