use std::time::Duration;

use crate::revocation::{FeedState, Hearing};

/// How late a strategy notices that a session has ended, as things are now, and from which feeds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Freshness {
    /// `None`: not before the credential itself expires.
    pub within: Option<Duration>,
    /// Whether it checks tokens against [`Revocations`](crate::Revocations).
    pub honours_revocations: bool,
    /// Its feeds.
    pub feeds: Vec<FeedState>,
}

impl Freshness {
    /// It does a look-up for every request.
    #[must_use]
    pub fn at_once() -> Self {
        Self { within: Some(Duration::ZERO), honours_revocations: false, feeds: Vec::new() }
    }

    /// It trusts the credential's own content.
    #[must_use]
    pub fn at_expiry() -> Self {
        Self { within: None, ..Self::at_once() }
    }

    /// The same, but it checks tokens against [`Revocations`](crate::Revocations).
    #[must_use]
    pub fn honouring_revocations(self) -> Self {
        Self { honours_revocations: true, ..self }
    }

    /// The same behind a cache that serves entries for `stale` longer during an outage.
    pub(crate) fn remembered(self, max_age: Duration, stale: Duration, feeds: Vec<FeedState>) -> Self {
        let oldest = max_age.saturating_add(stale);
        let heard_within = |feed: &FeedState| match feed.hearing {
            Hearing::Listening(lag) => lag.min(oldest),
            // The cache is bypassed then, except for stale entries.
            Hearing::Lost if stale.is_zero() => Duration::ZERO,
            Hearing::Unsupported | Hearing::Lost => oldest,
        };
        let slowest = feeds.iter().map(heard_within).max().unwrap_or(oldest);
        Self {
            within: self.within.map(|within| within.saturating_add(slowest)),
            honours_revocations: true,
            feeds,
        }
    }

    /// The later of two, if either may answer.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            within: self.within.zip(other.within).map(|(one, two)| one.max(two)),
            honours_revocations: self.honours_revocations && other.honours_revocations,
            feeds: self.feeds.into_iter().chain(other.feeds).collect(),
        }
    }
}
