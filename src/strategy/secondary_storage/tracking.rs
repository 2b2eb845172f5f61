use std::{
    fmt::Display,
    sync::atomic::{AtomicU64, Ordering},
};

use aws_lc_rs::digest;
use redis::{PushInfo, PushKind, Value};

use super::stored::REVOKED_BEFORE;
use crate::{
    identity::EntryDigest,
    revocation::{Feed, Feeds, Hearing, LAG},
};

/// Redis's reports of keys that were read here and have changed since (`CLIENT TRACKING`): they need no configuration there,
/// and concern only these keys. A flush counts as a change of all.
pub struct Tracking {
    feed: Feed,
    prefix: String,
    /// The connection that carries the events.
    current: AtomicU64,
}

impl Tracking {
    /// Every key begins with `prefix`.
    pub fn new(feeds: &Feeds, prefix: &str) -> Self {
        Self { feed: feeds.open("redis"), prefix: prefix.to_owned(), current: AtomicU64::new(u64::MAX) }
    }

    /// Connection `number` carries the events from now on.
    pub fn listening(&self, number: u64) {
        self.current.store(number, Ordering::Release);
        self.feed.listening(LAG);
    }

    /// No connection carries events yet.
    pub fn awaited(&self) {
        self.feed.awaited();
    }

    /// This Redis sends no events.
    pub fn unsupported(&self, reason: impl Display) {
        let remedy =
            "this Redis does not report changes; from version 6 on it does, to a role with client|tracking";
        self.feed.unsupported(format_args!("{remedy} ({reason})"));
    }

    /// Whether events should arrive, but do not.
    pub fn is_lost(&self) -> bool {
        self.feed.state().hearing == Hearing::Lost
    }

    /// The connection with the events has gone.
    pub fn lost(&self, reason: impl Display) {
        self.feed.lost(reason);
    }

    /// Takes an event of connection `number`.
    pub fn hear(&self, push: &PushInfo, number: u64) {
        match (&push.kind, &*push.data) {
            (PushKind::Invalidate, [Value::Array(keys)]) => keys.iter().for_each(|key| self.changed(key)),
            (PushKind::Invalidate, _) => self.feed.invalidate_all(),
            // An earlier connection may end after the next has begun.
            (PushKind::Disconnection, _) if self.current.load(Ordering::Acquire) == number => {
                self.feed.lost("the connection has ended");
            }
            _ => {}
        }
    }

    fn changed(&self, key: &Value) {
        let Value::BulkString(key) = key else { return self.feed.invalidate_all() };
        let text = std::str::from_utf8(key).ok();
        let name = text.and_then(|text| text.strip_prefix(&*self.prefix));
        match name.and_then(|name| name.strip_prefix(REVOKED_BEFORE)) {
            // It may have been written, have expired, or be of another database: the next look-up finds out.
            Some(user) => self.feed.user(user),
            None => self.feed.entry(entry_digest(key)),
        }
    }
}

/// A feed's name for the session under a key: the key holds the token.
pub fn entry_digest(key: &[u8]) -> EntryDigest {
    let mut session = [0; 32];
    session.copy_from_slice(digest::digest(&digest::SHA256, key).as_ref());
    session
}
