use std::{any::Any, pin::Pin, sync::Arc};

use chrono::{DateTime, Utc};

use super::{Freshness, Standing, Strategy};
use crate::{
    credential::{Credential, Forms, NotMine},
    error::{Refusal, Unverified},
    identity::Identity,
    judgement::{Judgement, Step, Trace, Verdict},
    revocation::{Feeds, Revocations},
};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Object-safe twin of [`Strategy`]; boxes every future.
trait DynStrategy: Send + Sync {
    fn name(&self) -> &'static str;
    fn forms(&self) -> Forms;
    fn claims(&self, credential: &Credential) -> Result<(), NotMine>;
    fn precheck(&self, credential: &Credential) -> Option<Verdict>;
    fn unanswered(&self, error: Unverified) -> Unverified;
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

    fn precheck(&self, credential: &Credential) -> Option<Verdict> {
        Strategy::precheck(self, credential)
    }

    fn unanswered(&self, error: Unverified) -> Unverified {
        Strategy::unanswered(self, error)
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

    /// Whether it claims a credential. Observers hear why not.
    pub(super) fn is_claimant_of(&self, credential: &Credential) -> bool {
        let claim = self.0.claims(credential);
        if let Err(because) = claim {
            credential.trace().step(|| Step::NotClaimed { strategy: self.0.name(), because });
        }
        claim.is_ok()
    }

    /// Decides a credential that it claims, by the ban rule as well, and stamps who vouched. Observers hear one verdict, under
    /// the name of the strategy that it comes from.
    pub(super) async fn decide(&self, credential: &Credential) -> Judgement {
        let (strategy, trace) = (self.0.name(), credential.trace());
        trace.step(|| Step::Claimed { strategy });
        let began = trace.begin();
        let verdict = self.verify(credential).await;
        // A fallback inside has told observers of its verdict itself.
        let (fallback, silent) = (credential.findings().take_fallback(), Trace::default());
        let trace = if fallback.is_some() { &silent } else { trace };
        let verdict = verdict.and_then(|identity| admitted(identity, strategy, credential.now(), trace));
        let vouched = verdict.as_ref().ok().map(|identity| identity.strategy);
        let strategy = vouched.or(fallback).unwrap_or(strategy);
        trace.step(|| Step::Decided { strategy, verdict: &verdict, took: Trace::since(began) });
        Judgement::by(strategy, verdict)
    }
}

/// Applies the ban rule, and says who vouched.
fn admitted(mut identity: Identity, name: &'static str, now: DateTime<Utc>, trace: &Trace) -> Verdict {
    let is_banned = identity.user.is_banned(now);
    trace.check("user not banned", (!is_banned).then_some(()).ok_or(Refusal::Banned))?;
    if identity.strategy.is_empty() {
        identity.strategy = name;
    }
    Ok(identity)
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

    fn precheck(&self, credential: &Credential) -> Option<Verdict> {
        self.0.precheck(credential)
    }

    fn unanswered(&self, error: Unverified) -> Unverified {
        self.0.unanswered(error)
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
