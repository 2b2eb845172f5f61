use chrono::{DateTime, Utc};

/// The current time, as an argument: a replayed judgement sees the same time again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// This machine's clock.
    #[default]
    System,
    /// A clock that stands still.
    Fixed(DateTime<Utc>),
}

impl Clock {
    /// The current time by this clock.
    #[must_use]
    pub fn now(self) -> DateTime<Utc> {
        match self {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads this machine's clock")]
            Self::System => Utc::now(),
            Self::Fixed(at) => at,
        }
    }
}
