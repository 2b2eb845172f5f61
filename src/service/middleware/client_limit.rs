use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    time::Duration,
};

use poem::{Request, http::HeaderMap};

use crate::{
    audit::Audit,
    client::{FORWARDED_FOR, TrustedProxies, limit_key},
    error::AuthError,
    judgement::Subject,
    limit::Limiter,
    protection::ClientAddress,
    service::named_peers::NamedPeers,
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
    limits: Option<Limits>,
    audit: Audit,
    /// Peers whose header is not believed.
    untrusted: NamedPeers,
}

struct Limits {
    client: Limiter<IpAddr>,
    health: Limiter<IpAddr>,
}

impl ClientLimit {
    /// Without a `limiter` there is no limit at all.
    pub fn new(proxies: TrustedProxies, limiter: Option<Limiter<IpAddr>>) -> Self {
        let limits = limiter
            .map(|client| Limits { client, health: Limiter::new("health", HEALTH_REQUESTS, HEALTH_WINDOW) });
        Self { proxies, limits, audit: Audit::default(), untrusted: NamedPeers::default() }
    }

    /// Counts a request for its client, and adds the client's address to it.
    pub fn admit(&self, request: &mut Request) -> Result<(), AuthError> {
        let Some(peer) = request.remote_addr().as_socket_addr().map(SocketAddr::ip) else { return Ok(()) };
        let client = self.proxies.client(peer, request.headers());
        self.report_untrusted(peer.to_canonical(), request.headers());
        self.check(request.uri().path(), client)?;
        request.extensions_mut().insert(ClientAddress(client));
        Ok(())
    }

    /// Says once of a peer that all who come through it count as one, if it is a proxy.
    fn report_untrusted(&self, peer: IpAddr, headers: &HeaderMap) {
        if headers.contains_key(FORWARDED_FOR) && !self.proxies.trusts(peer) && self.untrusted.is_new(peer) {
            tracing::warn!(
                "{peer} sends X-Forwarded-For and is not in server.trusted_proxies: the service ignores the header, and all users \
                 behind {peer} share one limit. If it is your proxy, add it; if not, do nothing"
            );
        }
    }

    fn check(&self, path: &str, client: IpAddr) -> Result<(), AuthError> {
        let Some(limits) = self.limits.as_ref().filter(|_| !UNLIMITED.contains(&path)) else { return Ok(()) };
        let limiter = if HEALTH.contains(&path) { &limits.health } else { &limits.client };
        limiter.check(&limit_key(client)).map_err(|limited| {
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
    fn what_has_no_limit_or_one_of_its_own_is_there() {
        let contract = Api::contract();
        for path in UNLIMITED.into_iter().chain(HEALTH) {
            assert!(contract.value()["paths"][path].is_object(), "{path}");
        }
    }
}
