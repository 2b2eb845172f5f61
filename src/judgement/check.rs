use std::fmt;

use crate::error::Refusal;

/// One check of a credential.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Check {
    /// What was checked: `issuer`, `signature of the session token` …
    pub what: &'static str,
    /// Whether it passed, else the cause.
    pub outcome: Result<(), Refusal>,
    /// What stood there, where that may be shown. Not believed before the signature is.
    pub found: Option<String>,
    /// What should stand there.
    pub expected: Option<String>,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, outcome, found, expected } = self;
        match outcome {
            Ok(()) => write!(f, "{what}: right")?,
            Err(cause) => write!(f, "{what}: {cause}")?,
        }
        if let Some(found) = found {
            write!(f, ", found {found}")?;
        }
        if let Some(expected) = expected {
            write!(f, ", expected {expected}")?;
        }
        Ok(())
    }
}
