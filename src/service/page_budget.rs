//! How many bytes of pages one client may fetch.

use std::net::IpAddr;

use poem::Request;

use crate::{AuthError, Authenticator, Limiter, client_address, limit_key};

/// Holds each client address to a quota of bytes: a page weighs as much as thousands of other answers.
pub struct PageBudget {
    limiter: Limiter<IpAddr>,
    /// Logs what is refused.
    authenticator: Authenticator,
}

impl PageBudget {
    pub fn new(limiter: Limiter<IpAddr>, authenticator: Authenticator) -> Self {
        Self { limiter, authenticator }
    }

    /// Counts a page of so many bytes that this request is about to get.
    pub fn check(&self, request: &Request, bytes: usize) -> Result<(), AuthError> {
        let Some(client) = client_address(request) else { return Ok(()) };
        let bytes = bytes.try_into().unwrap_or(u64::MAX);
        let acquired = self.limiter.acquire_bytes(&limit_key(client), bytes);
        acquired.map_err(|limited| self.authenticator.refused(AuthError::Limited(limited), Some(client)))
    }
}
