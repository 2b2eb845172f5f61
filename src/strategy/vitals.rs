use std::time::Duration;

/// How one strategy stands at this moment, for those who run it: what its cache holds, whether its breaker is open, how old
/// its keys are. Each wrapper adds what it knows. Asking does no I/O and is not for every request.
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

/// What a cache holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheVitals {
    /// Identities; a moment old.
    pub entries: u64,
    /// What they count for, in units of the capacity: a large identity counts once for each KiB.
    pub weight: u64,
    /// The most that they may count for.
    pub capacity: u64,
    /// How long one is used at most.
    pub max_age: Duration,
}

/// How busy a guard is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GuardVitals {
    /// Whether the breaker is open: what the strategy asks was out of reach several times in a row, and a request is answered
    /// without asking until one look-up has succeeded.
    pub is_open: bool,
    /// How often the breaker has opened.
    pub openings: u64,
    /// Look-ups under way.
    pub under_way: usize,
    /// Look-ups that wait for their turn.
    pub waiting: usize,
}

/// How old published keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyVitals {
    /// How many keys the last good set has; none where there has been no good set.
    pub keys: usize,
    /// The time since the fetch of the last good set began.
    pub age: Option<Duration>,
    /// How old the set may become before nothing is verified with it.
    pub max_age: Duration,
    /// Why the last fetch failed, if it did.
    pub failure: Option<String>,
}

impl Vitals {
    /// Those of a strategy that keeps nothing.
    #[must_use]
    pub fn of(strategy: &'static str) -> Self {
        Self { strategy, cache: None, guard: None, keys: None }
    }
}
