use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{Header, Jws};
use crate::{error::Refusal, judgement::Trace};

/// A presented JWS, with the time of its judgement. Its header is read already.
pub struct Presented<'a> {
    pub header: &'a Header,
    pub parts: Jws<'a>,
    /// The time at which it is judged.
    pub now: DateTime<Utc>,
    /// Receives every check.
    pub trace: &'a Trace,
}

impl Presented<'_> {
    /// Decodes the signature.
    pub fn signature(&self) -> Result<Vec<u8>, Refusal> {
        self.trace.only_if_refused("third part of the token", self.parts.signature(), || {
            ("something else".to_owned(), "a signature in base64url without padding".to_owned())
        })
    }

    /// Decodes the payload.
    pub fn payload(&self) -> Result<Map<String, Value>, Refusal> {
        self.trace.only_if_refused("second part of the token", self.parts.payload(), || {
            let expected = "a JSON object in base64url without padding, no member of which is repeated";
            ("something else".to_owned(), expected.to_owned())
        })
    }

    /// Refuses a header with a parameter that must be understood, or that changes what was signed (RFC 7515 section 4.1.11).
    pub fn check_extensions(&self) -> Result<(), Refusal> {
        let has_none = !self.header.has_extension;
        let outcome = has_none.then_some(()).ok_or(Refusal::UnsupportedHeader);
        self.trace.check("no `crit` or `b64` in the header", outcome)
    }
}
