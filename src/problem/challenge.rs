//! `WWW-Authenticate`, as RFC 6750 section 3 has it.

use http::HeaderValue;

use crate::error::{AuthError, Missing, Unverified};

const BARE: HeaderValue = HeaderValue::from_static(r#"Bearer realm="better-auth""#);
const INVALID_TOKEN: HeaderValue = HeaderValue::from_static(r#"Bearer error="invalid_token""#);
const INVALID_REQUEST: HeaderValue = HeaderValue::from_static(r#"Bearer error="invalid_request""#);
const INSUFFICIENT_SCOPE: HeaderValue = HeaderValue::from_static(r#"Bearer error="insufficient_scope""#);

/// The challenge of a failure, if another credential would help.
pub fn of(error: &AuthError) -> Option<HeaderValue> {
    match error {
        AuthError::Missing | AuthError::OtherScheme => Some(BARE),
        AuthError::Malformed(_) => Some(INVALID_REQUEST),
        AuthError::Unverified(unverified) => match unverified.alone() {
            Unverified::Undecidable(_) => None,
            Unverified::Refused(_) | Unverified::PassedOver(_) => Some(INVALID_TOKEN),
        },
        AuthError::Denied { denial, .. } => match denial.missing() {
            Some(Missing::Scope(scope)) => Some(insufficient_scope(scope)),
            Some(Missing::Permission(_)) | None => None,
        },
        _ => None,
    }
}

/// A scope that RFC 6749 section 3.3 does not allow is left out.
fn insufficient_scope(scope: &str) -> HeaderValue {
    let is_valid = scope.bytes().all(|byte| matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~'))
        && !scope.is_empty();
    let named = is_valid.then(|| format!(r#"Bearer error="insufficient_scope", scope="{scope}""#));
    named.and_then(|text| HeaderValue::try_from(text).ok()).unwrap_or(INSUFFICIENT_SCOPE)
}

#[cfg(test)]
mod tests {
    use super::insufficient_scope;

    #[test]
    fn a_missing_scope_is_named_where_it_is_one() {
        assert_eq!(
            insufficient_scope("todos.read"),
            r#"Bearer error="insufficient_scope", scope="todos.read""#
        );
        for odd in ["", "a\"b", "a\\b", "\u{e4}", "a\r\nb"] {
            assert_eq!(insufficient_scope(odd), r#"Bearer error="insufficient_scope""#, "{odd:?}");
        }
    }
}
