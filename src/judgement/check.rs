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
    /// The value found, if it may be shown. It is unverified until the signature is checked.
    pub found: Option<String>,
    /// The expected value.
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
