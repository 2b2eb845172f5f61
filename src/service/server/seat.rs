//! The place of one connection: what it is at, seen from outside, and what bounds it.
//!
//! The connection's own task writes it with a few atomic stores per request. The door reads it when it needs room.

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::Waker,
    time::Duration,
};

use futures_util::task::AtomicWaker;
use tokio::time::Instant;

use super::{
    arrival::{Arrival, AwaitedBody},
    door::Door,
    heads::SMALL,
    lines::{Line, Place},
    phase::{Phase, Standing},
};
use crate::protection::Verified;

/// Bytes a second that a client is expected to send of a body and to read of an answer.
const PACE: u64 = 16 * 1024;
/// Who is slower than that for longer gives way to others.
const PATIENCE: u64 = 2_000;
/// A connection is closed after this time, at the end of a request: who was verified once is not believed for ever.
const MAX_AGE: u64 = 3_600_000;
/// What a client still sends after the last answer is read off for so long.
const PARTING: u64 = 2_000;
/// A request that is not answered by then answers itself; this is for what even that does not end.
const GRACE: u64 = 1_000;

/// See the module.
pub struct Seat {
    pub id: u64,
    pub client: IpAddr,
    door: Arc<Door>,
    opened: u64,
    standing: AtomicU64,
    /// In which line the door keeps it; only changed under the door's lock.
    pub place: Place,
    pub verified: Verified,
    body: Arc<AwaitedBody>,
    /// Whether a peer with this address sends `X-Forwarded-For`.
    pub forwards: Arc<AtomicBool>,
    asked_before: AtomicBool,
    /// Bytes of the head, until the answer begins.
    head: AtomicUsize,
    /// Whether the request has a body, of which some may be unread.
    has_body: AtomicBool,
    /// Bytes of the body that have come, or of the answer that have gone.
    moved: AtomicU64,
    /// Bytes of the answer.
    size: AtomicU64,
    /// Whether nothing of the answer is still to be made.
    is_made: AtomicBool,
    task: AtomicWaker,
}

impl Seat {
    /// Of a connection that was made just now. A trusted proxy counts as verified.
    pub fn new(
        door: Arc<Door>,
        id: u64,
        client: IpAddr,
        is_trusted: bool,
        forwards: Arc<AtomicBool>,
    ) -> Self {
        let opened = door.clock.now();
        let standing = Standing::new(Phase::Waiting, opened);
        let verified = Verified::default();
        if is_trusted {
            verified.set();
        }
        Self {
            id,
            client,
            door,
            opened,
            standing: standing.packed().into(),
            place: Place::new(is_trusted, opened),
            verified,
            body: Arc::default(),
            forwards,
            asked_before: AtomicBool::new(is_trusted),
            head: AtomicUsize::new(0),
            has_body: AtomicBool::new(false),
            moved: AtomicU64::new(0),
            size: AtomicU64::new(0),
            is_made: AtomicBool::new(false),
            task: AtomicWaker::new(),
        }
    }

    pub fn standing(&self) -> Standing {
        Standing::unpacked(self.standing.load(Ordering::SeqCst))
    }

    /// The line that it should stand in, and since when.
    pub fn belongs(&self) -> (Line, u64) {
        let standing = self.standing();
        let line = match (standing.is_idle(), self.verified.is_set()) {
            (true, false) => Line::Strangers,
            (true, true) => Line::Known,
            (false, _) => Line::UnderWay,
        };
        (line, standing.since)
    }

