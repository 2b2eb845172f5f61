use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{credential::Carrier, error::AuthError};

const SESSION_TOKEN: HeaderName = HeaderName::from_static("x-session-token");
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The characters of a token, except `=`, which may only end it.
const IN_TOKEN: [bool; 256] = {
    let mut is_in = [false; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        is_in[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'%');
        byte += 1;
    }
    is_in
};

/// How a header's value becomes a token.
type Reading = fn(&HeaderValue) -> Result<&str, AuthError>;

/// The headers that may hold a token, in the order in which they are read.
pub const HEADERS: [(Carrier, HeaderName, Reading); 3] = [
    (Carrier::Authorization, header::AUTHORIZATION, bearer),
    (Carrier::Header, SESSION_TOKEN, |value| token68(text(value)?)),
    (Carrier::ApiKey, API_KEY, text),
];

/// The value of a header that may occur once.
pub fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, AuthError> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(AuthError::Malformed("a credential header is repeated"));
    }
    Ok(first)
}

fn text(value: &HeaderValue) -> Result<&str, AuthError> {
    value.to_str().map_err(|_| AuthError::Malformed("a credential header has characters beyond ASCII"))
}

/// RFC 6750 section 2.1; the scheme's name in any case (RFC 9110 section 11.1).
fn bearer(value: &HeaderValue) -> Result<&str, AuthError> {
    let value = text(value)?;
    let blank = value.bytes().position(|byte| matches!(byte, b' ' | b'\t'));
    let (scheme, rest) = value.split_at(blank.unwrap_or(value.len()));
    if scheme.is_empty() {
        return Err(AuthError::Malformed("the Authorization header is empty"));
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(AuthError::OtherScheme);
    }
    token68(rest.trim_matches(' '))
}

/// RFC 9110's token68, and `%`: Better Auth up to 1.4 hands out its signed bearer percent-encoded.
fn token68(token: &str) -> Result<&str, AuthError> {
    let body = token.trim_end_matches('=');
    if body.is_empty() || !body.bytes().all(|byte| IN_TOKEN[usize::from(byte)]) {
        return Err(AuthError::Malformed("the credential header does not hold exactly one token"));
    }
    Ok(token)
}
