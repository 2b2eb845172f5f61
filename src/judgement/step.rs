use std::{fmt, time::Duration};

use crate::{credential::NotMine, error::Refusal, strategy::Verdict};

/// One step of a judgement. Prints as a sentence, without the identity that was verified.
#[derive(Clone)]
#[non_exhaustive]
pub enum Step<'a> {
    /// A strategy does not claim the credential; the next one is asked.
    NotClaimed {
        /// The strategy.
        strategy: &'static str,
        /// Why not.
        because: NotMine,
    },
    /// A strategy claims the credential and begins to decide.
    Claimed {
        /// The strategy.
        strategy: &'static str,
    },
    /// A cache answers with what was verified before, so no check follows.
    Remembered {
        /// The strategy inside the cache.
        strategy: &'static str,
        /// How long ago the look-up began.
        age: Duration,
    },
    /// A strategy checked something.
    Checked(Check),
    /// A strategy has decided, or passed the credential over.
    Decided {
        /// The strategy.
        strategy: &'static str,
        /// What it decided.
        verdict: &'a Verdict,
        /// How long that took.
        took: Duration,
    },
}

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

impl fmt::Debug for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotClaimed { strategy, because } => write!(f, "{strategy} does not claim it: {because}"),
            Self::Claimed { strategy } => write!(f, "{strategy} claims it"),
            Self::Remembered { strategy, age } => {
                write!(f, "{strategy} verified it {age:?} ago, and the cache remembers it")
            }
            Self::Checked(check) => check.fmt(f),
            Self::Decided { strategy, verdict, took } => {
                match verdict {
                    Ok(_) => write!(f, "{strategy}: verified")?,
                    Err(unverified) => write!(f, "{strategy}: {unverified}")?,
                }
                write!(f, ", after {took:?}")
            }
        }
    }
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
