//! Why a request has no identity: the words of the log and of the wire meet here.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use crate::policy::Denial;

/// Exact cause of a refusal: for logs and metrics, never for the response body, where every cause reads the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// No strategy in use claims a credential of this form.
    Unclaimed,
    /// Its form is broken: parts, encoding or JSON.
    Malformed,
    /// It is longer than any token that is looked at.
    TooLong,
    /// Two cookies of the accepted name carry different values.
    AmbiguousCookie,
    /// Its signature does not verify.
    BadSignature,
    /// Its algorithm is not among the configured ones.
    AlgorithmNotAllowed,
    /// A header parameter that this verifier must not ignore (`crit`, `b64`; RFC 7515 section 4.1.11).
    UnsupportedHeader,
    /// The key set does not hold its key.
    UnknownKey,
    /// It names no key and several could be meant, or its key names no algorithm and several are accepted for it.
    AmbiguousKey,
    /// The key is of another algorithm than the token says.
    KeyMismatch,
    /// A registered claim is missing or of the wrong type; the claim's name is inside.
    InvalidClaim(&'static str),
    /// Its issuer is not one of ours.
    WrongIssuer,
    /// It is meant for somebody else.
    WrongAudience,
    /// It is not valid yet.
    NotYetValid,
    /// It lives longer than the configured ceiling.
    TooLongLived,
    /// It is bound to a key that the caller must prove to hold (`cnf`), so it is no bearer token.
    SenderConstrained,
    /// It has expired.
    Expired,
    /// No live session has it.
    UnknownSession,
    /// Its cookies belong to two sessions.
    AnotherSession,
    /// It was issued before its user's sessions were revoked.
    Revoked,
    /// It is a token to get tokens with, and no access token.
    WrongTokenType,
    /// Its user is banned.
    Banned,
    /// A cause of a strategy outside this crate.
    Other(&'static str),
}

impl Refusal {
    /// The stable name of this cause, as it stands in the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unclaimed => "unclaimed",
            Self::Malformed => "malformed",
            Self::TooLong => "too-long",
            Self::AmbiguousCookie => "ambiguous-cookie",
            Self::BadSignature => "bad-signature",
            Self::AlgorithmNotAllowed => "algorithm-not-allowed",
            Self::UnsupportedHeader => "unsupported-header",
            Self::UnknownKey => "unknown-key",
            Self::AmbiguousKey => "ambiguous-key",
            Self::KeyMismatch => "key-mismatch",
            Self::InvalidClaim("exp") => "invalid-claim-exp",
            Self::InvalidClaim("iat") => "invalid-claim-iat",
            Self::InvalidClaim("nbf") => "invalid-claim-nbf",
            Self::InvalidClaim("iss") => "invalid-claim-iss",
            Self::InvalidClaim("aud") => "invalid-claim-aud",
            Self::InvalidClaim("sub") => "invalid-claim-sub",
            Self::InvalidClaim("sid") => "invalid-claim-sid",
            Self::InvalidClaim(_) => "invalid-claim",
            Self::WrongIssuer => "wrong-issuer",
            Self::WrongAudience => "wrong-audience",
            Self::NotYetValid => "not-yet-valid",
            Self::TooLongLived => "too-long-lived",
            Self::SenderConstrained => "bound",
            Self::Expired => "expired",
            Self::UnknownSession => "unknown-session",
            Self::AnotherSession => "another-session",
            Self::Revoked => "revoked",
            Self::WrongTokenType => "wrong-token-type",
            Self::Banned => "banned",
            Self::Other(cause) => cause,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Error for Refusal {}

/// What a strategy says of a credential that it claimed and did not verify.
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
    /// What the strategy goes by proves nothing. The next strategy that claims the credential decides.
    #[error("passed over: {0}")]
    PassedOver(PassedOver),
}

/// What a credential that was passed over comes to where nobody else claims it.
#[derive(Clone, Debug)]
pub struct PassedOver(Box<Unverified>);

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Unverified {
    /// This credential cannot be decided; others may be. An answer that makes no sense is that.
    pub fn undecidable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Undecidable::new(Concern::Credential, source).into()
    }

    /// What the credential holds cannot be looked up, whoever presents it: a text that the store cannot take. Counts as a
    /// failure of the client that sent it.
    pub fn about_value(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Undecidable::new(Concern::Value, source).into()
    }

    /// What the strategy trusts is out of reach, whichever credential it is asked about: a time-out, an outage.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Undecidable::unavailable(source).into()
    }

    /// Says of an outage that others may be decidable all the same: only a part of what the strategy trusts is out of reach,
    /// or perhaps this credential alone is affected.
    #[must_use]
    pub fn in_part(self) -> Self {
        self.map(|undecidable| match undecidable.concern {
            Concern::Everybody => Undecidable { concern: Concern::Some, ..undecidable },
            Concern::Some | Concern::Credential | Concern::Value => undecidable,
        })
    }

    /// Says when it is worth asking again. A refusal stays as it is.
    #[must_use]
    pub fn retry_after(self, pause: Option<Duration>) -> Self {
        self.map(|undecidable| Undecidable { retry_after: pause, ..undecidable })
    }

    fn map(self, change: impl FnOnce(Undecidable) -> Undecidable) -> Self {
        match self {
            Self::Undecidable(undecidable) => change(undecidable).into(),
            Self::PassedOver(PassedOver(alone)) => alone.map(change).passed_over(),
            refused @ Self::Refused(_) => refused,
        }
    }

    /// Leaves the credential to the next strategy that claims it. Only where there is none it comes to this.
    ///
    /// For what stands beside the token, such as a cookie cache: it may be of no use although the token is good. Never for the
    /// token itself, or strategies could be tried until one says yes.
    #[must_use]
    pub fn passed_over(self) -> Self {
        match self {
            passed_over @ Self::PassedOver(_) => passed_over,
            alone => Self::PassedOver(PassedOver(Box::new(alone))),
        }
    }

    /// What it comes to where nobody else claims the credential: itself, unless it was passed over.
    #[must_use]
    pub fn alone(&self) -> &Self {
        match self {
            Self::PassedOver(PassedOver(alone)) => alone,
            alone => alone,
        }
    }
}

