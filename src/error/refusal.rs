use std::{error::Error, fmt};

/// The exact cause of a refusal: for logs and metrics, never for the response body, which reads the same for every cause.
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
    /// The key is for another algorithm than the token's.
    KeyMismatch,
    /// A registered claim is missing or of the wrong type; the claim's name is inside.
    InvalidClaim(&'static str),
    /// Its issuer is not one of ours.
    WrongIssuer,
    /// It is meant for another audience.
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
    /// It is a refresh token, not an access token.
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
