use super::{AnyStrategy, Freshness, Standing, Strategy, Vitals};
use crate::{
    credential::{Credential, Forms, NotMine},
    error::{Refusal, Unverified},
    judgement::{Judgement, Step},
};

/// Strategies in order of trust. The first that claims a credential decides it; no other is asked, unless it
/// [passes it over](Unverified::passed_over).
#[derive(Clone, Default)]
pub struct Chain(Vec<AnyStrategy>);

impl Chain {
    /// Adds a strategy at the end.
    #[must_use]
    pub fn push(mut self, strategy: impl Strategy) -> Self {
        self.0.push(AnyStrategy::new(strategy));
        self
    }

    /// Adds the strategies of another chain at the end.
    #[cfg(feature = "app")]
    pub(crate) fn followed_by(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Lets the first strategy that claims the credential decide it, or the next if that one passes it over. An unclaimed
    /// credential is refused.
    pub async fn judge(&self, credential: &Credential) -> Judgement {
        let mut alone: Option<Judgement> = None;
        for strategy in self.claiming(credential) {
            let judgement = strategy.decide(credential).await;
            let Err(reason @ Unverified::PassedOver(_)) = &judgement.verdict else { return judgement };
            if !credential.is_examined() {
                tracing::debug!(auth.strategy = judgement.strategy, "{reason}");
            }
            let counts_as_absent = matches!(reason.alone(), Unverified::Refused(Refusal::Unclaimed));
            // If one of them could not decide, the credential may be valid: that outweighs a refusal.
            if !counts_as_absent && !alone.as_ref().is_some_and(Judgement::is_undecidable) {
                alone = Some(Judgement { verdict: Err(reason.alone().clone()), ..judgement });
            }
        }
        alone.unwrap_or(Judgement { strategy: None, verdict: Err(Refusal::Unclaimed.into()) })
    }

    /// What this process knows of a credential by the strategies that claim it: cached, else proven, else unknown. Does no
    /// look-ups.
    pub(crate) async fn standing(&self, credential: &Credential) -> Standing {
        let mut best = Standing::Unknown;
        for strategy in self.claiming(credential) {
            credential.trace().step(|| Step::Looked { strategy: strategy.name() });
            match strategy.standing(credential).await {
                Standing::Remembered => return Standing::Remembered,
                standing if best == Standing::Unknown => best = standing,
                _ => {}
            }
        }
        best
    }

    fn claiming<'a>(&'a self, credential: &'a Credential) -> impl Iterator<Item = &'a AnyStrategy> {
        self.0.iter().filter(|strategy| strategy.is_claimant_of(credential))
    }

    /// Which strategies claim a credential, in order, and why the others do not. Does no look-ups.
    pub fn claims<'a>(
        &'a self,
        credential: &'a Credential,
    ) -> impl Iterator<Item = (&'static str, Forms, Result<(), NotMine>)> + 'a {
        self.0.iter().map(|strategy| (strategy.name(), strategy.forms(), strategy.claims(credential)))
    }

    /// The claims of each strategy, in order: of [overlaps](Forms::overlap) the earlier strategy decides.
    pub fn forms(&self) -> impl Iterator<Item = Forms> {
        self.0.iter().map(Strategy::forms)
    }

    /// One probe for each strategy, in order.
    #[must_use]
    pub fn probes(&self) -> Vec<Probe> {
        self.0.iter().cloned().map(Probe).collect()
    }
}

/// Tests whether one strategy of a chain can decide.
#[derive(Clone)]
pub struct Probe(AnyStrategy);

impl Probe {
    /// The strategy's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// How late the strategy notices that a session has ended, as things are now.
    #[must_use]
    pub fn freshness(&self) -> Freshness {
        self.0.freshness()
    }

    /// The vitals of the strategy, and of each further one inside it.
    #[must_use]
    pub fn vitals(&self) -> Vec<Vitals> {
        self.0.vitals()
    }

    /// Tests whether the strategy could decide now. Does I/O.
    ///
    /// # Errors
    ///
    /// The obstacle, for the log.
    pub async fn ask(&self) -> Result<(), Unverified> {
        self.0.probe().await
    }
}

#[cfg(test)]
mod tests;
