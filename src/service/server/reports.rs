use std::{io, net::IpAddr};

use super::report::Report;

/// What the log tells of caps that bite: a line at once, then one a minute with counts.
pub struct Reports {
    per_client: Report,
    proxy: Report,
    total: Report,
    slow_reader: Report,
    accept: Report,
}

impl Default for Reports {
    fn default() -> Self {
        Self {
            per_client: Report::of("server.max_connections_per_client"),
            proxy: Report::of("server.max_connections_per_client, of peers that send X-Forwarded-For"),
            total: Report::of("server.max_connections"),
            slow_reader: Report::of("answers that were read too slowly"),
            accept: Report::of("connections that could not be accepted"),
        }
    }
}

impl Reports {
    /// A peer has as many connections as one may have. Others than the longest idle ones are not closed for a new one.
    pub fn per_client(&self, has_room: bool, client: IpAddr, connections: usize, forwards: bool) {
        count(&self.per_client, has_room, || {
            tracing::warn!(
                %client,
                connections,
                "server.max_connections_per_client: an address has as many connections as one may have. For each new one its \
                 longest idle connection is closed; without an idle one the new connection is closed"
            );
        });
        if forwards {
            count(&self.proxy, has_room, || {
                tracing::warn!(
                    %client,
                    connections,
                    "server.trusted_proxies: {client} sends X-Forwarded-For, is not listed, and has as many connections as one \
                     client may have. If it is your proxy, add it to server.trusted_proxies"
                );
            });
        }
    }

    /// There are as many connections as there may be.
    pub fn total(&self, has_room: bool, connections: usize, clients: usize) {
        count(&self.total, has_room, || {
            tracing::warn!(
                connections,
                clients,
                "server.max_connections: all connections are taken. For each new one the longest idle connection is closed, \
                 those of verified callers last; without an idle one the new connection is closed"
            );
        });
    }

    /// The system has no more connections for us.
    pub fn not_accepted(&self, error: &io::Error) {
        self.accept.refused(|| {
            tracing::warn!(%error, "a connection could not be accepted: an idle one is closed, and it is tried again");
        });
    }

    /// An answer was given up.
    pub fn slow_reader(&self, client: IpAddr) {
        self.slow_reader.closed(|| {
            tracing::warn!(
                %client,
                "an answer was not read within server.request_timeout and its size at 16 KiB a second: the connection is closed"
            );
        });
    }
}

fn count(report: &Report, has_room: bool, tell: impl FnOnce()) {
    if has_room {
        report.closed(tell);
    } else {
        report.refused(tell);
    }
}
