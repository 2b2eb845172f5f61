use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::{AnyStrategy, Freshness, Standing, Strategy, Verdict, Wrapper};
use crate::{
    credential::Credential,
    error::{Undecidable, Unverified},
    judgement::Step,
    revocation::Feeds,
};

/// One line in that time says that the fallback stands in.
const SAID_FOR: Duration = Duration::from_mins(1);

/// Asks a second strategy where the first could not find out. What the first refused stays refused.
///
/// The identity names the one that vouched. Each brings its own [`Cached`](crate::Cached).
pub struct Fallback {
    first: AnyStrategy,
    second: AnyStrategy,
    /// When the log last said that the second stands in.
    said: Mutex<Option<Instant>>,
}

impl Fallback {
    /// `first` decides; `second` is asked only when that is undecidable, and only for what it claims itself.
    pub fn new(first: impl Strategy, second: impl Strategy) -> Self {
        let (first, second) = (AnyStrategy::new(first), AnyStrategy::new(second));
        Self { first, second, said: Mutex::default() }
    }

    /// Tells observers each time, and the log now and then: nobody else would notice.
    fn say(&self, reason: &Undecidable, credential: &Credential) {
        let (strategy, fallback) = (self.first.name(), self.second.name());
        credential.trace().step(|| Step::FellBack { strategy, fallback, reason });
        let mut said = self.said.lock();
        if said.is_none_or(|at| at.elapsed() >= SAID_FOR) {
            *said = Some(Instant::now());
            tracing::warn!(auth.strategy = strategy, fallback, %reason, "undecidable: the fallback is asked");
        }
    }
}

impl Wrapper for Fallback {
    fn inner(&self) -> &AnyStrategy {
        &self.first
    }

    async fn standing(&self, credential: &Credential) -> Standing {
        match self.first.standing(credential).await {
            Standing::Unknown if self.second.claims(credential).is_ok() => {
                self.second.standing(credential).await
            }
            standing => standing,
        }
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        let verdict = self.first.verify(credential).await;
        match verdict.as_ref().map_err(Unverified::alone) {
            Err(Unverified::Undecidable(reason)) if self.second.is_claimant_of(credential) => {
                self.say(reason, credential);
                match self.second.decide(credential).await {
                    // It knows nothing of this one, so nobody has found out.
                    Err(Unverified::PassedOver(_)) => verdict,
                    decided => decided,
                }
            }
            _ => verdict,
        }
    }

    /// One of them is enough.
    async fn probe(&self) -> Result<(), Unverified> {
        let Err(error) = self.first.probe().await else { return Ok(()) };
        self.second.probe().await.map_err(|_| error)
    }

    /// Each is followed by its own cache.
    async fn follow(&self, _: Feeds) {}

    fn freshness(&self) -> Freshness {
        self.first.freshness().or(self.second.freshness())
    }
}
