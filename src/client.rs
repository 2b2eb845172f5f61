//! Where a request comes from.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// Proxies whose `X-Forwarded-For` is believed. By default none: the peer is the client.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// The header in which a proxy names its client.
    pub const HEADER: HeaderName = HeaderName::from_static("x-forwarded-for");

    /// Believes the proxies in these networks.
    pub fn new(networks: impl IntoIterator<Item = IpNet>) -> Self {
        Self(networks.into_iter().collect())
    }

    /// The client's address: walks `X-Forwarded-For` from the right, from the peer outward, past trusted proxies.
    ///
    /// Entries further left come from the client and prove nothing.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let lines = headers.get_all(Self::HEADER).iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
        for hop in hops {
            if !self.trusts(client) {
                break;
            }
            let Some(address) = address(hop.trim()) else { break };
            client = address;
        }
        client
    }

    /// Whether an address is one of theirs.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// An address, with a port or without; some proxies write one.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().ok().map(|socket: std::net::SocketAddr| socket.ip());
    text.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

/// The address that limits count a client by: one IPv6 subscriber has a whole /64.
#[must_use]
pub fn limit_key(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn client(proxies: &[&str], peer: &str, forwarded: &[&'static str]) -> String {
        let networks = proxies.iter().map(|network| network.parse().expect("a network"));
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(TrustedProxies::HEADER, HeaderValue::from_static(line));
        }
        TrustedProxies::new(networks).client(peer.parse().expect("an address"), &headers).to_string()
    }

    #[test]
    fn r2_a_forged_header_from_an_untrusted_peer_has_no_effect() {
        assert_eq!(client(&[], "192.0.2.1", &["198.51.100.1"]), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], "192.0.2.1", &["198.51.100.1"]), "192.0.2.1");
    }

    #[test]
    fn r2_hops_are_walked_from_the_right() {
        let proxies = ["10.0.0.0/8"];
        assert_eq!(client(&proxies, "10.0.0.1", &["203.0.113.9, 198.51.100.1, 10.0.0.2"]), "198.51.100.1");
        assert_eq!(client(&proxies, "10.0.0.1", &["203.0.113.9", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(client(&proxies, "10.0.0.1", &["198.51.100.1:443"]), "198.51.100.1");
        assert_eq!(client(&proxies, "10.0.0.1", &["198.51.100.1, unknown"]), "10.0.0.1");
        assert_eq!(client(&proxies, "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn r3_aliases_of_one_client_share_a_limit_key() {
        let limit_key = |text: &str| limit_key(text.parse().expect("an address"));
        assert_eq!(limit_key("2001:db8:1:2:3:4:5:6"), limit_key("2001:db8:1:2::1"));
        assert_ne!(limit_key("2001:db8:1:2::1"), limit_key("2001:db8:1:3::1"));
        assert_eq!(limit_key("::ffff:192.0.2.1"), limit_key("192.0.2.1"));
    }
}
