//! Who comes in, and who gives way.
//!
//! Its lock is taken once when a connection is made and once when it ends; requests take it only where room has just been
//! looked for.

use std::{
    cmp::Reverse,
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
    report::CapTotals,
    reports::Reports,
    seat::{Clock, Seat},
};
use crate::{TrustedProxies, app::lifecycle::Lifecycle, config, limit_key};

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

/// Who is inside at one moment.
pub struct Occupancy {
    pub connections: usize,
    /// The most that may be open at once.
    pub most: usize,
    /// Addresses that have connections.
    pub clients: usize,
    /// What each cap has done since the service began.
    pub caps: Vec<CapTotals>,
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

/// The caps that a newcomer meets, and whether they leave room for it.
#[derive(Default)]
struct Reached {
    /// And whether its address sends `X-Forwarded-For`.
    per_client: Option<(bool, bool)>,
    /// And how many addresses have connections.
    total: Option<(bool, usize)>,
}

/// Whose connections may give way.
#[derive(Clone, Copy)]
enum Whose {
    /// Only this client's.
    One(IpAddr),
    /// Everybody's, to a client that has so many of its `own`.
    All { own: usize },
}

struct Client {
    lines: Lines,
    forwards: Arc<AtomicBool>,
}

impl Door {
    pub fn new(capacity: Capacity, config: &config::Server, lifecycle: &Lifecycle) -> Self {
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            capacity,
            proxies: config.proxies(),
            bounds: Bounds {
                header: milliseconds(config.header_timeout),
                request: milliseconds(config.request_timeout),
            },
            clock: Clock::start(),
            heads: Heads::new(lifecycle),
            reports: Reports::new(lifecycle),
            book: Mutex::default(),
            leaving: AtomicUsize::new(0),
        }
    }

    /// Who is inside now.
    pub fn occupancy(&self) -> Occupancy {
        let (connections, clients) = {
            let book = self.book.lock();
            (book.all.len(), book.clients.len())
        };
        let caps = self.reports.totals().into_iter().chain([self.heads.totals()]).collect();
        Occupancy { connections, most: self.capacity.total, clients, caps }
    }

    /// Lets a peer in, perhaps in place of another connection; nothing where nobody can give way.
    pub fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Arc<Seat>> {
        let peer = peer.to_canonical();
        let mut reached = Reached::default();
        let seat = self.find_place(peer, &mut reached);
        // Not under the lock: a log may be slow.
        if let Some((has_room, forwards)) = reached.per_client {
            self.reports.per_client(has_room, peer, self.capacity.per_client, forwards);
        }
        if let Some((has_room, clients)) = reached.total {
            self.reports.total(has_room, self.capacity.total, clients);
        }
        seat
    }

    fn find_place(self: &Arc<Self>, peer: IpAddr, reached: &mut Reached) -> Option<Arc<Seat>> {
        let (client, is_trusted) = (limit_key(peer), self.proxies.trusts(peer));
        let mut book = self.book.lock();
        let others = book.clients.get(&client);
        let own = others.map_or(0, |others| others.lines.len());
        let forwards = others.map(|others| others.forwards.clone()).unwrap_or_default();
        if own >= self.capacity.per_client && !is_trusted {
            let has_room = self.make_room(&mut book, Whose::One(client));
            reached.per_client = Some((has_room, forwards.load(Ordering::Relaxed)));
            if !has_room {
                return None;
            }
        }
        if book.all.len() >= self.capacity.total {
            let share = self.capacity.total / book.clients.len().max(1);
            // A proxy speaks for many: of its own it never has more than its share.
            let own = if is_trusted { own.min(share) } else { own };
            let has_room = (own > share && self.make_room(&mut book, Whose::One(client)))
                || self.make_room(&mut book, Whose::All { own });
            reached.total = Some((has_room, book.clients.len()));
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

    /// Closes a connection to make room for another.
    fn make_room(&self, book: &mut Book, whose: Whose) -> bool {
        let Some(seat) = book.shut_one(whose, self.clock.now()) else { return false };
        book.remove(&seat);
        self.leaving.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// There are no file handles: gives up one connection.
    pub fn spare_one(&self) {
        self.make_room(&mut self.book.lock(), Whose::All { own: usize::MAX });
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

    /// Gives up the connection that can best be spared: a stranger's on which nothing is under way, else a user's, each the
    /// longest; else a request.
    fn shut_one(&mut self, whose: Whose, now: u64) -> Option<Arc<Seat>> {
        for line in [Line::Strangers, Line::Known] {
            while let Some(seat) = self.lines(whose)?.first(line) {
                let standing = seat.standing();
                // What has been active since goes to the end, once for each time that it was.
                if self.update(&seat) && standing.is_idle() && seat.shut(standing) {
                    return Some(seat);
                }
            }
        }
        match whose {
            Whose::One(_) => {
                let lines = self.lines(whose)?;
                [false, true].into_iter().find_map(|is_known| lines.shut_request(is_known, false, now))
            }
            Whose::All { own } => self.shut_request(own, now),
        }
    }

    /// Gives up a request, of strangers first, and each time of the client with most connections first. One on pace goes only
    /// if it is a stranger's, and if its client still has no fewer connections than the newcomer afterwards: so neither could
    /// take the place back.
    fn shut_request(&self, own: usize, now: u64) -> Option<Arc<Seat>> {
        let mut clients: Vec<_> = self.clients.values().map(|client| &client.lines).collect();
        clients.sort_by_cached_key(|lines| Reverse(lines.len()));
        let mut by_share = clients.iter();
        let strangers =
            by_share.find_map(|lines| lines.shut_request(false, lines.len() > own.saturating_add(1), now));
        strangers.or_else(|| clients.iter().find_map(|lines| lines.shut_request(true, false, now)))
    }

    fn lines(&self, whose: Whose) -> Option<&Lines> {
        match whose {
            Whose::One(client) => self.clients.get(&client).map(|client| &client.lines),
            Whose::All { .. } => Some(&self.all),
        }
    }
}
