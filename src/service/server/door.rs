//! Who comes in, and who gives way.
//!
//! Its lock is taken once when a connection is made and once when it ends; requests take it only where room has just been
//! looked for.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;

use super::{
    capacity::Capacity,
    heads::Heads,
    lines::{Line, Lines},
    reports::Reports,
    seat::{Clock, Seat},
};
use crate::{
    client::{TrustedProxies, bucket},
    config,
};

/// Connections that were given up have a file handle until their task ends. With more of them nobody new is let in: few
/// enough for the handles that are kept back.
const MOST_LEAVING: usize = 64;

/// See the module.
pub struct Door {
    capacity: Capacity,
    proxies: TrustedProxies,
    pub bounds: Bounds,
    pub clock: Clock,
    pub heads: Heads,
    pub reports: Reports,
    book: Mutex<Book>,
    leaving: AtomicUsize,
}

/// How long things may take, in milliseconds.
pub struct Bounds {
    pub header: u64,
    pub request: u64,
}

/// Everybody inside.
#[derive(Default)]
struct Book {
    next: u64,
    all: Lines,
    clients: HashMap<IpAddr, Client>,
}

struct Client {
    lines: Lines,
    forwards: Arc<AtomicBool>,
}

impl Door {
    pub fn new(capacity: Capacity, config: &config::Server) -> Self {
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            capacity,
            proxies: TrustedProxies::new(config.trusted_proxies.iter().copied()),
            bounds: Bounds {
                header: milliseconds(config.header_timeout),
                request: milliseconds(config.request_timeout),
            },
            clock: Clock::start(),
            heads: Heads::default(),
            reports: Reports::default(),
            book: Mutex::default(),
            leaving: AtomicUsize::new(0),
        }
    }

    /// Lets a peer in, perhaps in place of another connection; nothing where nobody can give way.
    pub fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Arc<Seat>> {
        let peer = peer.to_canonical();
        let (client, is_trusted) = (bucket(peer), self.proxies.trusts(peer));
        let mut book = self.book.lock();
        let others = book.clients.get(&client);
        let forwards = others.map(|others| others.forwards.clone()).unwrap_or_default();
        let is_crowded = others.is_some_and(|others| others.lines.len() >= self.capacity.per_client);
        if is_crowded && !is_trusted {
            let has_room = self.make_room(&mut book, Some(client));
            let speaks_for_others = forwards.load(Ordering::Relaxed);
            self.reports.per_client(has_room, peer, self.capacity.per_client, speaks_for_others);
            if !has_room {
                return None;
            }
        }
        if book.all.len() >= self.capacity.total {
            // Who has more than its share takes from its own first.
            let own = book.clients.get(&client).map_or(0, |client| client.lines.len());
            let has_more = !is_trusted && own > self.capacity.total / book.clients.len().max(1);
            let has_room =
                (has_more && self.make_room(&mut book, Some(client))) || self.make_room(&mut book, None);
            self.reports.total(has_room, self.capacity.total, book.clients.len());
            if !has_room {
                return None;
            }
        }
        let id = book.next;
        book.next += 1;
        let seat = Arc::new(Seat::new(self.clone(), id, client, is_trusted, forwards));
        book.insert(&seat);
        Some(seat)
    }

    /// Closes a connection to make room for another: of this client's, or of all.
    fn make_room(&self, book: &mut Book, of: Option<IpAddr>) -> bool {
        let Some(seat) = book.shut_one(of, self.clock.now()) else { return false };
        book.remove(&seat);
        self.leaving.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// There are no file handles: gives up one connection.
    pub fn spare_one(&self) {
        self.make_room(&mut self.book.lock(), None);
    }

    /// Whether connections that were given up still have to go.
    pub fn is_clearing(&self) -> bool {
        self.leaving.load(Ordering::Relaxed) >= MOST_LEAVING.min(self.capacity.total / 8 + 1)
    }

    /// No request is under way any more.
    pub fn settle(&self, seat: &Arc<Seat>) {
        if seat.place.get().0 == Line::UnderWay {
            self.book.lock().update(seat);
        }
    }

    /// A connection is gone.
    pub fn leave(&self, seat: &Arc<Seat>) {
        let was_inside = self.book.lock().remove(seat);
        if !was_inside {
            self.leaving.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Book {
    fn insert(&mut self, seat: &Arc<Seat>) {
        self.all.insert(seat.clone());
        let client = || Client { lines: Lines::default(), forwards: seat.forwards.clone() };
        self.clients.entry(seat.client).or_insert_with(client).lines.insert(seat.clone());
    }

    fn remove(&mut self, seat: &Seat) -> bool {
        if let Some(client) = self.clients.get_mut(&seat.client) {
            client.lines.remove(seat);
            if client.lines.len() == 0 {
                self.clients.remove(&seat.client);
            }
        }
        self.all.remove(seat).is_some()
    }

    /// Moves a connection to the line where it belongs by now. Whether it stood there already.
    fn update(&mut self, seat: &Arc<Seat>) -> bool {
        let mut has_moved = false;
        // Again after a move: it may have settled meanwhile, and taken its old line for the right one.
        while let place = seat.belongs()
            && seat.place.get() != place
        {
            let client = self.clients.get_mut(&seat.client);
            let client = client.and_then(|client| Some((client.lines.remove(seat)?, &mut client.lines)));
            let (Some((one, lines)), Some(other)) = (client, self.all.remove(seat)) else { break };
            seat.place.set(place);
            lines.insert(one);
            self.all.insert(other);
            has_moved = true;
        }
        !has_moved
    }

    /// Gives up the connection that can best be spared: a stranger's on which nothing is under way, else a user's, else one
    /// whose client is too slow; in each line the longest.
    fn shut_one(&mut self, of: Option<IpAddr>, now: u64) -> Option<Arc<Seat>> {
        for line in [Line::Strangers, Line::Known] {
            while let Some(seat) = self.lines(of)?.first(line) {
                let standing = seat.standing();
                // What has been active since goes to the end, once for each time that it was.
                if self.update(&seat) && standing.is_idle() && seat.shut(standing) {
                    return Some(seat);
                }
            }
        }
        let mut under_way = self.lines(of)?.under_way().map(|seat| (seat, seat.standing()));
        let behind = under_way.find(|(seat, standing)| {
            (standing.is_idle() || seat.is_behind(*standing, now)) && seat.shut(*standing)
        });
        behind.map(|(seat, _)| seat.clone())
    }

    fn lines(&self, of: Option<IpAddr>) -> Option<&Lines> {
        of.map_or(Some(&self.all), |client| self.clients.get(&client).map(|client| &client.lines))
    }
}
