use std::{borrow::Cow, error::Error, fmt};

/// A denial: its reason, and what the caller lacks, where that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    reason: Cow<'static, str>,
    missing: Option<Missing>,
}

/// What a caller lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// A scope of the access token. The answer names it (RFC 6750, `insufficient_scope`), so that a client can ask for it.
    Scope(String),
    /// A permission, such as `project.create`. Stays in the log: asking for another token would not help.
    Permission(String),
}

impl Denial {
    /// `reason` is for the log; the client never sees it.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into(), missing: None }
    }

    /// Denied because the token lacks this scope.
    pub fn missing_scope(scope: impl Into<String>) -> Self {
        let missing = Some(Missing::Scope(scope.into()));
        Self { missing, ..Self::new("a scope is missing") }
    }

    /// Denied because the caller lacks this permission.
    pub fn missing_permission(permission: impl Into<String>) -> Self {
        let missing = Some(Missing::Permission(permission.into()));
        Self { missing, ..Self::new("a permission is missing") }
    }

    /// Why, for the log.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What the caller lacks, where that has a name.
    #[must_use]
    pub fn missing(&self) -> Option<&Missing> {
        self.missing.as_ref()
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        match &self.missing {
            Some(Missing::Scope(name) | Missing::Permission(name)) => write!(f, ": {name}"),
            None => Ok(()),
        }
    }
}

impl Error for Denial {}
