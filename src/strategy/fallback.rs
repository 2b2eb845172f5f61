use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{Freshness, Standing, Strategy, Verdict};
use crate::{
    credential::Credential,
    error::{Refusal, Undecidable, Unverified},
};

/// One line in that time says that the fallback stands in.
const SAID_FOR: Duration = Duration::from_mins(1);

/// Asks `B` where `A` could not find out. What `A` refused stays refused.
///
/// The identity names the one that vouched. Each brings its own [`Cached`](crate::Cached).
pub struct Fallback<A, B> {
    first: A,
    second: B,
    /// When the log last said that the second stands in.
    said: Mutex<Option<Instant>>,
}

impl<A: Strategy, B: Strategy> Fallback<A, B> {
    /// `first` decides; `second` is asked only when that is undecidable, and only for what it claims itself.
    pub fn new(first: A, second: B) -> Self {
        Self { first, second, said: Mutex::default() }
    }

    /// Nobody else would notice.
    fn say(&self, reason: &Undecidable) {
        let mut said = self.said.lock();
        if said.is_none_or(|at| at.elapsed() >= SAID_FOR) {
            *said = Some(Instant::now());
            let (strategy, fallback) = (self.first.name(), self.second.name());
            tracing::warn!(auth.strategy = strategy, fallback, %reason, "undecidable: the fallback is asked");
        }
    }
}

impl<A: Strategy, B: Strategy> Strategy for Fallback<A, B> {
    fn name(&self) -> &'static str {
        self.first.name()
    }

    fn claims(&self, credential: &Credential) -> bool {
        self.first.claims(credential)
    }

    fn check(&self, credential: &Credential) -> Result<(), Refusal> {
        self.first.check(credential)
    }

    async fn standing(&self, credential: &Credential) -> Standing {
        match self.first.standing(credential).await {
            Standing::Unknown if self.second.claims(credential) => self.second.standing(credential).await,
            standing => standing,
        }
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        let verdict = self.first.verify(credential).await;
        match verdict.as_ref().map_err(Unverified::alone) {
            Err(Unverified::Undecidable(reason)) if self.second.claims(credential) => {
                self.say(reason);
                let mut identity = self.second.verify(credential).await?;
                identity.strategy = self.second.name();
                Ok(identity)
            }
            _ => verdict,
        }
    }

    /// One of them is enough.
    async fn probe(&self) -> Result<(), Unverified> {
        let Err(error) = self.first.probe().await else { return Ok(()) };
        self.second.probe().await.map_err(|_| error)
    }

    fn freshness(&self) -> Freshness {
        self.first.freshness().or(self.second.freshness())
    }
}
