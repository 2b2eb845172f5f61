use std::fmt;

use crate::config::Faults;

/// Why an app cannot start, one line for each fault, as the service prints them. `Debug` writes the same lines, as that is
/// what `main` shows of an error.
pub enum StartError {
    /// All that is wrong with the configuration.
    Configuration(Faults),
    /// The configuration is in form, but something that it names is not as it has to be, such as a database that lacks its tables.
    /// What is only out of reach may come back, and is no error.
    Unfit(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(faults) => faults.fmt(f),
            Self::Unfit(reason) => f.write_str(reason),
        }
    }
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for StartError {}

impl From<Faults> for StartError {
    fn from(faults: Faults) -> Self {
        Self::Configuration(faults)
    }
}

impl From<anyhow::Error> for StartError {
    /// With all that led to it.
    fn from(error: anyhow::Error) -> Self {
        Self::Unfit(format!("{error:#}"))
    }
}
