//! What the steps are measured with: credentials as Better Auth issues them, and a caller.

#![expect(clippy::disallowed_methods, reason = "benchmarks use the current time")]

pub mod caller;
pub mod jwt;
pub mod session;

use http::{HeaderMap, HeaderName, HeaderValue};

/// A request's headers.
///
/// # Panics
///
/// When they are none.
#[must_use]
pub fn headers<const N: usize>(headers: [(HeaderName, &str); N]) -> HeaderMap {
    headers.into_iter().map(|(name, value)| (name, HeaderValue::try_from(value).expect("a value"))).collect()
}
