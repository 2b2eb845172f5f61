use std::{
    fmt::Display,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use aws_lc_rs::digest;
use redis::{PushInfo, PushKind, Value};

use super::stored::REVOKED_BEFORE;
use crate::{identity::SessionKey, revocation::Feed};

/// A change is heard within this, unless the network or the machine is overloaded.
const LAG: Duration = Duration::from_millis(100);

/// What Redis tells of keys that were read and have changed since (`CLIENT TRACKING`): it needs no configuration there, and
/// tells nothing but what concerns us. A flush counts as a change of all.
pub struct Tracking {
    line: Feed,
    prefix: String,
    /// The connection that tells.
    current: AtomicU64,
}

impl Tracking {
    /// Every key begins with `prefix`.
    pub fn new(feed: &Feed, prefix: &str) -> Self {
        Self { line: feed.line("redis"), prefix: prefix.to_owned(), current: AtomicU64::new(u64::MAX) }
    }

    /// Connection `number` tells from now on.
    pub fn hears(&self, number: u64) {
        self.current.store(number, Ordering::Release);
        self.line.hears(LAG);
    }

    pub fn hears_nothing(&self, reason: impl Display) {
        tracing::info!(%reason, "this Redis does not tell of changes: a sign-out is seen when what is remembered has aged");
        self.line.hears_nothing();
    }

    pub fn lost(&self, reason: impl Display) {
        self.line.lost(reason);
    }

    /// Takes what connection `number` tells.
    pub fn hear(&self, push: &PushInfo, number: u64) {
        match (&push.kind, &*push.data) {
            (PushKind::Invalidate, [Value::Array(keys)]) => keys.iter().for_each(|key| self.changed(key)),
            (PushKind::Invalidate, _) => self.line.everything(),
            // An earlier one may end after the next has begun.
            (PushKind::Disconnection, _) if self.current.load(Ordering::Acquire) == number => {
                self.line.lost("the connection has ended");
            }
            _ => {}
        }
    }

    fn changed(&self, key: &Value) {
        let Value::BulkString(key) = key else { return self.line.everything() };
        let text = std::str::from_utf8(key).ok();
        let name = text.and_then(|text| text.strip_prefix(&*self.prefix));
        match name.and_then(|name| name.strip_prefix(REVOKED_BEFORE)) {
            Some(user) => self.line.cut_off(user),
            None => self.line.key(session_key(key)),
        }
    }
}

/// What a feed calls the session that is stored under a key: the key holds the token.
pub fn session_key(key: &[u8]) -> SessionKey {
    let mut session = [0; 32];
    session.copy_from_slice(digest::digest(&digest::SHA256, key).as_ref());
    session
}
