use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use ipnet::IpNet;

use super::reader::Reader;
use crate::client::TrustedProxies;

/// The service's listener and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The address of the API.
    pub listen: SocketAddr,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The most connections at once; zero is as many as file handles permit.
    pub max_connections: u32,
    /// The most connections of one client address; zero is a quarter of them all.
    pub max_connections_per_client: u32,
    /// The most bytes a body may have.
    pub max_body: u64,
    /// A connection whose head is not complete by then is closed.
    pub header_timeout: Duration,
    /// A request without an answer by then is given up.
    pub request_timeout: Duration,
    /// How long requests under way may take at shutdown; may be zero.
    pub drain: Duration,
}

impl Server {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            listen: reader
                .parse("server.listen", "an address such as \"127.0.0.1:8000\"", |text| text.parse().ok()),
            trusted_proxies: reader.list("server.trusted_proxies", network),
            max_connections: reader.count_or_zero("server.max_connections"),
            max_connections_per_client: reader.count_or_zero("server.max_connections_per_client"),
            max_body: reader.size("server.max_body"),
            header_timeout: reader.positive_duration("server.header_timeout"),
            request_timeout: reader.positive_duration("server.request_timeout"),
            drain: reader.duration("server.drain"),
        }
    }

    /// The trusted proxies.
    #[must_use]
    pub fn proxies(&self) -> TrustedProxies {
        TrustedProxies::new(self.trusted_proxies.iter().copied())
    }
}

/// A network, or a single address. Other servers log IPv4 inside IPv6; peers are compared as IPv4.
fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse().ok().map(|address: IpAddr| IpNet::from(address.to_canonical()));
    let network = text.parse().ok().or_else(address);
    match network {
        Some(IpNet::V6(network)) if network.addr().to_ipv4_mapped().is_some() => {
            Err("a network in its IPv4 form, such as \"10.0.0.0/8\"".to_owned())
        }
        Some(network) => Ok(network),
        None => Err("a network such as \"10.0.0.0/8\"".to_owned()),
    }
}
