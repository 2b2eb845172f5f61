//! Signed and encrypted JSON (RFC 7515 to 7519): the forms, the keys, and the rules for the content. The strategies decide
//! whom to trust.

mod algorithm;
mod claims;
mod ed25519;
mod jwe;
mod jws;
mod key;
pub(crate) mod key_set;
mod key_source;
mod presented;

pub use self::{
    algorithm::{Algorithm, UnknownAlgorithm},
    key_source::KeySource,
};
pub(crate) use self::{
    claims::{Claims, Expectation},
    jwe::{DirectKey, Jwe},
    jws::{Header, Jws},
    key_source::{Progress, Unproven, Verifier},
    presented::Presented,
};

/// HMAC with SHA-256 (RFC 7518 section 3.2).
pub(crate) const HS256: &str = "HS256";
