use std::time::Duration;

use super::{Cache, reader::Reader};

/// The `get_session` strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetSession {
    /// No answer by then is undecidable.
    pub timeout: Duration,
    /// Verdicts, unless switched off.
    pub cache: Option<Cache>,
}

impl GetSession {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            timeout: reader.positive_duration("get_session.timeout"),
            cache: Cache::read(reader, "get_session"),
        }
    }
}