    fn pass(&self, phase: Phase, since: u64) {
        let next = Standing::new(phase, since).packed();
        // What was shut stays so.
        let is_open = |standing| (Standing::unpacked(standing).phase != Phase::Shut).then_some(next);
        let _ = self.standing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, is_open);
    }

    /// Bytes were read.
    pub fn received(self: &Arc<Self>, bytes: usize) {
        let standing = self.standing();
        match standing.phase {
            Phase::Waiting | Phase::Head => {
                if standing.phase == Phase::Waiting {
                    self.pass(Phase::Head, self.door.clock.now());
                }
                let head = self.head.fetch_add(bytes, Ordering::Relaxed) + bytes;
                if head > SMALL {
                    self.door.heads.hold(self, head);
                }
            }
            Phase::Request => {
                self.moved.fetch_add(bytes as u64, Ordering::Relaxed);
            }
            Phase::Answer | Phase::Parting | Phase::Shut => {}
        }
    }

    /// A head is complete. Nothing where the connection has just been given up.
    pub fn begin(self: &Arc<Self>, has_body: bool) -> Option<Arrival> {
        let Standing { phase, since } = self.standing();
        // A pipelined one was there already.
        let since = if phase == Phase::Head { since } else { self.door.clock.now() };
        self.has_body.store(has_body, Ordering::Relaxed);
        self.moved.store(0, Ordering::Relaxed);
        self.pass(Phase::Request, since);
        (!self.is_shut()).then(|| Arrival::new(self.door.clock.at(since), self.body.clone()))
    }

    fn forget_head(self: &Arc<Self>) {
        if self.head.swap(0, Ordering::Relaxed) > SMALL {
            self.door.heads.forget(self);
        }
    }

    /// Whether this is the connection's first request.
    pub fn is_first(&self) -> bool {
        !self.asked_before.load(Ordering::Relaxed) && !self.asked_before.swap(true, Ordering::Relaxed)
    }

    /// The answer has so many bytes.
    pub fn answer(self: &Arc<Self>, size: u64) {
        self.forget_head();
        self.moved.store(0, Ordering::Relaxed);
        self.size.store(size, Ordering::Relaxed);
        self.is_made.store(false, Ordering::Relaxed);
        self.pass(Phase::Answer, self.door.clock.now());
    }

    /// Whether the connection should end with this answer.
    pub fn is_old(&self) -> bool {
        self.door.clock.now() >= self.opened + MAX_AGE
    }

    /// All of the answer is in the hands of HTTP.
    pub fn made(&self) {
        self.is_made.store(true, Ordering::Relaxed);
    }

    /// Bytes were written.
    pub fn sent(&self, bytes: usize) {
        self.moved.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// All that HTTP had to write is written.
    pub fn flushed(self: &Arc<Self>) {
        if self.is_made.load(Ordering::Relaxed) && self.standing().phase == Phase::Answer {
            self.is_made.store(false, Ordering::Relaxed);
            self.pass(Phase::Waiting, self.door.clock.now());
            self.door.settle(self);
        }
    }

    /// Nothing more will be written. Whether the client may still be sending: if its bytes met a closed connection, it
    /// would lose the answer.
    pub fn part(self: &Arc<Self>) -> bool {
        let is_clean = self.standing().phase == Phase::Waiting && !self.has_body.load(Ordering::Relaxed);
        self.forget_head();
        self.pass(Phase::Parting, self.door.clock.now());
        self.door.settle(self);
        !is_clean
    }

    /// When it is too late for what the connection is at.
    pub fn deadline(&self) -> Instant {
        let Standing { phase, since } = self.standing();
        let bounds = &self.door.bounds;
        self.door.clock.at(match phase {
            Phase::Waiting => (since + bounds.header).min((self.opened + MAX_AGE).max(since)),
            Phase::Head => since + bounds.header,
            Phase::Request => since + bounds.request + GRACE,
            Phase::Answer => since + bounds.request + self.size.load(Ordering::Relaxed) * 1000 / PACE,
            Phase::Parting => since + PARTING,
            Phase::Shut => 0,
        })
    }

    /// The deadline has passed.
    pub fn late(&self) {
        if self.standing().phase == Phase::Answer {
            self.door.reports.slow_reader(self.client);
        }
    }

    /// Whether the client has not sent or read as fast as can be expected.
    pub fn is_behind(&self, standing: Standing, now: u64) -> bool {
        let began = match standing.phase {
            Phase::Request => self.body.since().map(|since| standing.since + since),
            Phase::Answer => Some(standing.since),
            _ => None,
        };
        let is_slow = |began| {
            let due = now.saturating_sub(began + PATIENCE) * PACE / 1000;
            self.moved.load(Ordering::Relaxed) < due
        };
        began.is_some_and(is_slow)
    }

    /// Gives the connection up, if it is still at what it was `seen` at.
    pub fn shut(&self, seen: Standing) -> bool {
        let (seen, shut) = (seen.packed(), Standing::new(Phase::Shut, seen.since).packed());
        let is_shut = self.standing.compare_exchange(seen, shut, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        if is_shut {
            self.task.wake();
        }
        is_shut
    }

    pub fn is_shut(&self) -> bool {
        self.standing().phase == Phase::Shut
    }

    /// Wakes this task when it is shut.
    pub fn listen(&self, task: &Waker) {
        self.task.register(task);
    }

    /// The connection is gone.
    pub fn leave(self: &Arc<Self>) {
        self.forget_head();
        self.door.leave(self);
    }
}

/// Milliseconds since the service began to listen.
#[derive(Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn now(self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn at(self, milliseconds: u64) -> Instant {
        self.0 + Duration::from_millis(milliseconds)
    }
}
