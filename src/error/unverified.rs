use std::{error::Error, fmt, time::Duration};

use super::{Refusal, Undecidable};

/// The verdict of a strategy on a credential that it claimed and did not verify.
///
/// `Clone`, because one look-up may answer many waiting requests.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unverified {
    /// We know that it is not valid: 401.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// We could not find out: 503, never 401 (an outage would sign users out) and never a pass.
    #[error("undecidable: {0}")]
    Undecidable(#[from] Undecidable),
    /// The data beside the token, such as a cookie cache, proves nothing. The next strategy that claims the credential
    /// decides.
    #[error("passed over: {0}")]
    PassedOver(PassedOver),
}

/// The verdict on a credential that was passed over, for the case that no other strategy claims it.
#[derive(Clone, Debug)]
pub struct PassedOver(Box<Unverified>);

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Unverified {
    /// This credential cannot be decided, although others may be: for instance because the answer to a look-up makes no sense.
    pub fn undecidable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Undecidable::of_credential(source).into()
    }

    /// The store cannot take the credential's text, so it can never be looked up. Counts as a failure of the client that sent
    /// it.
    pub fn about_value(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Undecidable::of_value(source).into()
    }

    /// The store or service behind the strategy is out of reach, for every credential: a time-out, an outage.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Undecidable::unavailable(source).into()
    }

    /// Marks an outage as partial: other credentials may be decidable, as only a part of the store or service is out of reach, or
    /// perhaps only this credential is affected.
    #[must_use]
    pub fn in_part(self) -> Self {
        self.map(Undecidable::in_part)
    }

    /// Says when it is worth asking again. A refusal stays as it is.
    #[must_use]
    pub fn retry_after(self, pause: Option<Duration>) -> Self {
        self.map(|undecidable| undecidable.retried_after(pause))
    }

    fn map(self, change: impl FnOnce(Undecidable) -> Undecidable) -> Self {
        match self {
            Self::Undecidable(undecidable) => change(undecidable).into(),
            Self::PassedOver(PassedOver(alone)) => alone.map(change).passed_over(),
            refused @ Self::Refused(_) => refused,
        }
    }

    /// Leaves the credential to the next strategy that claims it. This is the verdict only where there is none.
    ///
    /// For data beside the token, such as a cookie cache: it may prove nothing although the token is good. Never for the
    /// token itself, or strategies would be tried until one says yes.
    #[must_use]
    pub fn passed_over(self) -> Self {
        match self {
            passed_over @ Self::PassedOver(_) => passed_over,
            alone => Self::PassedOver(PassedOver(Box::new(alone))),
        }
    }

    /// The verdict if no other strategy claims the credential: this one, or the one that was passed over.
    #[must_use]
    pub fn alone(&self) -> &Self {
        match self {
            Self::PassedOver(PassedOver(alone)) => alone,
            alone => alone,
        }
    }
}
