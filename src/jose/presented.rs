use chrono::{DateTime, Utc};

use super::{Header, Jws};
use crate::{error::Refusal, judgement::Trace};

/// A JWS as somebody presents it at a certain time, its header read already.
pub struct Presented<'a> {
    pub header: &'a Header,
    pub parts: Jws<'a>,
    /// The time at which it is judged.
    pub now: DateTime<Utc>,
    /// Hears of every check.
    pub trace: &'a Trace,
}

impl Presented<'_> {
    /// Refuses a header with a parameter that must be understood, or that changes what was signed (RFC 7515 section 4.1.11).
    pub fn check_extensions(&self) -> Result<(), Refusal> {
        let has_none = !self.header.has_extension;
        let outcome = has_none.then_some(()).ok_or(Refusal::UnsupportedHeader);
        self.trace.check("no `crit` or `b64` in the header", outcome)
    }
}
