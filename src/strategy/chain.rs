use std::{pin::Pin, sync::Arc};

use chrono::Utc;

use super::{Strategy, Verdict};
use crate::{
    credential::Credential,
    error::{Refusal, Unverified},
};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Object-safe twin of [`Strategy`]; boxes every future.
trait DynStrategy: Send + Sync {
    fn name(&self) -> &'static str;
    fn claims(&self, credential: &Credential) -> bool;
    fn verify_dyn<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Verdict>;
    fn probe_dyn(&self) -> BoxFuture<'_, Result<(), Unverified>>;
}

impl<S: Strategy> DynStrategy for S {
    fn name(&self) -> &'static str {
        Strategy::name(self)
    }

    fn claims(&self, credential: &Credential) -> bool {
        Strategy::claims(self, credential)
    }

    fn verify_dyn<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Verdict> {
        Box::pin(self.verify(credential))
    }

    fn probe_dyn(&self) -> BoxFuture<'_, Result<(), Unverified>> {
        Box::pin(self.probe())
    }
}

/// Strategies in order of trust. The first that claims a credential decides it; nobody else is asked.
#[derive(Clone, Default)]
pub struct Chain(Vec<Arc<dyn DynStrategy>>);

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
    pub fn push(mut self, strategy: impl Strategy) -> Self {
        self.0.push(Arc::new(strategy));
        self
    }

    /// Lets the first strategy that claims the credential decide it. What nobody claims is refused.
    pub async fn judge(&self, credential: &Credential) -> Judgement {
        let Some(strategy) = self.0.iter().find(|strategy| strategy.claims(credential)) else {
            return Judgement { strategy: None, verdict: Err(Refusal::Unclaimed.into()) };
        };
        let name = strategy.name();
        let verdict = strategy.verify_dyn(credential).await.and_then(|mut identity| {
            if identity.user.is_banned(Utc::now()) {
                return Err(Refusal::Banned.into());
            }
            identity.strategy = name;
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
pub struct Probe(Arc<dyn DynStrategy>);

impl Probe {
    /// The strategy's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// Asks the strategy whether it could decide now. Does I/O.
    ///
    /// # Errors
    ///
    /// What stands in the way, for the log.
    pub async fn ask(&self) -> Result<(), Unverified> {
        self.0.probe_dyn().await
    }
}
