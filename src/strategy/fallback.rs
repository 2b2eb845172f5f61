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
}

impl<A: Strategy, B: Strategy> Fallback<A, B> {
    /// `first` decides; `second` is asked only when that is undecidable, and only for what it claims itself.
    pub fn new(first: A, second: B) -> Self {
        Self { first, second }
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

    /// One of them is enough.
    async fn probe(&self) -> Result<(), Unverified> {
        let Err(error) = self.first.probe().await else { return Ok(()) };
        self.second.probe().await.map_err(|_| error)
    }

    fn freshness(&self) -> Freshness {
        self.first.freshness().or(self.second.freshness())
    }
}
