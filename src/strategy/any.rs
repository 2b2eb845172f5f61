use std::{any::Any, pin::Pin, sync::Arc};

use super::{Freshness, Standing, Strategy, Verdict};
use crate::{
    credential::Credential,
    error::{Refusal, Unverified},
    revocation::Feeds,
};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Object-safe twin of [`Strategy`]; boxes every future.
trait DynStrategy: Send + Sync {
    fn name(&self) -> &'static str;
    fn claims(&self, credential: &Credential) -> bool;
    fn check(&self, credential: &Credential) -> Result<(), Refusal>;
    fn standing_dyn<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Standing>;
    fn verify_dyn<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Verdict>;
    fn probe_dyn(&self) -> BoxFuture<'_, Result<(), Unverified>>;
    fn follow_dyn(&self, feeds: Feeds) -> BoxFuture<'_, ()>;
    fn freshness(&self) -> Freshness;
}

impl<S: Strategy> DynStrategy for S {
    fn name(&self) -> &'static str {
        Strategy::name(self)
    }

    fn claims(&self, credential: &Credential) -> bool {
        Strategy::claims(self, credential)
    }

    fn check(&self, credential: &Credential) -> Result<(), Refusal> {
        Strategy::check(self, credential)
    }

    fn standing_dyn<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Standing> {
        Box::pin(self.standing(credential))
    }

    fn verify_dyn<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Verdict> {
        Box::pin(self.verify(credential))
    }

    fn probe_dyn(&self) -> BoxFuture<'_, Result<(), Unverified>> {
        Box::pin(self.probe())
    }

    fn follow_dyn(&self, feeds: Feeds) -> BoxFuture<'_, ()> {
        Box::pin(self.follow(feeds))
    }

    fn freshness(&self) -> Freshness {
        Strategy::freshness(self)
    }
}

/// Any strategy, where which one it is turns out when the program runs. Cheap to clone.
#[derive(Clone)]
pub struct AnyStrategy(Arc<dyn DynStrategy>);

impl AnyStrategy {
    /// That strategy. One that is an `AnyStrategy` already stays as it is.
    pub fn new(strategy: impl Strategy) -> Self {
        match (&strategy as &dyn Any).downcast_ref::<Self>() {
            Some(any) => any.clone(),
            None => Self(Arc::new(strategy)),
        }
    }
}

// A method that is not forwarded would fall back to its default in silence.
#[deny(clippy::missing_trait_methods)]
impl Strategy for AnyStrategy {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn claims(&self, credential: &Credential) -> bool {
        self.0.claims(credential)
    }

    fn check(&self, credential: &Credential) -> Result<(), Refusal> {
        self.0.check(credential)
    }

    async fn standing(&self, credential: &Credential) -> Standing {
        self.0.standing_dyn(credential).await
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        self.0.verify_dyn(credential).await
    }

    async fn probe(&self) -> Result<(), Unverified> {
        self.0.probe_dyn().await
    }

    async fn follow(&self, feeds: Feeds) {
        self.0.follow_dyn(feeds).await;
    }

    fn freshness(&self) -> Freshness {
        self.0.freshness()
    }
}
