use std::time::Duration;

use crate::revocation::{FeedState, Hearing};

/// How late a strategy sees that a session has ended, at most, and what it hears that from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Freshness {
    /// `None`: not before the credential itself expires.
    pub within: Option<Duration>,
    /// What is listened to.
    pub feeds: Vec<FeedState>,
}

impl Freshness {
    /// It asks for every request.
    #[must_use]
    pub fn at_once() -> Self {
        Self { within: Some(Duration::ZERO), feeds: Vec::new() }
    }

    /// It believes what the credential says of itself.
    #[must_use]
    pub fn at_expiry() -> Self {
        Self { within: None, ..Self::at_once() }
    }

    /// The same behind a cache.
    pub(crate) fn remembered(self, max_age: Duration, feeds: Vec<FeedState>) -> Self {
        let heard_within = |feed: &FeedState| match feed.hearing {
            Hearing::Nothing => max_age,
            Hearing::Within(lag) => lag.min(max_age),
            Hearing::Lost => Duration::ZERO,
        };
        let is_lost = feeds.iter().any(|feed| feed.hearing == Hearing::Lost);
        let slowest = feeds.iter().map(heard_within).max().unwrap_or(max_age);
        let within = self.within.map(|within| if is_lost { within } else { within + slowest });
        Self { within, feeds }
    }
}