/// Why something could not be found out.
#[derive(Clone, Debug)]
pub struct Undecidable {
    source: Arc<dyn Error + Send + Sync>,
    concern: Concern,
    retry_after: Option<Duration>,
}

/// Whom it concerns that something could not be found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Concern {
    /// An outage.
    Everybody,
    /// An outage of a part, or perhaps of one credential alone.
    Some,
    /// One credential, through no fault of whoever sent it.
    Credential,
    /// One credential, because of what stands in it.
    Value,
}

impl Undecidable {
    fn new(concern: Concern, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Arc::from(source.into()), concern, retry_after: None }
    }

    /// What is trusted is out of reach, whatever it is asked about. `source` is for the log.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Concern::Everybody, source)
    }

    /// Says when it is worth asking again.
    #[must_use]
    pub fn with_retry_after(self, pause: Duration) -> Self {
        Self { retry_after: Some(pause), ..self }
    }

    /// Whether what the strategy trusts is out of reach, at least [in part](Unverified::in_part), and it is not the credential
    /// that is odd. Only then a cache may go on with what is stale: otherwise who can have their own look-up fail could bring
    /// back what has ended.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        matches!(self.concern, Concern::Everybody | Concern::Some)
    }

    /// Whether others would be undecidable, too. A breaker counts these, and only these: otherwise who knows one odd
    /// credential could shut out everybody.
    #[must_use]
    pub fn is_total_outage(&self) -> bool {
        self.concern == Concern::Everybody
    }

    /// Whether the credential itself is why nothing could be found out: its text is one that the store cannot take. This
    /// counts as a failure of the client that sent it, and never as an outage.
    #[must_use]
    pub fn is_about_value(&self) -> bool {
        self.concern == Concern::Value
    }

    /// When it is worth asking again, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Undecidable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl Error for Undecidable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.source()
    }
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitUnit {
    /// Requests.
    Requests,
    /// Bytes of the answers' bodies.
    ContentBytes,
}

/// A limit that was reached, with what the `RateLimit` fields of the answer tell the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limited {
    /// Name of the limit: `client`, `failed`, `user`, `health`, `pages` or a route's own.
    pub limit: &'static str,
    /// What it counts.
    pub unit: LimitUnit,
    /// How much of it is allowed in a window: requests, or bytes of answers.
    pub quota: u64,
    /// The window.
    pub window: Duration,
    /// When the next request will be let through.
    pub retry_after: Duration,
}

/// Why a request has no identity, or may not use it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// Nothing was presented, and the route needs somebody.
    #[error("no credential was presented")]
    Missing,
    /// The `Authorization` header uses another scheme than Bearer.
    #[error("another scheme than Bearer was presented")]
    OtherScheme,
    /// The carrier itself is malformed; what is wrong with it is inside.
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
        /// What stood in the way.
        reason: Undecidable,
    },
    /// A route names a policy by its type, and the app has given no value of it. The type is inside.
    #[error("no value of the policy `{0}`: give it to the `Authenticator` by `.with_policy(value)`")]
    MissingPolicy(&'static str),
    /// A cookie came with an unsafe method from an origin that may not use it.
    #[error("cookie from an untrusted origin")]
    UntrustedOrigin,
    /// Too many requests.
    #[error("limit {} reached", .0.limit)]
    Limited(Limited),
}

impl From<Refusal> for AuthError {
    fn from(refusal: Refusal) -> Self {
        Self::Unverified(refusal.into())
    }
}
