use poem::{
    Endpoint, Request, Response, Result,
    http::{HeaderValue, header},
};

use super::{Assertions, key_ring::MAX_AGE};
use crate::{
    clock::Clock,
    problem::{Kind, Problem},
};

/// The public keys of assertions, for the APIs that check them.
pub struct KeySet {
    assertions: Assertions,
    cache_control: HeaderValue,
}

impl KeySet {
    /// Where libraries look for it, below the issuer.
    pub const PATH: &str = "/.well-known/jwks.json";

    pub fn new(assertions: Assertions) -> Self {
        let cache_control = format!("public, max-age={}", MAX_AGE.as_secs());
        Self { assertions, cache_control: HeaderValue::try_from(cache_control).expect("a number") }
    }
}

impl Endpoint for KeySet {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        let keys = self.assertions.key_set(Clock::System.now());
        // Not an empty set, which an API would take for the truth.
        let keys = keys.ok_or_else(|| Problem::new(Kind::Unavailable))?;
        let response = Response::builder().header(header::CACHE_CONTROL, self.cache_control.clone());
        Ok(response.content_type("application/jwk-set+json").body(keys.to_string()))
    }
}
