use std::{collections::HashMap, net::IpAddr, sync::Arc};

use parking_lot::Mutex;

use super::{phase::Phase, report::Report, seat::Seat};

/// Every connection has a buffer of this size from its beginning: a head within it costs nothing more, and is not counted.
pub const SMALL: usize = 8 * 1024;
/// For all unfinished heads beyond that together. A few hundred of the largest have room at once.
const ROOM: usize = 16 * 1024 * 1024;

/// The memory that unfinished heads hold.
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

impl Default for Heads {
    fn default() -> Self {
        Self::with_room(ROOM)
    }
}

impl Heads {
    fn with_room(room: usize) -> Self {
        Self { room, held: Mutex::default(), report: Report::of("unfinished heads of requests") }
    }

    /// Counts so many bytes of a connection's head; who holds most gives way where that is too much.
    pub fn hold(&self, seat: &Arc<Seat>, bytes: usize) {
        let mut held = self.held.lock();
        held.set(seat, bytes);
        while held.bytes > self.room {
            let Some(largest) = held.largest() else { break };
            held.remove(&largest);
            let standing = largest.standing();
            // Else it is complete by now, and will say so.
            if standing.phase == Phase::Head && largest.shut(standing) {
                let (client, room) = (largest.client, self.room >> 20);
                self.report.closed(|| {
                    tracing::warn!(
                        %client,
                        "unfinished heads of requests hold {room} MiB: the largest of the client that holds most are closed"
                    );
                });
            }
        }
    }

    /// The head is complete, or the connection gone.
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
