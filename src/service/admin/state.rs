use serde::Serialize;

use crate::{
    app::readiness::Standing,
    revocation::{FeedState, Hearing},
    service::server::Occupancy,
    strategy::{CacheVitals, GuardVitals, KeyVitals, Vitals},
};

/// How the service stands, as JSON. Times are seconds; what is absent is left out.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    version: &'static str,
    /// Whether operators have to present a token.
    token_needed: bool,
    /// Whether at least one strategy can decide now.
    ready: bool,
    /// In order of trust.
    strategies: Vec<Strategy>,
    /// Whether Better Auth's plugin may tell of sign-outs.
    hook: bool,
    /// Ends and changes of sessions and users that were heard of.
    revocations: u64,
    connections: Connections,
    /// Empty where nothing is limited.
    limits: Vec<Limit>,
}

/// A limit, with its quota of requests or bytes in a window, and how many requests it has refused.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Limit {
    pub name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    pub window_seconds: f64,
    pub refused: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Strategy {
    name: &'static str,
    /// As `/health/ready` says.
    state: &'static str,
    freshness: Freshness,
    /// It and each further strategy inside.
    parts: Vec<Part>,
}

/// How late a sign-out is seen.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Freshness {
    /// Within this time; absent where only the credential's expiry ends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    within_seconds: Option<f64>,
    feeds: Vec<Feed>,
    /// Whether the hook tells it, too.
    hook: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Feed {
    name: &'static str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    lag_seconds: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    strategy: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<Cache>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guard: Option<Guard>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<KeySet>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cache {
    entries: u64,
    weight: u64,
    capacity: u64,
    max_age_seconds: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Guard {
    open: bool,
    openings: u64,
    under_way: usize,
    waiting: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KeySet {
    keys: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<f64>,
    max_age_seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Connections {
    open: usize,
    most: usize,
    clients: usize,
    caps: Vec<Cap>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cap {
    name: &'static str,
    closed: u64,
    refused: u64,
}

impl State {
    /// `revocations` were heard of since the service began.
    pub fn new(
        strategies: Vec<Standing>,
        hook: bool,
        occupancy: &Occupancy,
        revocations: u64,
        limits: Vec<Limit>,
        token_needed: bool,
    ) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            token_needed,
            ready: strategies.iter().any(|strategy| strategy.is_ready),
            strategies: strategies.into_iter().map(|strategy| Strategy::new(strategy, hook)).collect(),
            hook,
            revocations,
            connections: Connections::new(occupancy),
            limits,
        }
    }
}

impl Strategy {
    fn new(Standing { name, is_ready, freshness, vitals }: Standing, hook: bool) -> Self {
        Self {
            name,
            state: if is_ready { "ready" } else { "unavailable" },
            freshness: Freshness {
                within_seconds: freshness.within.map(|within| within.as_secs_f64()),
                hook: hook && freshness.honours_revocations,
                feeds: freshness.feeds.into_iter().map(Feed::from).collect(),
            },
            parts: vitals.into_iter().map(Part::from).collect(),
        }
    }
}

impl From<FeedState> for Feed {
    fn from(FeedState { name, hearing, .. }: FeedState) -> Self {
        let lag_seconds = match hearing {
            Hearing::Listening(within) => Some(within.as_secs_f64()),
            Hearing::Lost | Hearing::Unsupported => None,
        };
        Self { name, state: hearing.name(), lag_seconds }
    }
}

impl From<Vitals> for Part {
    fn from(Vitals { strategy, cache, guard, keys, .. }: Vitals) -> Self {
        Self {
            strategy,
            cache: cache.map(Cache::from),
            guard: guard.map(Guard::from),
            keys: keys.map(KeySet::from),
        }
    }
}

impl From<CacheVitals> for Cache {
    fn from(CacheVitals { entries, weight, capacity, max_age, .. }: CacheVitals) -> Self {
        Self { entries, weight, capacity, max_age_seconds: max_age.as_secs_f64() }
    }
}

impl From<GuardVitals> for Guard {
    fn from(GuardVitals { is_open, openings, under_way, waiting, .. }: GuardVitals) -> Self {
        Self { open: is_open, openings, under_way, waiting }
    }
}

impl From<KeyVitals> for KeySet {
    fn from(KeyVitals { keys, age, max_age, failure, .. }: KeyVitals) -> Self {
        Self {
            keys,
            age_seconds: age.map(|age| age.as_secs_f64()),
            max_age_seconds: max_age.as_secs_f64(),
            failure,
        }
    }
}

impl Connections {
    fn new(occupancy: &Occupancy) -> Self {
        let cap = |name, closed, refused| Cap { name, closed, refused };
        Self {
            open: occupancy.connections,
            most: occupancy.most,
            clients: occupancy.clients,
            caps: occupancy.caps.iter().map(|one| cap(one.name, one.closed, one.refused)).collect(),
        }
    }
}
