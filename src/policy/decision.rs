use std::error::Error;

use crate::error::{Denial, Undecidable};

/// What a policy decides of a caller. `Ok` permits.
pub type Decision = Result<(), Unpermitted>;

/// Why a policy does not permit.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unpermitted {
    /// The caller may not: 403.
    #[error("denied: {0}")]
    Denied(#[from] Denial),
    /// The policy could not find out: 503, never 403 and never a pass.
    #[error("undecidable: {0}")]
    Undecidable(#[from] Undecidable),
}

impl Unpermitted {
    /// The source behind the policy is out of reach, or its answer makes no sense. `source` is for the log alone.
    pub fn undecidable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Undecidable::unavailable(source).into()
    }
}
