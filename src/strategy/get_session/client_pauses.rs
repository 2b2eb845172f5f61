use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use moka::sync::Cache;

use crate::{client::bucket, error::Unverified, outbound::OutboundError};

/// Where Better Auth does not say for how long.
const DEFAULT: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(1);
/// Clients remembered at once; a forgotten one is told again by Better Auth.
const MAX_CLIENTS: u64 = 10_000;

/// The clients whom Better Auth has asked to wait. It counts by address, so one of them does not make all wait.
pub struct ClientPauses(Cache<Option<IpAddr>, Instant>);

#[derive(Debug, thiserror::Error)]
#[error("Better Auth limits this client's rate, and is asked again when it said")]
struct Waiting;

impl Default for ClientPauses {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MAX_CLIENTS).time_to_live(LONGEST).build())
    }
}

impl ClientPauses {
    /// Whether Better Auth may be asked for this client.
    pub fn check(&self, client: Option<IpAddr>) -> Result<(), Unverified> {
        let until = self.0.get(&client.map(bucket));
        match until.map(|until| until.saturating_duration_since(Instant::now())) {
            Some(left) if !left.is_zero() => Err(Unverified::undecidable(Waiting).retry_after(Some(left))),
            _ => Ok(()),
        }
    }

    /// Better Auth limits this client's rate.
    pub fn wait(&self, client: Option<IpAddr>, error: OutboundError) -> Unverified {
        let pause = error.retry_after().unwrap_or(DEFAULT).min(LONGEST);
        self.0.insert(client.map(bucket), Instant::now() + pause);
        Unverified::undecidable(error).retry_after(Some(pause))
    }
}
