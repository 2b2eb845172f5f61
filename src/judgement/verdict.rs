use crate::{error::Unverified, identity::Identity};

/// What a strategy decides about a credential it claims.
pub type Verdict = Result<Identity, Unverified>;

/// Who decided, and what.
#[derive(Debug)]
#[non_exhaustive]
pub struct Judgement {
    /// The strategy that decided; `None` when nobody claimed the credential.
    pub strategy: Option<&'static str>,
    /// What it decided.
    pub verdict: Verdict,
}

impl Judgement {
    /// What this strategy decided.
    pub(crate) fn by(strategy: &'static str, verdict: Verdict) -> Self {
        Self { strategy: Some(strategy), verdict }
    }

    /// Whether it could not be found out.
    pub(crate) fn is_undecidable(&self) -> bool {
        matches!(self.verdict, Err(Unverified::Undecidable(_)))
    }
}
