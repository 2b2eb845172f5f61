use std::time::Duration;

use crate::clock::Clock;

/// When keys are fetched, and how long they are trusted.
#[derive(Clone, Copy)]
pub struct Timing {
    /// Between two fetches for unknown keys.
    pub cooldown: Duration,
    /// Between two fetches when all is well.
    pub refresh: Duration,
    /// After the last good fetch.
    pub max_stale: Duration,
    /// A wall clock: unlike `Instant` it advances while the machine sleeps.
    pub clock: Clock,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            cooldown: Duration::from_secs(10),
            refresh: Duration::from_mins(5),
            max_stale: Duration::from_hours(1),
            clock: Clock::System,
        }
    }
}
