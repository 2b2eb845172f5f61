use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Characters of a foreign version that the log shows.
const MAX_SHOWN: usize = 64;

/// The version of the trusted cookie caches.
#[derive(Clone)]
pub struct Version {
    expected: String,
    /// Whether a cache of another version has been reported.
    reported: Arc<AtomicBool>,
}

impl Version {
    /// The version in Better Auth's configuration.
    pub fn new(expected: impl Into<String>) -> Self {
        Self { expected: expected.into(), reported: Arc::default() }
    }

    /// Whether caches of this version are trusted.
    pub fn is(&self, found: &str) -> bool {
        found == self.expected
    }

    /// Warns once that caches are useless until an operator changes the configuration. A forged cache says nothing about Better
    /// Auth, so `is_genuine` is asked first.
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

    /// The versions found and expected, for people.
    pub fn compared(&self, found: &str) -> (String, String) {
        (shown(found), format!("{:?}", self.expected))
    }
}

/// Its beginning: a stranger can send a long one.
fn shown(version: &str) -> String {
    format!("{:?}", version.chars().take(MAX_SHOWN).collect::<String>())
}
