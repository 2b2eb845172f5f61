//! What the service has to say of somebody, by what Better Auth itself says.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use super::{better_auth::BetterAuth, signed_in::SignedIn};

/// The members of a user that identities carry unasked.
const USER: [&str; 12] = [
    "id",
    "email",
    "emailVerified",
    "name",
    "image",
    "role",
    "isAnonymous",
    "twoFactorEnabled",
    "username",
    "displayUsername",
    "phoneNumber",
    "phoneNumberVerified",
];

/// The same of a session.
const SESSION: [&str; 5] = ["id", "expiresAt", "impersonatedBy", "activeOrganizationId", "activeTeamId"];

/// What a strategy that knows sessions says of this one.
pub async fn known_by(strategy: &str, better_auth: &BetterAuth, session: &SignedIn) -> Value {
    // As browsers ask it would prolong the session where that is due.
    let known = better_auth.get("/get-session?disableRefresh=true&disableCookieCache=true", session).await;
    assert_eq!(known["user"]["id"], session.user_id);
    identity(strategy, &known)
}

/// What a strategy that knows sessions says of this answer of get-session.
pub fn identity(strategy: &str, known: &Value) -> Value {
    let mut session = present(&SESSION, &known["session"]);
    // Better Auth hands on what SQLite holds.
    if let Some(at) = session["expiresAt"].as_i64().and_then(DateTime::from_timestamp_millis) {
        session["expiresAt"] = at.to_rfc3339_opts(SecondsFormat::Millis, true).into();
    }
    let expires_at = session["expiresAt"].clone();
    json!({
        "user": present(&USER, &known["user"]),
        "session": session,
        "strategy": strategy,
        "expiresAt": expires_at,
    })
}

/// What the strategy `jwt` says of this one.
pub fn known_by_jwt(jwt: &str) -> Value {
    let claims = claims(jwt);
    let expires_at = DateTime::from_timestamp(claims["exp"].as_i64().expect("a number"), 0).expect("a date");
    json!({
        "user": present(&USER, &claims),
        "strategy": "jwt",
        "expiresAt": expires_at.to_rfc3339_opts(SecondsFormat::Millis, true),
    })
}

/// The claims of a JWT.
pub fn claims(jwt: &str) -> Value {
    let payload = jwt.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).expect("base64")).expect("JSON")
}

/// These members, as far as they are there; absent is not null.
pub fn present(members: &[&str], found: &Value) -> Value {
    let present = members.iter().filter(|name| !found[**name].is_null());
    present.map(|name| ((*name).to_owned(), found[*name].clone())).collect()
}
