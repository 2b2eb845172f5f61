use std::{collections::HashMap, net::IpAddr, sync::Arc};

use parking_lot::Mutex;

use super::{
    phase::Phase,
    report::{CapTotals, Report},
    seat::Seat,
};
use crate::app::lifecycle::Lifecycle;

/// Every connection has a buffer of this size from its beginning: a head within it costs nothing more, and is not counted.
pub const SMALL: usize = 8 * 1024;
/// For all heads beyond that together, until their answers begin. A few hundred of the largest have room at once.
const ROOM: usize = 16 * 1024 * 1024;

/// The memory that heads hold: a request keeps its own until it is answered.
pub struct Heads {
    room: usize,
    held: Mutex<Held>,
    report: Report,
}

#[derive(Default)]
struct Held {
    bytes: usize,
    clients: HashMap<IpAddr, Client>,
}

#[derive(Default)]
struct Client {
    bytes: usize,
    heads: HashMap<u64, (Arc<Seat>, usize)>,
}

impl Heads {
    pub fn new(lifecycle: &Lifecycle) -> Self {
        Self { room: ROOM, held: Mutex::default(), report: Report::of("request heads", lifecycle) }
    }

    /// What this cap has done since the service began.
    pub fn totals(&self) -> CapTotals {
        self.report.totals("request_heads")
    }

    /// Counts so many bytes of a connection's head; who holds most gives way where that is too much.
    pub fn hold(&self, seat: &Arc<Seat>, bytes: usize) {
        // Not under the lock: a log may be slow.
        for client in self.count(seat, bytes) {
            let room = self.room >> 20;
            self.report.closed(|| {
                tracing::warn!(
                    "request heads fill the {room} MiB that they have together. The service closes the largest of {client}, \
                     which holds most. If {client} is yours, let it send smaller heads; if not, block it"
                );
            });
        }
    }

    /// Whose connections were closed for it.
    fn count(&self, seat: &Arc<Seat>, bytes: usize) -> Vec<IpAddr> {
        let mut closed = Vec::new();
        let mut held = self.held.lock();
        held.set(seat, bytes);
        while held.bytes > self.room {
            let Some(largest) = held.largest() else { break };
            held.remove(&largest);
            let standing = largest.standing();
            // Else it is answered by now, and will say so.
            if matches!(standing.phase, Phase::Head | Phase::Request) && largest.shut(standing) {
                closed.push(largest.client);
            }
        }
        closed
    }

    /// The answer begins, or the connection is gone.
    pub fn forget(&self, seat: &Seat) {
        self.held.lock().remove(seat);
    }
}

impl Held {
    fn set(&mut self, seat: &Arc<Seat>, bytes: usize) {
        self.remove(seat);
        let client = self.clients.entry(seat.client).or_default();
        client.heads.insert(seat.id, (seat.clone(), bytes));
        client.bytes += bytes;
        self.bytes += bytes;
    }

    fn remove(&mut self, seat: &Seat) {
        let Some(client) = self.clients.get_mut(&seat.client) else { return };
        let Some((_, bytes)) = client.heads.remove(&seat.id) else { return };
        client.bytes -= bytes;
        self.bytes -= bytes;
        if client.heads.is_empty() {
            self.clients.remove(&seat.client);
        }
    }

    /// The largest head of the client that holds most.
    fn largest(&self) -> Option<Arc<Seat>> {
        let client = self.clients.values().max_by_key(|client| client.bytes)?;
        let (seat, _) = client.heads.values().max_by_key(|(_, bytes)| *bytes)?;
        Some(seat.clone())
    }
}
