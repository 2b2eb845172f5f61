use chrono::{DateTime, Utc};

use super::{Header, Jws};
use crate::judgement::Trace;

/// A JWS as somebody presents it at a certain time, its header read already.
pub struct Presented<'a> {
    pub header: &'a Header,
    pub parts: Jws<'a>,
    /// The time at which it is judged.
    pub now: DateTime<Utc>,
    /// Hears of every check.
    pub trace: &'a Trace,
}
