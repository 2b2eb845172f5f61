//! Who gives way first: connections in the order in which they are closed for others.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
};

use super::{phase::Phase, seat::Seat};

/// Which line a connection stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Line {
    /// No request is under way, and nobody was verified.
    Strangers,
    /// No request is under way.
    Known,
    /// A request was under way when the door last looked. What is no more moves itself.
    UnderWay,
}

/// A line, and since when a connection counts there. It may have been active since: that is looked at when its turn comes,
/// so that no request touches a line.
pub struct Place {
    line: AtomicU8,
    since: AtomicU64,
}

impl Place {
    pub fn new(is_known: bool, since: u64) -> Self {
        let line = if is_known { Line::Known } else { Line::Strangers };
        Self { line: AtomicU8::new(line as u8), since: AtomicU64::new(since) }
    }

    pub fn get(&self) -> (Line, u64) {
        let line = match self.line.load(Ordering::SeqCst) {
            0 => Line::Strangers,
            1 => Line::Known,
            _ => Line::UnderWay,
        };
        (line, self.since.load(Ordering::Relaxed))
    }

    pub fn set(&self, (line, since): (Line, u64)) {
        self.since.store(since, Ordering::Relaxed);
        self.line.store(line as u8, Ordering::SeqCst);
    }
}

/// The lines of all connections, or of one client's.
#[derive(Default)]
pub struct Lines([BTreeMap<(u64, u64), Arc<Seat>>; 3]);

impl Lines {
    pub fn len(&self) -> usize {
        self.0.iter().map(BTreeMap::len).sum()
    }

    /// Puts a connection where its place says.
    pub fn insert(&mut self, seat: Arc<Seat>) {
        let (line, since) = seat.place.get();
        self.0[line as usize].insert((since, seat.id), seat);
    }

    /// Takes a connection out, if it is there.
    pub fn remove(&mut self, seat: &Seat) -> Option<Arc<Seat>> {
        let (line, since) = seat.place.get();
        self.0[line as usize].remove(&(since, seat.id))
    }

    /// Who stands longest in a line.
    pub fn first(&self, line: Line) -> Option<Arc<Seat>> {
        self.0[line as usize].first_key_value().map(|(_, seat)| seat.clone())
    }

    /// Gives up a request of users or of strangers, the longest that is behind its pace; without one the longest on pace, if
    /// that may be.
    pub fn shut_request(&self, is_known: bool, on_pace: bool, now: u64) -> Option<Arc<Seat>> {
        let requests = || {
            let requests = self.0[Line::UnderWay as usize].values();
            requests.filter(|seat| seat.verified.is_set() == is_known).map(|seat| (seat, seat.standing()))
        };
        let behind = requests().find(|(seat, standing)| {
            (standing.is_idle() || seat.is_behind(*standing, now)) && seat.shut(*standing)
        });
        let longest = || {
            requests()
                .find(|(seat, standing)| on_pace && standing.phase != Phase::Shut && seat.shut(*standing))
        };
        behind.or_else(longest).map(|(seat, _)| seat.clone())
    }
}
