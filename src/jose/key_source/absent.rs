use std::{collections::HashMap, time::Duration};

use tokio::time::Instant;

/// After a fetch did not find a key, the next fetch for it comes no sooner than this.
const ABSENT_FOR: Duration = Duration::from_secs(30);
/// The most absent keys that are kept.
const MAX_ABSENT: usize = 1000;

/// Keys for which a fetch was made and did not find them.
#[derive(Default)]
pub struct AbsentKeys(HashMap<String, Absent>);

struct Absent {
    /// When the fetch was made.
    at: Instant,
    /// The same instant as seconds since 1970.
    at_second: i64,
    /// The signature of the token that caused the fetch.
    signature: Box<[u8]>,
}

impl AbsentKeys {
    /// Whether the key of a token that was issued at `issued_at` at the latest is known not to exist: a fetch was made later than
    /// that. The very token that caused the fetch is older than the fetch, whatever it claims.
    pub fn hold(&self, kid: &str, issued_at: i64, signature: &[u8]) -> bool {
        self.0.get(kid).is_some_and(|absent| {
            absent.is_recent() && (issued_at < absent.at_second || *signature == *absent.signature)
        })
    }

    /// A fetch `at` this time, for the token with this signature, did not find its key.
    pub fn note(&mut self, kid: &str, at: Instant, at_second: i64, signature: &[u8]) {
        self.0.retain(|_, absent| absent.is_recent());
        if self.0.len() < MAX_ABSENT {
            self.0.insert(kid.to_owned(), Absent { at, at_second, signature: signature.into() });
        }
    }
}

impl Absent {
    fn is_recent(&self) -> bool {
        self.at.elapsed() < ABSENT_FOR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn r4_a_flood_takes_no_more_room_than_there_is() {
        let mut keys = AbsentKeys::default();
        for number in 0..2 * MAX_ABSENT {
            keys.note(&number.to_string(), Instant::now(), 100, b"one");
        }
        assert_eq!(keys.0.len(), MAX_ABSENT);
        tokio::time::advance(ABSENT_FOR).await;
        assert!(!keys.hold("0", 50, b"one"));
        keys.note("new", Instant::now(), 130, b"one");
        assert_eq!(keys.0.len(), 1, "what is over leaves its room");
        assert!(keys.hold("new", 120, b"another"));
    }

    #[tokio::test(start_paused = true)]
    async fn s11_a_token_that_may_be_newer_than_the_search_is_worth_another() {
        let mut keys = AbsentKeys::default();
        keys.note("kid", Instant::now(), 100, b"one");
        for (issued_at, held) in [(50, true), (99, true), (100, false), (130, false)] {
            assert_eq!(keys.hold("kid", issued_at, b"another"), held, "{issued_at}");
            assert!(keys.hold("kid", issued_at, b"one"), "{issued_at}");
        }
        assert!(!keys.hold("another", 50, b"one"));
    }
}
