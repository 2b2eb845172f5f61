//! The strategies, as the configuration names them.

use std::{sync::Arc, time::Duration};

use super::{Config, StrategyKind, builder::Builder};
use crate::{
    credential::Carriers,
    judgement::Observer,
    revocation::Revocations,
    spawner::Spawner,
    strategy::{AnyStrategy, Chain, Fallback},
};

impl Config {
    /// Builds the strategies, checks their stores as far as these can be reached, and logs which strategy decides what. All share
    /// `revocations`. `spawner` starts their background tasks. `observer` receives requests to Better Auth.
    ///
    /// # Errors
    ///
    /// A fault that keeps a strategy from ever deciding, such as a missing table. A store out of reach is no error: it may come
    /// back.
    pub async fn chain(
        &self,
        revocations: &Revocations,
        spawner: &Spawner,
        observer: Option<Arc<dyn Observer>>,
    ) -> anyhow::Result<Chain> {
        let mut builder = Builder::new(self, revocations, spawner, observer);
        let mut chain = Chain::default();
        for kind in &self.strategies {
            chain = chain.push(self.strategy(*kind, &mut builder).await?);
        }
        self.log_order(&chain);
        Ok(chain)
    }

    /// A strategy with its fallback.
    async fn strategy(&self, kind: StrategyKind, builder: &mut Builder<'_>) -> anyhow::Result<AnyStrategy> {
        let strategy = self.kinds.build(kind, builder).await?;
        let Some(fallback) = self.fallback(kind) else { return Ok(strategy) };
        let fallback = self.kinds.build(fallback, builder).await?;
        Ok(AnyStrategy::new(Fallback::new(strategy, fallback)))
    }

    /// The carriers that credentials are read from.
    #[must_use]
    pub fn carriers(&self) -> Carriers {
        let better_auth = &self.better_auth;
        let companions = self.strategies.iter().flat_map(|kind| self.kinds.get(*kind).companions());
        let carriers = Carriers::new(&better_auth.session_cookies)
            .with_trusted_origins(&better_auth.trusted_origins)
            .with_companions(companions);
        match &better_auth.secrets {
            Some(secrets) => carriers.with_secrets(secrets.clone()),
            None => carriers,
        }
    }

    /// How long a token is accepted after it was issued, if every strategy has a bound: the argument of
    /// [`Revocations::tokens_live_at_most`].
    #[must_use]
    pub fn tokens_live_at_most(&self) -> Option<Duration> {
        let times: Option<Vec<_>> =
            self.strategies.iter().map(|kind| self.kinds.get(*kind).cut_offs_matter_for()).collect();
        times?.into_iter().max().filter(|time| !time.is_zero())
    }

    /// Logs which strategy decides what, above all if two claim the same.
    fn log_order(&self, chain: &Chain) {
        let names: Vec<_> = self.strategies.iter().map(|kind| kind.name()).collect();
        tracing::info!(strategies = names.join(", "), "strategies, in order of trust");
        self.log_overlaps(chain);
        for kind in &self.strategies {
            if let Some(fallback) = self.fallback(*kind) {
                tracing::info!("{fallback} is asked if {kind} cannot decide");
            }
        }
    }

    /// Logs the credentials that an earlier strategy takes from a later one.
    fn log_overlaps(&self, chain: &Chain) {
        // A strategy that reads companions takes nothing: it passes over credentials that they do not prove.
        let decides = |kind: &StrategyKind| self.kinds.get(*kind).companions().is_empty();
        let claims: Vec<_> =
            self.strategies.iter().zip(chain.forms()).filter(|(kind, _)| decides(kind)).collect();
        for (at, (later, forms)) in claims.iter().enumerate() {
            let overlaps = claims[..at].iter().map(|(first, others)| (first, others.overlap(*forms)));
            for (first, overlap) in overlaps.filter(|(_, overlap)| !overlap.is_empty()) {
                let mut names: Vec<_> = overlap.iter().map(|(form, _)| form.name()).collect();
                names.dedup();
                let names = names.join(" and ");
                let about = if overlap == *forms { "" } else { " about that" };
                tracing::info!(
                    "{first} and {later} claim {names}: {first} decides, {later} is never asked{about}"
                );
            }
        }
    }
}
