use std::{any::Any, pin::Pin, sync::Arc};

use chrono::{DateTime, Utc};

use super::{Freshness, Standing, Strategy, Vitals};
use crate::{
    credential::{Credential, Forms, NotMine},
    error::{Refusal, Unverified},
    identity::{Identity, User},
    judgement::{Judgement, Step, Trace, Verdict},
    revocation::{Feeds, Revocations},
};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// From the methods of [`Strategy`], written once, makes its object-safe twin, which boxes every future, and the methods that an
/// [`AnyStrategy`] hands on to the strategy inside.
macro_rules! handed_on {
    (
        $(fn $plain:ident($($value:ident: $type:ty),*) -> $answer:ty;)*
        $(async fn $awaited:ident $(<$borrowed:lifetime>)? ($($given:ident: $kind:ty),*) -> $outcome:ty;)*
    ) => {
        trait DynStrategy: Send + Sync {
            $(fn $plain(&self, $($value: $type),*) -> $answer;)*
            $(fn $awaited<'a>(&'a self, $($given: $kind),*) -> BoxFuture<'a, $outcome>
            where
                Self: 'a;)*
        }

        impl<S: Strategy> DynStrategy for S {
            $(fn $plain(&self, $($value: $type),*) -> $answer {
                Strategy::$plain(self, $($value),*)
            })*
            $(fn $awaited<'a>(&'a self, $($given: $kind),*) -> BoxFuture<'a, $outcome>
            where
                Self: 'a,
            {
                Box::pin(Strategy::$awaited(self, $($given),*))
            })*
        }

        // A method that is not handed on would silently fall back to its default.
        #[deny(clippy::missing_trait_methods)]
        impl Strategy for AnyStrategy {
            $(fn $plain(&self, $($value: $type),*) -> $answer {
                self.0.$plain($($value),*)
            })*
            $(async fn $awaited $(<$borrowed>)? (&self, $($given: $kind),*) -> $outcome {
                self.0.$awaited($($given),*).await
            })*
        }
    };
}

handed_on! {
    fn name() -> &'static str;
    fn forms() -> Forms;
    fn claims(credential: &Credential) -> Result<(), NotMine>;
    fn precheck(credential: &Credential) -> Option<Verdict>;
    fn unanswered(error: Unverified) -> Unverified;
    fn revocations() -> Option<Revocations>;
    fn freshness() -> Freshness;
    fn vitals() -> Vec<Vitals>;
    async fn standing<'a>(credential: &'a Credential) -> Standing;
    async fn verify<'a>(credential: &'a Credential) -> Verdict;
    async fn probe() -> Result<(), Unverified>;
    async fn follow(feeds: Feeds) -> ();
}

/// Any strategy, for choices at run time. Cheap to clone.
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

    /// Whether it claims a credential. Observers learn why not.
    pub(super) fn is_claimant_of(&self, credential: &Credential) -> bool {
        let claim = self.0.claims(credential);
        if let Err(because) = claim {
            credential.trace().step(|| Step::NotClaimed { strategy: self.0.name(), because });
        }
        claim.is_ok()
    }

    /// Decides a credential that it claims, by the ban rule as well. Observers receive one verdict, under the name of the strategy
    /// that reached it.
    pub(super) async fn decide(&self, credential: &Credential) -> Judgement {
        let trace = credential.trace();
        trace.step(|| Step::Claimed { strategy: self.0.name() });
        let began = trace.begin_decision();
        let (strategy, verdict) = self.reach(credential).await;
        let verdict = verdict.and_then(|identity| admitted(identity, credential.now(), trace));
        trace.step(|| Step::Decided {
            strategy,
            verdict: &verdict,
            took: began.map(|began| began.elapsed()),
        });
        Judgement::by(strategy, verdict)
    }

    /// The verdict on a credential that it claims, before the ban rule, and the name of the strategy that reached it: a fallback
    /// inside, or this one. The identity bears the same name.
    pub(super) async fn reach(&self, credential: &Credential) -> (&'static str, Verdict) {
        let verdict = self.0.verify(credential).await;
        let refused_by = credential.findings().take_decider().unwrap_or(self.0.name());
        match verdict {
            Ok(mut identity) => {
                if identity.strategy.is_empty() {
                    identity.strategy = self.0.name();
                }
                (identity.strategy, Ok(identity))
            }
            Err(unverified) => (refused_by, Err(unverified)),
        }
    }
}

fn ban_in_words(user: &User) -> String {
    match user.ban.map(|ban| ban.expires_at) {
        None => "no ban".to_owned(),
        Some(None) => "a ban without an end".to_owned(),
        Some(Some(end)) => format!("a ban until {end}"),
    }
}

/// Applies the ban rule.
fn admitted(identity: Identity, now: DateTime<Utc>, trace: &Trace) -> Verdict {
    let is_banned = identity.user.is_banned(now);
    trace.compare("user not banned", (!is_banned).then_some(()).ok_or(Refusal::Banned), || {
        (ban_in_words(&identity.user), format!("no ban that holds at {now}"))
    })?;
    Ok(identity)
}
