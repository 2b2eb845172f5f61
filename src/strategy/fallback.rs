use std::sync::atomic::{AtomicBool, Ordering};

use super::{Freshness, Strategy, Verdict};
use crate::{
    credential::Credential,
    error::{Refusal, Unverified},
};

/// Asks `B` where `A` could not find out. What `A` refused stays refused.
///
/// The identity names the one that vouched. Each brings its own [`Cached`](crate::Cached).
pub struct Fallback<A, B> {
    first: A,
    second: B,
    /// Whether the log says that the second stands in.
    told: AtomicBool,
}

impl<A: Strategy, B: Strategy> Fallback<A, B> {
    /// `first` decides; `second` is asked only when that is undecidable, and only for what it claims itself.
    pub fn new(first: A, second: B) -> Self {
        Self { first, second, told: AtomicBool::new(false) }
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

    async fn verify(&self, credential: &Credential) -> Verdict {
        match self.first.verify(credential).await {
            Err(Unverified::Undecidable(reason)) if self.second.claims(credential) => {
                tracing::debug!(auth.strategy = self.first.name(), %reason, "undecidable: the fallback is asked");
                let mut identity = self.second.verify(credential).await?;
                identity.strategy = self.second.name();
                Ok(identity)
            }
            verdict => verdict,
        }
    }

    /// One of them is enough. That it is not the first is for people to know.
    async fn probe(&self) -> Result<(), Unverified> {
        let (strategy, fallback) = (self.first.name(), self.second.name());
        let Err(error) = self.first.probe().await else {
            if self.told.swap(false, Ordering::Relaxed) {
                tracing::info!(
                    auth.strategy = strategy,
                    fallback,
                    "it can be asked again, without its fallback"
                );
            }
            return Ok(());
        };
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(auth.strategy = strategy, fallback, %error, "it cannot be asked, its fallback is");
        }
        self.second.probe().await.map_err(|_| error)
    }

    fn freshness(&self) -> Freshness {
        self.first.freshness().or(self.second.freshness())
    }
}
