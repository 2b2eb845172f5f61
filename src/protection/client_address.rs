use std::net::IpAddr;

use http::Extensions;

/// The client's address as a middleware found it behind trusted proxies. Without one the peer is the client.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The client of a request with these extensions; `peer` is the other end of its connection.
    #[must_use]
    pub fn of(extensions: &Extensions, peer: Option<IpAddr>) -> Option<IpAddr> {
        let found = extensions.get::<Self>().map(|client| client.0);
        found.or_else(|| peer.map(|peer| peer.to_canonical()))
    }
}
