//! Session tokens, signed as Better Auth signs them.

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};

/// The cookie that holds them.
pub const COOKIE: &str = "better-auth.session_token";
/// Better Auth's secret.
pub const SECRET: &str = "a-secret-of-the-benchmarks-0123456789";

/// The signed token of session `number`, as a bearer.
#[must_use]
pub fn bearer(number: u64) -> String {
    let token = format!("{number:0>32}");
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    format!("{token}.{}", BASE64_STANDARD.encode(hmac::sign(&key, token.as_bytes())))
}

/// The same as the value of a cookie.
#[must_use]
pub fn cookie_value(number: u64) -> String {
    bearer(number).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}
