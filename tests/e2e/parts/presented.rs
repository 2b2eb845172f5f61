//! What a client puts into its request to be known.

use std::borrow::Cow;

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::signed_in::SignedIn;

/// A credential in its carrier.
#[derive(Clone, Debug)]
pub enum Presented {
    /// A stranger.
    Nothing,
    /// `Authorization: Bearer …`
    Bearer(String),
    /// `X-Session-Token: …`
    Header(String),
    /// `Cookie: …`, each `name=value`.
    Cookie(String),
}

impl Presented {
    /// The session cookie as the browser received it.
    pub fn cookie(session: &SignedIn) -> Self {
        Self::Cookie(format!("{}={}", session.cookie_name, session.cookie))
    }

    /// All cookies that the browser received.
    pub fn cookies(session: &SignedIn) -> Self {
        Self::Cookie(session.cookie_header())
    }

    /// The signed session token as bearer.
    pub fn bearer(session: &SignedIn) -> Self {
        Self::Bearer(session.bearer_signed.clone())
    }

    /// The header to send, if there is one.
    pub fn header(&self) -> Option<(&'static str, Cow<'_, str>)> {
        match self {
            Self::Nothing => None,
            Self::Bearer(token) => Some(("authorization", format!("Bearer {token}").into())),
            Self::Header(token) => Some(("x-session-token", token.into())),
            Self::Cookie(pair) => Some(("cookie", pair.into())),
        }
    }

    /// What nobody who reads a log may learn: tokens and signatures, as sent and decoded.
    pub fn secrets(&self) -> Vec<String> {
        let values: Vec<&str> = match self {
            Self::Nothing => Vec::new(),
            Self::Bearer(token) | Self::Header(token) => vec![token],
            Self::Cookie(pairs) => {
                pairs.split("; ").filter_map(|pair| Some(pair.split_once('=')?.1)).collect()
            }
        };
        let decoded = values.iter().map(|value| percent_decode_str(value).decode_utf8_lossy().into_owned());
        let both: Vec<String> = values.iter().map(|value| (*value).to_owned()).chain(decoded).collect();
        let parts = both.iter().flat_map(|value| value.split('.'));
        parts.filter(|part| part.len() >= 16).map(str::to_owned).collect()
    }
}

/// As Better Auth signs session tokens, and other texts: `<text>.<signature>`.
pub fn signed(secret: &str, text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("{text}.{}", BASE64_STANDARD.encode(hmac::sign(&key, text.as_bytes())))
}

/// Percent-encoded, as cookies and older bearers are.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// With each letter in the other case: what MariaDB takes for the same unless it is told.
pub fn swapped(text: &str) -> String {
    let swap = |letter: char| {
        if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
    };
    text.chars().map(swap).collect()
}

/// The same with the letter at `at` changed into another.
pub fn changed(text: &str, at: usize) -> String {
    let mut octets = text.as_bytes().to_vec();
    octets[at] = if octets[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(octets).expect("ASCII")
}
