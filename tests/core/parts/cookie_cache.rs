//! Cookie caches, written as Better Auth writes them and as it never would, in a request as a browser sends it.

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
pub use better_auth_verifier::test_kit::cookie_cache::{TYP, compact, hs256, jwe};
use better_auth_verifier::{Carriers, Credential, SessionCookieCache, test_kit::cookie_cache::AUDIENCE};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Method, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{ISSUER, signer::Signer};

pub const SECRET: &str = "a-secret-of-the-tests-0123456789-ABCDEFG";
pub const SESSION_COOKIE: &str = "__Secure-better-auth.session_token";
pub const CACHE_COOKIE: &str = "__Secure-better-auth.session_data";
/// The token of the session in [`content`].
pub const TOKEN: &str = "uGrJvFblN4Oy4dQKSk8ESBOEiokafC7t";

/// The strategy with the secret of the tests.
pub fn strategy() -> SessionCookieCache {
    SessionCookieCache::new(SECRET, [CACHE_COOKIE])
}

/// What a request with these cookies presents.
pub fn presented<'a>(cookies: impl IntoIterator<Item = (&'a str, &'a str)>) -> Credential {
    let pairs: Vec<_> = cookies.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, HeaderValue::try_from(pairs.join("; ")).expect("a header value"));
    let carriers = Carriers::new([SESSION_COOKIE]).with_companions([CACHE_COOKIE]);
    carriers.read(&Method::GET, &headers).expect("readable").expect("a session cookie")
}

/// The session cookie of [`TOKEN`] with this cache beside it.
pub fn beside(cache: &str) -> Credential {
    presented([(SESSION_COOKIE, &*signed(SECRET, TOKEN)), (CACHE_COOKIE, cache)])
}

/// The value of a session cookie.
pub fn signed(secret: &str, token: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = BASE64_STANDARD.encode(hmac::sign(&key, token.as_bytes()));
    format!("{token}.{}", utf8_percent_encode(&signature, NON_ALPHANUMERIC))
}

/// A session that lives for an hour, and its user.
pub fn content() -> Value {
    let end = (Utc::now() + TimeDelta::hours(1)).to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({
        "session": { "id": "s", "token": TOKEN, "userId": "ann", "expiresAt": end, "ipAddress": "" },
        "user": { "id": "ann", "name": "Ann", "email": "ann@example.test", "emailVerified": true, "image": null },
        "updatedAt": Utc::now().timestamp_millis(),
        "version": "1",
    })
}

/// The usual end of a cache.
pub fn soon() -> DateTime<Utc> {
    Utc::now() + TimeDelta::minutes(5)
}

/// The same cache in each form that the secret proves.
pub fn in_each_form(secret: &str, content: &Value, end: DateTime<Utc>) -> [(&'static str, String); 3] {
    [
        ("compact", compact(secret, &content.to_string(), end)),
        ("jwt", hs256(secret, &json!({ "alg": "HS256" }), &until(content, end))),
        ("jwe", jwe(secret, &json!({ "alg": "dir", "enc": "A256CBC-HS512" }), &until(content, end))),
    ]
}

/// The content with the claim that ends the cache.
pub fn until(content: &Value, end: DateTime<Utc>) -> Value {
    let mut content = content.clone();
    content["exp"] = json!(end.timestamp());
    content
}

/// The same cache, signed with a published key.
pub fn published(signer: &Signer) -> String {
    signer.sign(&header(signer).to_string(), &payload().to_string())
}

/// The header of one that a published key signs.
pub fn header(signer: &Signer) -> Value {
    json!({ "alg": signer.alg(), "kid": signer.kid(), "typ": TYP })
}

/// The payload of one that a published key signs.
pub fn payload() -> Value {
    let mut payload = until(&content(), soon());
    for (claim, value) in [
        ("sid", json!(TOKEN)),
        ("sub", json!("ann")),
        ("iat", json!(Utc::now().timestamp())),
        ("iss", json!(ISSUER)),
        ("aud", json!(AUDIENCE)),
    ] {
        payload[claim] = value;
    }
    payload
}
