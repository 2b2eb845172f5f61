//! The users of the table, each with one session, which every store of the deployment holds.

use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::parts::cookie_cache::content;

/// In good standing.
pub const ANN: &str = "ann";
/// Banned, without an end.
pub const BEA: &str = "bea";
/// Banned until an hour ago.
pub const BOB: &str = "bob";
/// Her session has expired.
pub const EVE: &str = "eve";
/// No store has a session of his.
pub const TOM: &str = "tom";

/// Those with a session.
pub const KNOWN: [&str; 4] = [ANN, BEA, BOB, EVE];

/// The token of the user's session, as long as Better Auth's.
pub fn token(user: &str) -> String {
    format!("{user:0<32}")
}

/// The members of the user that say whether there is a ban.
pub fn ban(user: &str) -> Value {
    match user {
        BEA => json!({ "banned": true, "banExpires": null }),
        BOB => json!({ "banned": true, "banExpires": an_hour_ago() }),
        _ => json!({}),
    }
}

/// The session with its user, as Better Auth writes them.
pub fn session(user: &str) -> Value {
    let mut whole = content();
    let end = if user == EVE { json!({ "expiresAt": an_hour_ago() }) } else { json!({}) };
    let session = json!({ "id": user, "token": token(user), "userId": user });
    whole["session"] = merged(merged(whole["session"].take(), session), end);
    whole["user"] = merged(merged(whole["user"].take(), json!({ "id": user })), ban(user));
    whole
}

/// The object with these members.
pub fn merged(mut object: Value, members: Value) -> Value {
    let Value::Object(members) = members else { panic!("an object was expected") };
    object.as_object_mut().expect("an object").extend(members);
    object
}

fn an_hour_ago() -> String {
    (Utc::now() - TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Millis, true)
}
