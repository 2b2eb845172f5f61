use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Letters of a foreign version that the log shows.
const MAX_SHOWN: usize = 64;

/// The version of the cookie caches that are believed.
#[derive(Clone)]
pub struct Version {
    expected: String,
    /// Whether a cache of another version has been reported.
    reported: Arc<AtomicBool>,
}

impl Version {
    /// As Better Auth is configured.
    pub fn new(expected: impl Into<String>) -> Self {
        Self { expected: expected.into(), reported: Arc::default() }
    }

    /// Whether a cache of this version is believed.
    pub fn is(&self, found: &str) -> bool {
        found == self.expected
    }

    /// Says once that caches are of no use as long as nobody changes the configuration. What is not genuine says nothing about
    /// Better Auth, so `is_genuine` is asked first.
    pub fn report(&self, found: &str, is_genuine: impl FnOnce() -> bool) {
        if self.reported.load(Ordering::Relaxed) || !is_genuine() {
            return;
        }
        if !self.reported.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                auth.strategy = super::NAME,
                "session_cookie_cache passes over cookie caches of version {}, as session_cookie_cache.version is {:?}. Set \
                 it to Better Auth's session.cookieCache.version. If that is a function, let it return one value only",
                shown(found),
                self.expected
            );
        }
    }

    /// What was found and what is expected, for people.
    pub fn compared(&self, found: &str) -> (String, String) {
        (shown(found), format!("{:?}", self.expected))
    }
}

/// Its beginning: anybody can write at length.
fn shown(version: &str) -> String {
    format!("{:?}", version.chars().take(MAX_SHOWN).collect::<String>())
}
