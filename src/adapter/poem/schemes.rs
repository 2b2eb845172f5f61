//! The carriers as an OpenAPI document shows them, alternatives to each other.
//!
//! Written by hand: `#[derive(SecurityScheme)]` on an enum of schemes reports the last one's error, and its `fallback`
//! lets a refused credential through as anonymous.

use poem_openapi::registry::{MetaSecurityScheme, Registry};

/// Order here is order in the document.
pub const NAMES: [&str; 3] = ["bearer", "session_cookie", "session_header"];

const NOTHING: MetaSecurityScheme = MetaSecurityScheme {
    ty: "apiKey",
    description: None,
    name: None,
    key_in: None,
    scheme: None,
    bearer_format: None,
    flows: None,
    openid_connect_url: None,
};

const BEARER: MetaSecurityScheme = MetaSecurityScheme {
    ty: "http",
    description: Some(
        "A JWT, from Better Auth's `GET /token` (`authClient.token()`), or a signed session token, which sign-in returns in \
         the header `set-auth-token` when the plugin `bearer` is on. Enter it without the word `Bearer`.",
    ),
    scheme: Some("bearer"),
    ..NOTHING
};

const COOKIE: MetaSecurityScheme = MetaSecurityScheme {
    description: Some(
        "Better Auth's session cookie. Nothing to fill in: no script may set it, and a browser that is signed in on the same \
         site sends it by itself. Over https its name begins with `__Secure-`; a deployment may have chosen another. \
         Requests that change something need an `Origin` that is trusted, or come from the same origin.",
    ),
    key_in: Some("cookie"),
    name: Some("better-auth.session_token"),
    ..NOTHING
};

const HEADER: MetaSecurityScheme = MetaSecurityScheme {
    description: Some(
        "A JWT or a signed session token, for when `Authorization` is already used for something else.",
    ),
    key_in: Some("header"),
    name: Some("X-Session-Token"),
    ..NOTHING
};

/// Puts the schemes into the document.
pub fn register(registry: &mut Registry) {
    for (name, scheme) in NAMES.into_iter().zip([BEARER, COOKIE, HEADER]) {
        registry.create_security_scheme(name, scheme);
    }
}
