//! Better Auth's data formats: session tokens with their signatures, sessions and users as JSON, cookie caches, secrets,
//! tables. If a new version of Better Auth changes a format, only this module changes.

pub(crate) mod cookie_cache;
mod secrets;
mod session_json;
mod session_token;
mod signing_keys;
#[cfg(feature = "session-table")]
pub(crate) mod tables;
pub(crate) mod taken_back;
mod user_json;

pub use self::secrets::Secrets;
pub(crate) use self::{
    session_json::SessionJson, session_token::SessionToken, signing_keys::SigningKeys, user_json::user_from,
};
