//! What is examined, and by which means.

use super::site::Site;
use crate::{clock::Clock, config::Config, outbound::ClientError};

/// Where the environment names a proxy.
const PROXIES: [&str; 5] = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"];

/// A deployment.
pub struct Patient<'a> {
    pub config: &'a Config,
    pub clock: Clock,
    /// Its Better Auth.
    pub site: Site,
    /// Whether the environment names a proxy for outgoing requests, which this service does not use.
    pub has_outgoing_proxy: bool,
}

impl<'a> Patient<'a> {
    /// The deployment that this configuration is about.
    pub fn new(config: &'a Config) -> Result<Self, ClientError> {
        let clock = Clock::System;
        let has_outgoing_proxy = PROXIES.iter().any(|name| std::env::var_os(name).is_some());
        Ok(Self {
            config,
            clock,
            site: Site::new(&config.better_auth.internal_url, clock)?,
            has_outgoing_proxy,
        })
    }
}
