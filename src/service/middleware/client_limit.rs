use std::{net::IpAddr, sync::Arc};

use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

use crate::{
    audit::{Audit, Subject},
    client::{TrustedProxies, bucket},
    error::AuthError,
    limit::Limiter,
    protection::ClientAddress,
};

/// Monitors must not take a busy neighbour for a dead service.
const UNLIMITED: &str = "/health";

/// Finds the client's address behind trusted proxies, and holds each address to its limit before any other work.
#[derive(Clone)]
pub struct ClientLimit {
    proxies: TrustedProxies,
    limiter: Option<Arc<Limiter<IpAddr>>>,
    audit: Audit,
}

pub struct ClientLimitEndpoint<E> {
    inner: E,
    limit: ClientLimit,
}

impl ClientLimit {
    pub fn new(proxies: TrustedProxies, limiter: Option<Limiter<IpAddr>>) -> Self {
        Self { proxies, limiter: limiter.map(Arc::new), audit: Audit::default() }
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

impl<E: Endpoint> Middleware<E> for ClientLimit {
    type Output = ClientLimitEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        ClientLimitEndpoint { inner, limit: self.clone() }
    }
}

impl<E: Endpoint> Endpoint for ClientLimitEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        if let Some(peer) = request.remote_addr().as_socket_addr() {
            let client = self.limit.proxies.client(peer.ip(), request.headers());
            if !request.uri().path().starts_with(UNLIMITED) {
                self.limit.check(client)?;
            }
            request.extensions_mut().insert(ClientAddress(client));
        }
        self.inner.call(request).await.map(IntoResponse::into_response)
    }
}
