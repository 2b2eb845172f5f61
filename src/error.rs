//! Why a request has no identity: the terms that the log and the wire share.

mod denial;
mod limited;
mod refusal;
mod undecidable;
mod unverified;

pub use self::{
    denial::{Denial, Missing},
    limited::{LimitUnit, Limited},
    refusal::Refusal,
    undecidable::Undecidable,
    unverified::{PassedOver, Unverified},
};

/// The cause of an undecidable verdict.
pub(crate) const UNDECIDABLE: &str = "undecidable";

/// Why a request has no identity, or may not use it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// No credential was presented, and the route needs one.
    #[error("no credential was presented")]
    Missing,
    /// The `Authorization` header uses another scheme than Bearer.
    #[error("another scheme than Bearer was presented")]
    OtherScheme,
    /// The carrier itself is malformed; holds the fault.
    #[error("malformed request: {0}")]
    Malformed(&'static str),
    /// A credential was presented and did not verify.
    #[error(transparent)]
    Unverified(#[from] Unverified),
    /// The caller is known, and the policy says no.
    #[error("denied by policy {policy}: {denial}")]
    Denied {
        /// Name of the policy.
        policy: String,
        /// Its reason.
        denial: Denial,
    },
    /// The caller is known, and the policy could not find out whether they may pass.
    #[error("undecidable by policy {policy}: {reason}")]
    Undecided {
        /// Name of the policy.
        policy: String,
        /// Its reason.
        reason: Undecidable,
    },
    /// A route names a policy by its type, and the app has given no value of it. Holds the type.
    #[error("no value of the policy `{0}`: give it to the `Authenticator` by `.with_policy(value)`")]
    MissingPolicy(&'static str),
    /// A cookie came with an unsafe method from an origin that may not use it.
    #[error("cookie from an untrusted origin")]
    UntrustedOrigin,
    /// Too many requests.
    #[error("over the limit `{}`", .0.limit)]
    Limited(Limited),
}

impl AuthError {
    /// The stable name of this failure, as it stands in the log: that of the refusal, `undecidable`, `denied`, `limited` …
    #[must_use]
    pub fn cause(&self) -> &'static str {
        match self {
            Self::Missing => "missing-credential",
            Self::OtherScheme => "other-scheme",
            Self::MissingPolicy(_) => "missing-policy",
            Self::Malformed(_) => "malformed-request",
            Self::UntrustedOrigin => "untrusted-origin",
            Self::Limited(_) => "limited",
            Self::Denied { .. } => "denied",
            Self::Undecided { .. } => UNDECIDABLE,
            Self::Unverified(unverified) => match unverified.alone() {
                Unverified::Refused(refusal) => refusal.as_str(),
                Unverified::Undecidable(_) | Unverified::PassedOver(_) => UNDECIDABLE,
            },
        }
    }
}

impl From<Refusal> for AuthError {
    fn from(refusal: Refusal) -> Self {
        Self::Unverified(refusal.into())
    }
}
