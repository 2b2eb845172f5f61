use std::{io, net::IpAddr};

use super::report::{CapTotals, Report};
use crate::app::lifecycle::Lifecycle;

/// What the caps of one listener are called, and what to do when one bites.
pub struct Caps {
    per_client: &'static str,
    per_client_advice: &'static str,
    total: &'static str,
    total_advice: &'static str,
    /// How long an answer may be read, beside its size.
    reading: &'static str,
    reading_advice: &'static str,
    /// Whether one of its peers may be a proxy that the configuration does not know yet.
    has_proxies: bool,
}

/// Of `server.listen`.
pub const CLIENTS: Caps = Caps {
    per_client: "server.max_connections_per_client",
    per_client_advice: "If many users share this address, raise the key",
    total: "server.max_connections",
    total_advice: "If these are users, raise the hard limit of file handles (systemd: LimitNOFILE) and server.max_connections",
    reading: "server.request_timeout",
    reading_advice: "If honest clients are slow, raise server.request_timeout",
    has_proxies: true,
};

/// Of `server.admin_listen`.
pub const OPERATORS: Caps = Caps {
    per_client: "server.admin_listen",
    per_client_advice: "If this is neither you nor your Prometheus, let a firewall block the address",
    total: "server.admin_listen",
    total_advice: "Let a firewall admit only operators and Prometheus to server.admin_listen",
    reading: "90 s on server.admin_listen",
    reading_advice: "If this is neither you nor your Prometheus, let a firewall block the address",
    has_proxies: false,
};

/// What the log tells of caps that bite: a line at once, then one a minute with counts.
pub struct Reports {
    caps: Caps,
    per_client: Report,
    proxy: Report,
    total: Report,
    slow_reader: Report,
    accept: Report,
    lifecycle: Lifecycle,
}

impl Reports {
    pub fn new(caps: Caps, lifecycle: &Lifecycle) -> Self {
        let report = |cap| Report::of(cap, lifecycle);
        Self {
            per_client: report(caps.per_client),
            proxy: report("server.max_connections_per_client, of peers that send X-Forwarded-For"),
            total: report(caps.total),
            slow_reader: report("answers that were read too slowly"),
            accept: report("connections that could not be accepted"),
            lifecycle: lifecycle.clone(),
            caps,
        }
    }

    /// For the memory of request heads.
    pub fn heads(&self) -> Report {
        Report::of("request heads", &self.lifecycle)
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
        let Caps { per_client, per_client_advice, .. } = self.caps;
        count(&self.per_client, has_room, || {
            tracing::warn!(
                "{client} has {connections} connections, the most that {per_client} permits one address. Each new one closes its \
                 longest idle one; if none is idle or slow, the new one is closed. {per_client_advice}"
            );
        });
        if forwards && self.caps.has_proxies {
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
        let Caps { total, total_advice, .. } = self.caps;
        count(&self.total, has_room, || {
            tracing::warn!(
                "all {connections} connections that {total} permits are taken, by {clients} addresses. Each new one closes the \
                 longest idle one, a verified caller's last; if none is idle or slow, the new one is closed. {total_advice}"
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
        let Caps { reading, reading_advice, .. } = self.caps;
        self.slow_reader.closed(|| {
            tracing::warn!(
                "{client} read an answer too slowly, and its connection is closed: an answer has {reading}, and one second for \
                 each 16 KiB. {reading_advice}"
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
