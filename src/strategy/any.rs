use std::{any::Any, pin::Pin, sync::Arc};

use super::{Freshness, Standing, Strategy, Verdict};
use crate::{
    credential::{Credential, Forms, NotMine},
    error::{Refusal, Unverified},
    revocation::{Feeds, Revocations},
};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Object-safe twin of [`Strategy`]; boxes every future.
trait DynStrategy: Send + Sync {
    fn name(&self) -> &'static str;
    fn forms(&self) -> Forms;
    fn claims(&self, credential: &Credential) -> Result<(), NotMine>;
    fn check(&self, credential: &Credential) -> Result<(), Refusal>;
    fn standing_dyn<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Standing>;
    fn verify_dyn<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Verdict>;
    fn probe_dyn(&self) -> BoxFuture<'_, Result<(), Unverified>>;
    fn follow_dyn(&self, feeds: Feeds) -> BoxFuture<'_, ()>;
    fn revocations(&self) -> Option<Revocations>;
    fn freshness(&self) -> Freshness;
}

impl<S: Strategy> DynStrategy for S {
    fn name(&self) -> &'static str {
        Strategy::name(self)
    }

    fn forms(&self) -> Forms {
        Strategy::forms(self)
    }

    fn claims(&self, credential: &Credential) -> Result<(), NotMine> {
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

    fn revocations(&self) -> Option<Revocations> {
        Strategy::revocations(self)
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

    fn forms(&self) -> Forms {
        self.0.forms()
    }

    fn claims(&self, credential: &Credential) -> Result<(), NotMine> {
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

    fn revocations(&self) -> Option<Revocations> {
        self.0.revocations()
    }

    fn freshness(&self) -> Freshness {
        self.0.freshness()
    }
}
