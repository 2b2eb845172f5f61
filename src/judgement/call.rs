use std::time::Duration;

use http::StatusCode;

/// A request to Better Auth that has ended: for published keys, for a session, or whether it is there.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Call {
    /// Better Auth's route: `jwks`, `get-session`, `ok`.
    pub endpoint: &'static str,
    /// The status of the answer; `None` if there was no usable answer: no connection, none in time, too large, broken off.
    pub status: Option<StatusCode>,
    /// From sending to the last byte of the body.
    pub took: Duration,
}
