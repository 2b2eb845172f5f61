//! Who stands between clients, this service and Better Auth.

use super::finding::{Area, Finding};
use crate::config::Config;

/// What the configuration says of proxies.
pub fn examine(config: &Config) -> Vec<Finding> {
    let (trusted, profiles) = (&config.server.trusted_proxies, &config.forward_auth.profiles);
    let mut findings = Vec::new();
    if !profiles.is_empty() && trusted.is_empty() {
        findings.push(
            Finding::broken(
                Area::Proxies,
                "/forward-auth answers no proxy: none is trusted, so each gets 403",
            )
            .key("server.trusted_proxies")
            .expected("the networks of the proxies that ask, such as [\"10.0.0.0/8\"]")
            .remedy("List the proxies' addresses in server.trusted_proxies"),
        );
    }
    for network in trusted.iter().filter(|network| network.prefix_len() == 0) {
        findings.push(
            Finding::warning(
                Area::Proxies,
                format!(
                    "{network} trusts everybody: each client may claim any address, and so pass every limit"
                ),
            )
            .key("server.trusted_proxies")
            .expected("the networks of your proxies only")
            .remedy("List the proxies' own addresses in server.trusted_proxies"),
        );
    }
    if findings.is_empty() {
        let found = if trusted.is_empty() {
            "no proxy is trusted: a client is known by the address that connects".to_owned()
        } else {
            let networks: Vec<_> = trusted.iter().map(ToString::to_string).collect();
            format!("X-Forwarded-For is believed from {}", networks.join(", "))
        };
        findings.push(Finding::fine(Area::Proxies, found).key("server.trusted_proxies"));
    }
    findings
}
