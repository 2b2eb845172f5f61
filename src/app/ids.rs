use uuid::{Builder, Uuid};

use crate::{Clock, chance::Chance};

/// Makes ids: UUIDs of version 7 (RFC 9562), which sort by time.
#[derive(Clone, Copy, Debug)]
pub struct Ids {
    pub clock: Clock,
    pub chance: Chance,
}

impl Default for Ids {
    fn default() -> Self {
        Self { clock: Clock::System, chance: Chance::SYSTEM }
    }
}

impl Ids {
    /// A new, unique id.
    pub fn next(self) -> Uuid {
        self.with(&self.chance.bytes())
    }

    /// An id of this moment with these bytes for chance.
    pub fn with(self, chance: &[u8; 10]) -> Uuid {
        let milliseconds = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(milliseconds, chance).into_uuid()
    }
}
