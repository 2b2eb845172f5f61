//! Credentials that look right and are not, each another one.

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;

use crate::parts::{presented::Presented, signed_in::SignedIn};

/// The token of a session with a signature that Better Auth did not make.
pub fn session(session: &SignedIn, number: usize) -> Presented {
    Presented::Bearer(format!("{}.{}", session.token, BASE64_STANDARD.encode(octets::<32>(number))))
}

/// A JWT with a signature that Better Auth did not make.
pub fn jwt(jwt: &str, number: usize) -> Presented {
    let (signed, _) = jwt.rsplit_once('.').expect("three parts");
    Presented::Bearer(format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(octets::<64>(number))))
}

/// A JWT that says it is signed with a key which Better Auth never had.
pub fn jwt_of_unknown_key(jwt: &str, number: usize) -> Presented {
    let header = json!({ "alg": "EdDSA", "kid": format!("nobody-has-{number}") }).to_string();
    let (_, rest) = jwt.split_once('.').expect("three parts");
    Presented::Bearer(format!("{}.{rest}", BASE64_URL_SAFE_NO_PAD.encode(header)))
}

fn octets<const LENGTH: usize>(number: usize) -> [u8; LENGTH] {
    let mut octets = [7; LENGTH];
    octets[..size_of::<usize>()].copy_from_slice(&number.to_le_bytes());
    octets
}
