//! How many bytes of pages one client may fetch.

use std::net::IpAddr;

use poem::Request;

use crate::{
    adapter::poem::client_address, audit::Audit, client::limit_key, error::AuthError, judgement::Subject,
    limit::Limiter,
};

/// Holds each client address to a quota of bytes: a page weighs as much as thousands of other answers.
pub struct PageBudget {
    limiter: Limiter<IpAddr>,
    audit: Audit,
}

impl PageBudget {
    pub fn new(limiter: Limiter<IpAddr>) -> Self {
        Self { limiter, audit: Audit::default() }
    }

    /// Counts a page of so many bytes that this request is about to get.
    pub fn check(&self, request: &Request, bytes: usize) -> Result<(), AuthError> {
        let Some(client) = client_address(request) else { return Ok(()) };
        let bytes = bytes.try_into().unwrap_or(u64::MAX);
        self.limiter.check_bytes(&limit_key(client), bytes).map_err(|limited| {
            let error = AuthError::Limited(limited);
            self.audit.failed(&error, Subject { client: Some(client), ..Subject::default() });
            error
        })
    }
}
