//! Better Auth's cookie cache (`session_data`) in all the forms that it writes.

mod compact;
mod encryption_key;
mod opened;

pub use self::{
    encryption_key::encryption_key,
    opened::{Opened, Proof},
};
use crate::{
    error::Refusal,
    jose::{DirectKey, HS256, Jwe, Jws},
};

/// Better Auth's default version.
pub const DEFAULT_VERSION: &str = "1";
/// The audience of a cache that a published key has signed.
pub const AUDIENCE: &str = "better-auth:session-cache";

const PUBLISHED_TYPE: &str = "better-auth.session-cache+jwt";

/// Opens a cache. The text shows its form: `compact` has no dot, a `jwt` two, a `jwe` four.
pub fn open(text: &str, keys: &[DirectKey]) -> Result<Opened, Refusal> {
    #[cfg(test)]
    crate::tally::count("cookie cache opened");
    if !text.contains('.') {
        return compact::open(text);
    }
    match Jwe::split(text) {
        Some(encrypted) => Opened::read(serde_json::from_slice(&encrypted.open(keys)?), Proof::Encrypted),
        None => signed(text),
    }
}

/// For a cache that cannot be opened: what was found and what is expected, in words.
pub fn in_words(text: &str, cause: Option<Refusal>) -> (String, String) {
    let form = match text.split('.').count() {
        1 => "a compact cache",
        3 => "a signed cache of three parts",
        5 => "an encrypted cache",
        _ => "no cache that Better Auth writes",
    };
    let fault = match cause {
        Some(Refusal::UnknownKey | Refusal::BadSignature) => "encrypted with another secret, or changed",
        Some(Refusal::AlgorithmNotAllowed | Refusal::UnsupportedHeader) => {
            "of an algorithm that Better Auth does not use"
        }
        _ => "damaged",
    };
    (
        format!("{form}, {fault}"),
        "a cache that Better Auth made with the secret that is known here".to_owned(),
    )
}

fn signed(text: &str) -> Result<Opened, Refusal> {
    let token = Jws::split(text).ok_or(Refusal::Malformed)?;
    let header = token.header()?;
    let proof = match header.typ.as_deref() {
        Some(PUBLISHED_TYPE) => Proof::Published { header, text: text.to_owned() },
        None if header.has_extension => return Err(Refusal::UnsupportedHeader),
        None if header.alg == HS256 => {
            Proof::Secret { message: token.message.to_vec(), signature: token.signature()? }
        }
        _ => return Err(Refusal::AlgorithmNotAllowed),
    };
    Opened::read(serde_json::from_value(token.payload()?.into()), proof)
}
