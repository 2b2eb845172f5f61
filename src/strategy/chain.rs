use chrono::Utc;

use super::{AnyStrategy, Freshness, Strategy, Verdict};
use crate::{
    credential::Credential,
    error::{Refusal, Unverified},
};

/// Strategies in order of trust. The first that claims a credential decides it; nobody else is asked.
#[derive(Clone, Default)]
pub struct Chain(Vec<AnyStrategy>);

/// Who decided, and what.
#[derive(Debug)]
#[non_exhaustive]
pub struct Judgement {
    /// The strategy that claimed the credential; `None` when nobody did.
    pub strategy: Option<&'static str>,
    /// What it decided.
    pub verdict: Verdict,
}

impl Chain {
    /// Adds a strategy at the end.
    #[must_use]
    pub fn push(self, strategy: impl Strategy) -> Self {
        self.push_any(AnyStrategy::new(strategy))
    }

    /// The same, where which one it is turns out when the program runs.
    #[must_use]
    pub fn push_any(mut self, strategy: AnyStrategy) -> Self {
        self.0.push(strategy);
        self
    }

    /// Lets the first strategy that claims the credential decide it. What nobody claims is refused.
    pub async fn judge(&self, credential: &Credential) -> Judgement {
        let Some(strategy) = self.0.iter().find(|strategy| strategy.claims(credential)) else {
            return Judgement { strategy: None, verdict: Err(Refusal::Unclaimed.into()) };
        };
        let name = strategy.name();
        let verdict = strategy.verify(credential).await.and_then(|mut identity| {
            if identity.user.is_banned(Utc::now()) {
                return Err(Refusal::Banned.into());
            }
            if identity.strategy.is_empty() {
                identity.strategy = name;
            }
            Ok(identity)
        });
        Judgement { strategy: Some(name), verdict }
    }

    /// One probe for each strategy, in order.
    #[must_use]
    pub fn probes(&self) -> Vec<Probe> {
        self.0.iter().cloned().map(Probe).collect()
    }
}

/// Asks one strategy of a chain whether it can decide.
#[derive(Clone)]
pub struct Probe(AnyStrategy);

impl Probe {
    /// The strategy's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// How late the strategy sees that a session has ended, as things are now.
    #[must_use]
    pub fn freshness(&self) -> Freshness {
        self.0.freshness()
    }

    /// Asks the strategy whether it could decide now. Does I/O.
    ///
    /// # Errors
    ///
    /// What stands in the way, for the log.
    pub async fn ask(&self) -> Result<(), Unverified> {
        self.0.probe().await
    }
}
