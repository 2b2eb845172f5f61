use crate::{error::Unverified, identity::Identity};

/// A strategy's decision about a credential that it claims.
pub type Verdict = Result<Identity, Unverified>;

/// The decision, and the strategy that made it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Judgement {
    /// The strategy that decided; `None` if none claimed the credential.
    pub strategy: Option<&'static str>,
    /// Its decision.
    pub verdict: Verdict,
}

impl Judgement {
    /// The decision of this strategy.
    pub(crate) fn by(strategy: &'static str, verdict: Verdict) -> Self {
        Self { strategy: Some(strategy), verdict }
    }

    /// Whether it is undecidable.
    pub(crate) fn is_undecidable(&self) -> bool {
        matches!(self.verdict, Err(Unverified::Undecidable(_)))
    }
}
