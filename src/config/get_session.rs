use std::time::Duration;

use super::{Cache, Outage, reader::Reader};

/// The `get_session` strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetSession {
    /// No answer by then is undecidable.
    pub timeout: Duration,
    /// Verdicts, unless switched off.
    pub cache: Option<Cache>,
    /// What is done while it cannot be asked.
    pub outage: Outage,
}

impl GetSession {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            timeout: reader.positive_duration("get_session.timeout"),
            cache: Cache::read(reader, "get_session"),
            outage: Outage::read(reader, "get_session"),
        }
    }
}
