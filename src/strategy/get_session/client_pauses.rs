use std::{net::IpAddr, time::Duration};

use http::HeaderName;
use moka::sync::Cache;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::{client::limit_key, error::Unverified, outbound::OutboundError};

/// The pause if Better Auth names none.
const DEFAULT: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_mins(1);
/// The most clients that are kept; a forgotten one gets the same answer from Better Auth again.
const MAX_CLIENTS: u64 = 10_000;
/// At most once in this time the log says that Better Auth seems to count all clients as one.
const SAID_FOR: Duration = Duration::from_mins(10);

/// The clients that Better Auth has asked to wait. It counts by address, so one of them does not hold up the others.
pub struct ClientPauses {
    until: Cache<Option<IpAddr>, Instant>,
    /// Clients with a request to Better Auth in the last minute.
    recent: Cache<Option<IpAddr>, ()>,
    limited: Mutex<Limited>,
}

#[derive(Default)]
struct Limited {
    /// The client that was last asked to wait.
    last: Option<(IpAddr, Instant)>,
    /// When the log last said that all clients seem to count as one.
    said: Option<Instant>,
}

/// A client for which Better Auth may be asked.
pub struct Turn<'a> {
    pauses: &'a ClientPauses,
    client: Option<IpAddr>,
    is_first: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("Better Auth limits this client's rate; the next request to it waits until the limit is over")]
struct Waiting;

impl Default for ClientPauses {
    fn default() -> Self {
        let clients = || Cache::builder().max_capacity(MAX_CLIENTS);
        Self {
            until: clients().time_to_live(LONGEST).build(),
            recent: Cache::builder().max_capacity(MAX_CLIENTS).time_to_idle(LONGEST).build(),
            limited: Mutex::default(),
        }
    }
}

impl ClientPauses {
    /// Whether Better Auth may be asked for this client.
    pub fn admit(&self, client: Option<IpAddr>) -> Result<Turn<'_>, Unverified> {
        let client = client.map(limit_key);
        let until = self.until.get(&client);
        match until.map(|until| until.saturating_duration_since(Instant::now())) {
            Some(left) if !left.is_zero() => Err(Unverified::undecidable(Waiting).retry_after(Some(left))),
            _ => {
                let is_first = self.recent.entry(client).or_insert(()).is_fresh();
                Ok(Turn { pauses: self, client, is_first })
            }
        }
    }

    /// Whether the log is to say that Better Auth seems to count all clients as one: it limits a client at its first request in a
    /// minute, within a minute after another.
    fn counts_all_as_one(&self, client: IpAddr, is_first: bool) -> bool {
        let mut limited = self.limited.lock();
        let now = Instant::now();
        let last = limited.last.replace((client, now));
        let another = last.is_some_and(|(last, at)| last != client && now.duration_since(at) < LONGEST);
        let is_new = limited.said.is_none_or(|said| now.duration_since(said) >= SAID_FOR);
        let is_due = is_first && another && is_new;
        if is_due {
            limited.said = Some(now);
        }
        is_due
    }
}

impl Turn<'_> {
    /// Better Auth limits this client's rate. `header` is the header with the client's address.
    pub fn wait(&self, error: OutboundError, header: &HeaderName) -> Unverified {
        let pause = error.retry_after().unwrap_or(DEFAULT).min(LONGEST);
        self.pauses.until.insert(self.client, Instant::now() + pause);
        if self.client.is_some_and(|client| self.pauses.counts_all_as_one(client, self.is_first)) {
            tracing::warn!(
                "Better Auth seems to count all clients as one: it limits one at its first request, right after another. This \
                 service sends the client's address in the header {header}. Add that header to Better Auth's \
                 advanced.ipAddress.ipAddressHeaders, or set get_session.client_address_header to a header in that list. No proxy \
                 on the way to Better Auth may replace the header"
            );
        }
        Unverified::undecidable(error).retry_after(Some(pause))
    }
}
