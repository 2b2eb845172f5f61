//! Better Auth's signed session token: `<token>.<base64 of HMAC-SHA256(secret, token)>`, percent-encoded or not.

use percent_encoding::percent_decode_str;

use crate::{
    credential::{Carrier, Credential},
    error::Refusal,
};

/// Base64 of 32 bytes, padded.
const SIGNATURE_LENGTH: usize = 44;

/// Better Auth's tokens have 32 characters; whoever makes longer ones stays far below. Percent-encoded, one without a bound
/// would be more than Better Auth's server reads.
const MAX_TOKEN: usize = 512;

/// A session token as a credential holds it, taken apart by its form alone.
#[derive(Debug, PartialEq, Eq)]
pub enum SessionToken {
    /// With Better Auth's signature; not checked yet.
    Signed {
        /// The session token.
        token: String,
        /// Its signature in base64.
        signature: String,
    },
    /// The bare session token, as it stands in the database.
    Raw(String),
}

impl SessionToken {
    /// Reads a session token; `None` where the credential is of another kind.
    ///
    /// A raw token is one only as bearer or header, never as a cookie: Better Auth never sets such a cookie.
    pub fn read(credential: &Credential, raw_tokens: bool) -> Option<Self> {
        if credential.carrier() == Carrier::ApiKey {
            return None;
        }
        let decoded = decode(credential.token());
        match decoded.rsplit_once('.') {
            Some((token, signature)) if is_signature(signature) => {
                Some(Self::Signed { token: token.into(), signature: signature.into() })
            }
            None if raw_tokens && credential.carrier() != Carrier::Cookie && is_token(&decoded) => {
                Some(Self::Raw(decoded))
            }
            _ => None,
        }
    }

    /// Whether this can be a session token at all: printable ASCII, and not too much of it.
    ///
    /// A signature does not say so. Better Auth signs other texts with the same secret, some of which strangers choose
    /// (`popupNonce`), and a database may choke on one: no store is asked for it.
    pub fn check(&self) -> Result<(), Refusal> {
        let token = self.token();
        let is_possible =
            (1..=MAX_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
        is_possible.then_some(()).ok_or(Refusal::Malformed)
    }

    /// The session token itself, as it stands in the database.
    pub fn token(&self) -> &str {
        match self {
            Self::Signed { token, .. } | Self::Raw(token) => token,
        }
    }
}

/// As Better Auth's own cookie parser: quotes stripped, percent-decoded once if that yields text.
fn decode(value: &str) -> String {
    let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    percent_decode_str(value).decode_utf8().map_or_else(|_| value.into(), Into::into)
}

fn is_signature(text: &str) -> bool {
    text.len() == SIGNATURE_LENGTH
        && text.ends_with('=')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
}

/// Better Auth's own ids and tokens are ASCII letters and digits; a custom generator may add these two.
fn is_token(text: &str) -> bool {
    (1..=MAX_TOKEN).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "uGrJvFblN4Oy4dQKSk8ESBOEiokafC7t";
    const SIGNATURE: &str = "jpr44ee2+bipNtvKhjPckHVJwnIkw8Zp6ODfXSDMp00=";

    fn bearer(value: &str, raw_tokens: bool) -> Option<SessionToken> {
        SessionToken::read(&Credential::bearer(value), raw_tokens)
    }

    #[test]
    fn signed_tokens_are_read_encoded_decoded_and_quoted() {
        let decoded = format!("{TOKEN}.{SIGNATURE}");
        let encoded = decoded.replace('+', "%2B").replace('=', "%3D");
        for value in [&encoded, &decoded, &format!("\"{encoded}\"")] {
            let read = SessionToken::read(&Credential::cookie("c", value), false);
            assert_eq!(read, Some(SessionToken::Signed { token: TOKEN.into(), signature: SIGNATURE.into() }));
        }
    }

    #[test]
    fn signatures_of_another_form_are_not_claimed() {
        let decoded = format!("{TOKEN}.{SIGNATURE}");
        let unpadded = decoded.trim_end_matches('=');
        let url_safe = decoded.replace('+', "-").replace('/', "_");
        for value in [unpadded, &url_safe, "a.b", ".", "", "a.b.c"] {
            assert_eq!(bearer(value, true), None, "{value}");
        }
    }

    #[test]
    fn c1_a_text_that_is_no_session_token_is_claimed_and_malformed() {
        let check = |token: &str| {
            bearer(&format!("{token}.{SIGNATURE}"), false).expect("claimed by its form").check()
        };
        for token in [TOKEN, "!", "~", "{\"nonce\":\"a.b\"}", &"t".repeat(MAX_TOKEN)] {
            assert_eq!(check(token), Ok(()), "{token}");
        }
        for token in [
            "",
            "😀",
            "%F0%9F%98%80",
            "é",
            " ",
            "a b",
            "a%00b",
            "a%0Ab",
            "\u{7f}",
            &"t".repeat(MAX_TOKEN + 1),
        ] {
            assert_eq!(check(token), Err(Refusal::Malformed), "{token}");
        }
    }

    #[test]
    fn raw_tokens_are_read_only_where_configured_and_never_from_a_cookie() {
        assert_eq!(bearer(TOKEN, true), Some(SessionToken::Raw(TOKEN.into())));
        assert_eq!(bearer(TOKEN, false), None);
        assert_eq!(bearer(&"t".repeat(MAX_TOKEN + 1), true), None);
        assert_eq!(SessionToken::read(&Credential::cookie("c", TOKEN), true), None);
        assert_eq!(SessionToken::read(&Credential::api_key(TOKEN), true), None);
    }
}
