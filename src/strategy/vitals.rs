use std::time::Duration;

/// The state of one strategy at this moment, for its operators: the size of its cache, whether its breaker is open, the age of
/// its keys. Each wrapper adds what it knows. Asking does no I/O and is not for every request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vitals {
    /// The strategy's name; a fallback has vitals of its own.
    pub strategy: &'static str,
    /// Where it is [`Cached`](crate::Cached).
    pub cache: Option<CacheVitals>,
    /// Where it is [`Guarded`](crate::Guarded).
    pub guard: Option<GuardVitals>,
    /// Where it believes published keys.
    pub keys: Option<KeyVitals>,
}

/// The content of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheVitals {
    /// Identities; a moment old.
    pub entries: u64,
    /// Their weight, in units of the capacity: a large identity counts once for each KiB.
    pub weight: u64,
    /// The largest weight.
    pub capacity: u64,
    /// The longest use of an identity.
    pub max_age: Duration,
}

/// How busy a guard is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GuardVitals {
    /// Whether the breaker is open: the store or service was out of reach several times in a row, and requests are answered
    /// without a look-up until one has succeeded.
    pub is_open: bool,
    /// How often the breaker has opened.
    pub openings: u64,
    /// Look-ups under way.
    pub under_way: usize,
    /// Look-ups that wait for their turn.
    pub waiting: usize,
}

/// The age of published keys.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyVitals {
    /// The number of keys in the last good set; `None` if there has been no good set.
    pub keys: usize,
    /// The time since the fetch of the last good set began.
    pub age: Option<Duration>,
    /// The age beyond which nothing is verified with the set.
    pub max_age: Duration,
    /// Why the last fetch failed, if it did.
    pub failure: Option<String>,
}

impl Vitals {
    /// The vitals of a strategy without cache, guard or keys.
    #[must_use]
    pub fn of(strategy: &'static str) -> Self {
        Self { strategy, cache: None, guard: None, keys: None }
    }
}
