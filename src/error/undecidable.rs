use std::{error::Error, fmt, sync::Arc, time::Duration};

/// Why something could not be found out.
#[derive(Clone, Debug)]
pub struct Undecidable {
    source: Arc<dyn Error + Send + Sync>,
    concern: Concern,
    retry_after: Option<Duration>,
}

/// Which credentials are affected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Concern {
    /// An outage.
    Everybody,
    /// An outage of a part, or perhaps of one credential alone.
    Some,
    /// One credential, through no fault of its client.
    Credential,
    /// One credential, because of its content.
    Value,
}

impl Undecidable {
    fn new(concern: Concern, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Arc::from(source.into()), concern, retry_after: None }
    }

    /// One credential cannot be decided, through no fault of its client.
    pub(super) fn of_credential(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Concern::Credential, source)
    }

    /// One credential cannot be decided because of its content.
    pub(super) fn of_value(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Concern::Value, source)
    }

    /// The database, the service or the keys that the strategy trusts are out of reach for every credential. `source` is for
    /// the log.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Concern::Everybody, source)
    }

    /// Says when it is worth asking again.
    #[must_use]
    pub fn with_retry_after(self, pause: Duration) -> Self {
        self.retried_after(Some(pause))
    }

    pub(super) fn retried_after(self, retry_after: Option<Duration>) -> Self {
        Self { retry_after, ..self }
    }

    /// An outage of all becomes one of a part. What concerns one credential stays as it is.
    pub(super) fn in_part(self) -> Self {
        match self.concern {
            Concern::Everybody => Self { concern: Concern::Some, ..self },
            Concern::Some | Concern::Credential | Concern::Value => self,
        }
    }

    /// Whether the store or service behind the strategy is out of reach, at least [in part](super::Unverified::in_part). Only
    /// then may a cache serve stale entries: otherwise anyone able to make their own look-up fail could revive an ended session.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        matches!(self.concern, Concern::Everybody | Concern::Some)
    }

    /// Whether every other credential would be undecidable, too. A breaker counts only these: otherwise one odd credential
    /// would be enough to shut out everybody.
    #[must_use]
    pub fn is_total_outage(&self) -> bool {
        self.concern == Concern::Everybody
    }

    /// Whether the credential itself is the cause: the store cannot take its text. This counts as a failure of the client that
    /// sent it, and never as an outage.
    #[must_use]
    pub fn is_about_value(&self) -> bool {
        self.concern == Concern::Value
    }

    /// When it is worth asking again, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Undecidable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl Error for Undecidable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.source()
    }
}
