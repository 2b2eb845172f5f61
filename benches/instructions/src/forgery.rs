//! Tokens that are refused, made of a good one.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

/// The same with a key id that nobody has published, another one for each number.
pub fn with_unknown_key(token: &str, number: usize) -> String {
    let (header, rest) = token.split_once('.').expect("three parts");
    let mut header: Value = serde_json::from_slice(&decoded(header)).expect("JSON");
    header["kid"] = format!("unknown-key-{number:04}").into();
    format!("{}.{rest}", BASE64_URL_SAFE_NO_PAD.encode(header.to_string()))
}

/// The same with one bit of the signature changed, another one for each number.
pub fn with_bad_signature(token: &str, number: usize) -> String {
    let (message, signature) = token.rsplit_once('.').expect("three parts");
    let mut signature = decoded(signature);
    // The first half is a point, most of which are none on the curve; the second is a number.
    let second = signature.len() / 2;
    signature[second + number % 8] ^= 1 << (number / 8 % 8);
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn decoded(part: &str) -> Vec<u8> {
    BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url")
}
