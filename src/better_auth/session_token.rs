//! Better Auth's session token, signed (`<token>.<base64 of HMAC-SHA256(secret, token)>`, percent-encoded or not) or bare.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};

use crate::error::Refusal;

/// Base64 of 32 bytes, padded.
const SIGNATURE_LENGTH: usize = 44;

/// Better Auth's tokens have 32 characters, and custom generators stay far below this. A longer one, percent-encoded, could
/// exceed what Better Auth's server reads.
const MAX_TOKEN: usize = 512;

/// A session token taken apart by its form alone: nothing is checked yet.
#[derive(Clone, Debug)] // `SecretString` redacts itself
pub struct SessionToken {
    /// Percent-decoded.
    text: SecretString,
    /// Where the token ends; a signed one goes on with a dot and its signature.
    end: usize,
}

impl SessionToken {
    /// Reads a text that looks like a session token with Better Auth's signature.
    pub fn signed(value: &str) -> Option<Self> {
        let text = decode(value);
        let end = text.len().checked_sub(SIGNATURE_LENGTH + 1)?;
        let signature = text.as_bytes()[end..].strip_prefix(b".")?;
        is_signature(signature).then(|| Self { end, text: text.into_owned().into() })
    }

    /// Reads a text that looks like a bare session token, as it stands in the database.
    pub fn raw(value: &str) -> Option<Self> {
        let text = decode(value);
        is_raw(&text).then(|| Self { end: text.len(), text: text.into_owned().into() })
    }

    /// Refuses a text that cannot be a session token: a token is printable ASCII of limited length.
    ///
    /// A valid signature does not prove this: Better Auth signs other texts with the same secret, some of them chosen by
    /// strangers (`popupNonce`). A database may choke on such a text, so no store is asked for it.
    pub fn validate(&self) -> Result<(), Refusal> {
        let token = self.token();
        let is_possible =
            (1..=MAX_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
        is_possible.then_some(()).ok_or(Refusal::Malformed)
    }

    /// The characters found in a session token and those expected, in words.
    pub fn characters_in_words(token: Option<&Self>) -> (String, String) {
        let found = token.map_or_else(
            || "no session token".to_owned(),
            |token| format!("{} characters or characters that no session token has", token.token().len()),
        );
        (found, format!("1 to {MAX_TOKEN} printable ASCII characters"))
    }

    /// The session token itself, as it stands in the database.
    pub fn token(&self) -> &str {
        &self.text.expose_secret()[..self.end]
    }

    /// Its signature in base64, if it has one.
    pub fn signature(&self) -> Option<&str> {
        self.text.expose_secret()[self.end..].strip_prefix('.')
    }
}

/// Reads as Better Auth's own cookie parser does: strips quotes, and percent-decodes once if that yields text.
fn decode(value: &str) -> Cow<'_, str> {
    let value = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    if !value.contains('%') {
        return value.into();
    }
    percent_decode_str(value).decode_utf8().unwrap_or(value.into())
}

fn is_signature(text: &[u8]) -> bool {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    text.ends_with(b"=") && text.iter().all(is_base64)
}

/// Better Auth's own ids and tokens are ASCII letters and digits; a custom generator may add these two.
fn is_raw(text: &str) -> bool {
    (1..=MAX_TOKEN).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "uGrJvFblN4Oy4dQKSk8ESBOEiokafC7t";
    const SIGNATURE: &str = "jpr44ee2+bipNtvKhjPckHVJwnIkw8Zp6ODfXSDMp00=";

    #[test]
    fn signed_tokens_are_read_encoded_decoded_and_quoted() {
        let decoded = format!("{TOKEN}.{SIGNATURE}");
        let encoded = decoded.replace('+', "%2B").replace('=', "%3D");
        for value in [&encoded, &decoded, &format!("\"{encoded}\"")] {
            let read = SessionToken::signed(value).expect("a signed token");
            assert_eq!((read.token(), read.signature()), (TOKEN, Some(SIGNATURE)));
        }
    }

    #[test]
    fn signatures_of_another_form_are_not_read() {
        let decoded = format!("{TOKEN}.{SIGNATURE}");
        let unpadded = decoded.trim_end_matches('=');
        let url_safe = decoded.replace('+', "-").replace('/', "_");
        for value in [unpadded, &url_safe, "a.b", ".", "", "a.b.c"] {
            assert!(SessionToken::signed(value).is_none(), "{value}");
            assert!(SessionToken::raw(value).is_none(), "{value}");
        }
    }

    #[test]
    fn c1_a_text_that_is_no_session_token_is_read_and_malformed() {
        let validate = |token: &str| {
            SessionToken::signed(&format!("{token}.{SIGNATURE}")).expect("read by its form").validate()
        };
        for token in [TOKEN, "!", "~", "{\"nonce\":\"a.b\"}", &"t".repeat(MAX_TOKEN)] {
            assert_eq!(validate(token), Ok(()), "{token}");
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
            assert_eq!(validate(token), Err(Refusal::Malformed), "{token}");
        }
    }

    #[test]
    fn a_raw_token_has_no_signature_and_bounds() {
        let raw = SessionToken::raw(TOKEN).expect("a raw token");
        assert_eq!((raw.token(), raw.signature()), (TOKEN, None));
        assert!(SessionToken::raw(&"t".repeat(MAX_TOKEN + 1)).is_none());
    }
}
