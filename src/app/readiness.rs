//! What each strategy could decide right now, as last heard in the background.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use tokio::time::{sleep, timeout};

use super::lifecycle::Lifecycle;
use crate::strategy::{Chain, Freshness, Probe, Vitals};

/// While a strategy can decide it is seldom asked: Better Auth counts even these calls.
const WHILE_READY: Duration = Duration::from_secs(15);
/// While it cannot, its return should be seen at once.
const WHILE_UNAVAILABLE: Duration = Duration::from_secs(2);

/// A start-up waits no longer for what may be out of reach.
pub const FIRST_LOOK: Duration = Duration::from_secs(1);

/// The last known state of every strategy; asking it does no I/O.
#[derive(Clone, Default)]
pub struct Watch {
    strategies: Arc<[Watched]>,
    /// Whether Better Auth's plugin may tell of revocations.
    hears_hook: bool,
}

/// How one strategy stands.
pub struct Standing {
    pub name: &'static str,
    /// Whether it can decide now.
    pub is_ready: bool,
    /// How late it sees a sign-out.
    pub freshness: Freshness,
    /// What it and each further strategy inside keep.
    pub vitals: Vec<Vitals>,
}

struct Watched {
    strategy: Probe,
    /// What it asks, for the log.
    place: Option<String>,
    ready: AtomicBool,
    /// Whether the log already says why it is not.
    told: AtomicBool,
}

impl Watch {
    /// Asks every strategy once, side by side and not for long, and then goes on asking in the background.
    ///
    /// `places` says what each of them asks, in the same order.
    pub async fn begin(
        chain: &Chain,
        places: &[Option<String>],
        hears_hook: bool,
        lifecycle: &Lifecycle,
    ) -> Self {
        let watched = |(at, strategy)| Watched {
            strategy,
            place: places.get(at).cloned().flatten(),
            ready: AtomicBool::default(),
            told: AtomicBool::default(),
        };
        let strategies = chain.probes().into_iter().enumerate().map(watched).collect();
        let watch = Self { strategies, hears_hook };
        // Those that did not answer are asked again below.
        let _ = timeout(FIRST_LOOK, join_all(watch.strategies.iter().map(Watched::ask))).await;
        for at in 0..watch.strategies.len() {
            let watch = watch.clone();
            lifecycle.spawn(async move {
                let watched = &watch.strategies[at];
                loop {
                    let ready = watched.ready.load(Ordering::Relaxed);
                    sleep(if ready { WHILE_READY } else { WHILE_UNAVAILABLE }).await;
                    watched.ask().await;
                }
            });
        }
        watch
    }

    /// Each strategy with whether it can decide and how late it sees a sign-out, in the order of the chain.
    pub fn states(&self) -> impl Iterator<Item = (&'static str, bool, Freshness)> {
        self.strategies.iter().map(|Watched { strategy, ready, .. }| {
            (strategy.name(), ready.load(Ordering::Relaxed), strategy.freshness())
        })
    }

    /// How every strategy stands, in the order of the chain.
    pub fn standings(&self) -> Vec<Standing> {
        let standing = |Watched { strategy, ready, .. }: &Watched| Standing {
            name: strategy.name(),
            is_ready: ready.load(Ordering::Relaxed),
            freshness: strategy.freshness(),
            vitals: strategy.vitals(),
        };
        self.strategies.iter().map(standing).collect()
    }

    /// Whether Better Auth's plugin may tell of revocations.
    pub fn hears_hook(&self) -> bool {
        self.hears_hook
    }
}

impl Watched {
    async fn ask(&self) {
        let Self { strategy, place, ready, told } = self;
        let place = place.as_deref().unwrap_or("what it needs");
        let (name, outcome) = (strategy.name(), strategy.ask().await);
        let was_ready = ready.swap(outcome.is_ok(), Ordering::Relaxed);
        let was_told = told.swap(outcome.is_err(), Ordering::Relaxed);
        match outcome {
            Ok(()) if !was_ready => tracing::info!(auth.strategy = name, "ready"),
            Err(error) if was_ready => tracing::error!(
                auth.strategy = name,
                "not ready any more: {name} cannot ask {place}. Requests that the cache cannot answer get 503 until it can; it tries again \
                 every {WHILE_UNAVAILABLE:?}. Check that it runs, and that this address is right, with its user and password. The \
                 reason: {error}"
            ),
            Err(error) if !was_told => tracing::warn!(
                auth.strategy = name,
                "not ready yet: {name} cannot ask {place}. Its requests get 503 until it can; it tries again every \
                 {WHILE_UNAVAILABLE:?}. Check that it runs, and that this address is right, with its user and password. The reason: \
                 {error}"
            ),
            _ => {}
        }
    }
}
