use std::{collections::HashMap, time::Duration};

use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::Chance;

/// A day's work.
pub const LIFETIME: Duration = Duration::from_hours(12);
/// Only holders of the token begin one; the oldest gives way.
const MOST: usize = 100;

type Digest = [u8; 32];

/// The browsers of operators that have presented the token. They end with the process.
pub struct Sessions {
    chance: Chance,
    /// By the digests of what their cookies hold: who can read this cannot use it, and looking one up tells nothing by its time.
    ends: Mutex<HashMap<Digest, Instant>>,
}

impl Sessions {
    pub fn new(chance: Chance) -> Self {
        Self { chance, ends: Mutex::default() }
    }

    /// Begins one; the answer is what its cookie holds.
    pub fn begin(&self) -> String {
        let value = BASE64_URL_SAFE_NO_PAD.encode(self.chance.bytes::<32>());
        let now = Instant::now();
        let mut ends = self.ends.lock();
        ends.retain(|_, end| *end > now);
        if ends.len() >= MOST
            && let Some(oldest) = ends.iter().min_by_key(|(_, end)| **end).map(|(digest, _)| *digest)
        {
            ends.remove(&oldest);
        }
        ends.insert(digest_of(&value), now + LIFETIME);
        value
    }

    /// Whether this is what the cookie of one holds.
    pub fn know(&self, value: &str) -> bool {
        self.ends.lock().get(&digest_of(value)).is_some_and(|end| *end > Instant::now())
    }

    /// Ends one, if there is such.
    pub fn end(&self, value: &str) {
        self.ends.lock().remove(&digest_of(value));
    }
}

fn digest_of(value: &str) -> Digest {
    let mut digest = Digest::default();
    digest.copy_from_slice(digest::digest(&digest::SHA256, value.as_bytes()).as_ref());
    digest
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_session_ends_when_it_is_ended_or_its_day_is_over() {
        let sessions = Sessions::new(Chance::SYSTEM);
        let [one, other] = [sessions.begin(), sessions.begin()];
        assert!(one != other && sessions.know(&one) && sessions.know(&other) && !sessions.know(""));
        sessions.end(&one);
        assert!(!sessions.know(&one) && sessions.know(&other));
        advance(LIFETIME).await;
        assert!(!sessions.know(&other));
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_gives_way() {
        let sessions = Sessions::new(Chance::SYSTEM);
        let oldest = sessions.begin();
        advance(Duration::from_secs(1)).await;
        let others: Vec<_> = (0..MOST).map(|_| sessions.begin()).collect();
        assert!(!sessions.know(&oldest) && others.iter().all(|other| sessions.know(other)));
    }
}
