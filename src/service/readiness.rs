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

use crate::strategy::{Chain, Probe};

/// While a strategy can decide it is seldom asked: Better Auth counts even these calls.
const WHILE_READY: Duration = Duration::from_secs(15);
/// While it cannot, its return should be seen at once.
const WHILE_UNAVAILABLE: Duration = Duration::from_secs(2);

/// A start-up waits no longer for what may be out of reach.
const FIRST_LOOK: Duration = Duration::from_secs(1);

/// The last known state of every strategy; asking it does no I/O.
#[derive(Clone, Default)]
pub struct Watch(Arc<[Watched]>);

struct Watched {
    name: &'static str,
    ready: AtomicBool,
    /// Whether the log already says why it is not.
    told: AtomicBool,
}

impl Watch {
    /// Asks every strategy once, side by side and not for long, and then goes on asking in the background.
    pub async fn begin(chain: &Chain) -> Self {
        let strategies = chain.probes();
        let watched = |strategy: &Probe| Watched {
            name: strategy.name(),
            ready: AtomicBool::default(),
            told: AtomicBool::default(),
        };
        let watch = Self(strategies.iter().map(watched).collect());
        let all = join_all((0..).zip(&strategies).map(|(at, strategy)| watch.ask(at, strategy)));
        // Those that did not answer are asked again below.
        let _ = timeout(FIRST_LOOK, all).await;
        for (at, strategy) in strategies.into_iter().enumerate() {
            let watch = watch.clone();
            tokio::spawn(async move {
                loop {
                    let ready = watch.0[at].ready.load(Ordering::Relaxed);
                    sleep(if ready { WHILE_READY } else { WHILE_UNAVAILABLE }).await;
                    watch.ask(at, &strategy).await;
                }
            });
        }
        watch
    }

    /// Each strategy with whether it can decide, in the order of the chain.
    pub fn states(&self) -> impl Iterator<Item = (&'static str, bool)> {
        self.0.iter().map(|watched| (watched.name, watched.ready.load(Ordering::Relaxed)))
    }

    async fn ask(&self, at: usize, strategy: &Probe) {
        let outcome = strategy.ask().await;
        let Watched { name, ready, told } = &self.0[at];
        let was_ready = ready.swap(outcome.is_ok(), Ordering::Relaxed);
        let was_told = told.swap(outcome.is_err(), Ordering::Relaxed);
        match outcome {
            Ok(()) if !was_ready => tracing::info!(auth.strategy = name, "ready"),
            Err(error) if was_ready => tracing::error!(auth.strategy = name, %error, "not ready any more"),
            Err(error) if !was_told => tracing::warn!(auth.strategy = name, %error, "not ready yet"),
            _ => {}
        }
    }
}
