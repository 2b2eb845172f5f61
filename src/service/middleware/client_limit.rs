use std::{net::IpAddr, sync::Arc};

use parking_lot::Mutex;
use poem::{Endpoint, IntoResponse, Request, Response, Result, http::HeaderMap};

use crate::{
    audit::{Audit, Subject},
    client::{FORWARDED_FOR, TrustedProxies, bucket},
    error::AuthError,
    limit::Limiter,
    protection::ClientAddress,
};

/// Monitors must not take a busy neighbour for a dead service, and whoever signs out a thousand users has a thousand
/// events to tell: the hook is held to the limit of failures alone.
const UNLIMITED: [&str; 4] = ["/health", "/health/live", "/health/ready", "/hooks/better-auth"];

/// Peers that the log names for a header that is not believed: enough for the proxies of a deployment. Anybody can send it.
const MAX_UNTRUSTED: usize = 4;

/// Finds the client's address behind trusted proxies, and holds each address to its limit before any other work.
pub struct ClientLimit {
    proxies: TrustedProxies,
    limiter: Option<Limiter<IpAddr>>,
    audit: Audit,
    /// Peers whose header is not believed, as far as the log has named them.
    untrusted: Mutex<Vec<IpAddr>>,
}

impl ClientLimit {
    pub fn new(proxies: TrustedProxies, limiter: Option<Limiter<IpAddr>>) -> Self {
        Self { proxies, limiter, audit: Audit::default(), untrusted: Mutex::default() }
    }

    /// Serves a request.
    pub async fn call(self: Arc<Self>, inner: Arc<impl Endpoint>, mut request: Request) -> Result<Response> {
        if let Some(peer) = request.remote_addr().as_socket_addr() {
            let client = self.proxies.client(peer.ip(), request.headers());
            self.report_untrusted(peer.ip().to_canonical(), request.headers());
            if !UNLIMITED.contains(&request.uri().path()) {
                self.check(client)?;
            }
            request.extensions_mut().insert(ClientAddress(client));
        }
        inner.call(request).await.map(IntoResponse::into_response)
    }

    /// Says once of a peer that all who come through it count as one, if it is a proxy.
    fn report_untrusted(&self, peer: IpAddr, headers: &HeaderMap) {
        if !headers.contains_key(FORWARDED_FOR) || self.proxies.trusts(peer) {
            return;
        }
        let mut untrusted = self.untrusted.lock();
        if untrusted.len() < MAX_UNTRUSTED && !untrusted.contains(&peer) {
            untrusted.push(peer);
            tracing::warn!(
                %peer,
                "a peer sends X-Forwarded-For and is no trusted proxy: all its clients count as one. If it is a proxy of \
                 yours, add its address to server.trusted_proxies; otherwise there is nothing to do"
            );
        }
    }

    fn check(&self, client: IpAddr) -> Result<(), AuthError> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        limiter.check(&bucket(client)).map_err(|limited| {
            let error = AuthError::Limited(limited);
            self.audit.failed(&error, Subject { client: Some(client), ..Subject::default() });
            error
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::api::Api;

    #[test]
    fn what_is_not_limited_is_there() {
        let contract = Api::contract();
        for path in UNLIMITED {
            assert!(contract.value()["paths"][path].is_object(), "{path}");
        }
    }
}
