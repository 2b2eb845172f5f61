use std::time::Duration;

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
