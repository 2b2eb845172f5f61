use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    time::Duration,
};

use poem::{Request, http::HeaderMap};

use crate::{
    AuthError, Authenticator, ClientAddress, Limited, Limiter, TrustedProxies, lately_named::LatelyNamed,
    limit_key,
};

/// An orchestrator must not restart the service because a neighbour is busy. Somebody who signs out a thousand users has a
/// thousand events to tell: the hook counts what it refuses, and that alone.
const UNLIMITED: [&str; 2] = ["/health/live", "/hooks/better-auth"];
/// Monitors that ask these share an address with nobody's requests.
const HEALTH: [&str; 2] = ["/health", "/health/ready"];
/// Far more than a cluster of monitors asks.
const HEALTH_REQUESTS: NonZeroU32 = NonZeroU32::new(1000).expect("not zero");
const HEALTH_WINDOW: Duration = Duration::from_secs(10);

/// Finds the client's address behind trusted proxies, and holds each address to its limit before any other work.
pub struct ClientLimit {
    proxies: TrustedProxies,
    limits: Option<ClientLimits>,
    /// Peers whose header is not believed.
    untrusted: LatelyNamed<IpAddr>,
}

/// What counts the requests of client addresses. Clones count together.
#[derive(Clone)]
pub struct ClientLimits {
    client: Limiter<IpAddr>,
    health: Limiter<IpAddr>,
}

impl ClientLimits {
    /// `client` counts all requests but those of monitors.
    pub fn new(client: Limiter<IpAddr>) -> Self {
        Self { client, health: Limiter::new("health", HEALTH_REQUESTS, HEALTH_WINDOW) }
    }
}

impl ClientLimit {
    /// Without `limits` there is no limit at all.
    pub fn new(proxies: TrustedProxies, limits: Option<ClientLimits>) -> Self {
        Self { proxies, limits, untrusted: LatelyNamed::default() }
    }

    /// Counts a request for its client, and adds the client's address to it where a proxy names one. The `authenticator` logs what is refused.
    pub fn admit(&self, request: &mut Request, authenticator: &Authenticator) -> Result<(), AuthError> {
        let Some(peer) = request.remote_addr().as_socket_addr().map(SocketAddr::ip) else { return Ok(()) };
        let client = self.proxies.client(peer, request.headers());
        self.report_untrusted(peer.to_canonical(), request.headers());
        let checked = self.check(request.uri().path(), client);
        checked.map_err(|limited| authenticator.refused(AuthError::Limited(limited), Some(client)))?;
        // Without one the peer is the client.
        if client != peer.to_canonical() {
            request.extensions_mut().insert(ClientAddress(client));
        }
        Ok(())
    }

    /// Says of a peer that all who come through it count as one, if it is a proxy.
    fn report_untrusted(&self, peer: IpAddr, headers: &HeaderMap) {
        if !headers.contains_key(TrustedProxies::HEADER) || self.proxies.trusts(peer) {
            return;
        }
        if let Some(silence) = self.untrusted.admit(&peer) {
            tracing::warn!(
                "{peer} sends X-Forwarded-For and is not in server.trusted_proxies: the service ignores the header, and all users \
                 behind {peer} share one limit. If it is your proxy, add it; if not, do nothing{silence}"
            );
        }
    }

    /// Counts a request of this client for this path.
    pub fn check(&self, path: &str, client: IpAddr) -> Result<(), Limited> {
        let Some(limits) = self.limits.as_ref().filter(|_| !UNLIMITED.contains(&path)) else { return Ok(()) };
        let limiter = if HEALTH.contains(&path) { &limits.health } else { &limits.client };
        limiter.acquire(&limit_key(client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::api;

    #[test]
    fn what_has_no_limit_or_one_of_its_own_is_there() {
        for path in UNLIMITED.into_iter().chain(HEALTH) {
            assert!(api::PATHS.contains(&path), "{path}");
        }
    }
}
