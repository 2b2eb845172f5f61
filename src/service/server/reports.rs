use std::{io, net::IpAddr};

use super::report::{CapTotals, Report};
use crate::app::lifecycle::Lifecycle;

/// What the log tells of caps that bite: a line at once, then one a minute with counts.
pub struct Reports {
    per_client: Report,
    proxy: Report,
    total: Report,
    slow_reader: Report,
    accept: Report,
}

impl Reports {
    pub fn new(lifecycle: &Lifecycle) -> Self {
        let report = |cap| Report::of(cap, lifecycle);
        Self {
            per_client: report("server.max_connections_per_client"),
            proxy: report("server.max_connections_per_client, of peers that send X-Forwarded-For"),
            total: report("server.max_connections"),
            slow_reader: report("answers that were read too slowly"),
            accept: report("connections that could not be accepted"),
        }
    }

    /// What each cap has done since the service began.
    pub fn totals(&self) -> Vec<CapTotals> {
        vec![
            self.per_client.totals("max_connections_per_client"),
            self.total.totals("max_connections"),
            self.slow_reader.totals("slow_reader"),
            self.accept.totals("system"),
        ]
    }

    /// A peer has as many connections as one may have.
    pub fn per_client(&self, has_room: bool, client: IpAddr, connections: usize, forwards: bool) {
        count(&self.per_client, has_room, || {
            tracing::warn!(
                "{client} has {connections} connections, the most that server.max_connections_per_client permits one address. \
                 Each new one closes its longest idle one; if none is idle or slow, the new one is closed. If many users share \
                 this address, raise the key"
            );
        });
        if forwards {
            count(&self.proxy, has_room, || {
                tracing::warn!(
                    "{client} sends X-Forwarded-For and has {connections} connections, the most that one address may have. If \
                     it is your proxy, add it to server.trusted_proxies; if not, do nothing"
                );
            });
        }
    }

    /// There are as many connections as there may be.
    pub fn total(&self, has_room: bool, connections: usize, clients: usize) {
        count(&self.total, has_room, || {
            tracing::warn!(
                "all {connections} connections that server.max_connections permits are taken, by {clients} addresses. Each new \
                 one closes the longest idle one, a verified caller's last; if none is idle or slow, the new one is closed. If \
                 these are users, raise the hard limit of file handles (systemd: LimitNOFILE) and server.max_connections"
            );
        });
    }

    /// The system has no more connections for us.
    pub fn not_accepted(&self, error: &io::Error) {
        self.accept.refused(|| {
            tracing::warn!(
                "the system refused a new connection: {error}. The service closes an idle connection and tries again in 100 ms. \
                 If file handles ran out, raise their hard limit (systemd: LimitNOFILE) or lower server.max_connections"
            );
        });
    }

    /// Connections fail one after the other while they are accepted.
    pub fn failing(&self, error: &io::Error) {
        self.accept.refused(|| {
            tracing::warn!(
                "new connections fail while the service accepts them: {error}. It tries again in 100 ms"
            );
        });
    }

    /// An answer was given up.
    pub fn slow_reader(&self, client: IpAddr) {
        self.slow_reader.closed(|| {
            tracing::warn!(
                "{client} read an answer too slowly, and its connection is closed: an answer has server.request_timeout, and one \
                 second for each 16 KiB. If honest clients are slow, raise server.request_timeout"
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
