use std::time::Duration;

use futures_util::join;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::{AnyStrategy, Freshness, Standing, Strategy, Vitals, Wrapper};
use crate::{
    credential::Credential,
    error::{Undecidable, Unverified},
    judgement::{Step, Verdict},
    revocation::{Feeds, Revocations},
};

/// At most once in this time the log says that the fallback is asked.
const SAID_FOR: Duration = Duration::from_mins(1);

/// Asks a second strategy if the first cannot decide. A refusal by the first is final.
///
/// The identity names the one that vouched. Each brings its own [`Cached`](crate::Cached).
pub struct Fallback {
    first: AnyStrategy,
    second: AnyStrategy,
    /// When the log last said that the second is asked.
    said: Mutex<Option<Instant>>,
}

impl Fallback {
    /// `first` decides; `second` is asked only when that is undecidable, and only for what it claims itself.
    ///
    /// # Panics
    ///
    /// If both check tokens against [`Revocations`], and not against the same: a cache around them can follow one only.
    pub fn new(first: impl Strategy, second: impl Strategy) -> Self {
        let (first, second) = (AnyStrategy::new(first), AnyStrategy::new(second));
        let both = first.revocations().zip(second.revocations());
        assert!(
            both.is_none_or(|(one, other)| one.are(&other)),
            "{} checks tokens against other revocations than its fallback {}: give both the same by their `with_revocations`",
            first.name(),
            second.name()
        );
        Self { first, second, said: Mutex::default() }
    }

    /// Reports to observers each time, and to the log now and then: otherwise the outage of the first would go unnoticed.
    fn say(&self, reason: &Undecidable, credential: &Credential) {
        let (strategy, fallback) = (self.first.name(), self.second.name());
        credential.trace().step(|| Step::FellBack { strategy, fallback, reason });
        if credential.is_examined() {
            return;
        }
        let mut said = self.said.lock();
        if said.is_none_or(|at| at.elapsed() >= SAID_FOR) {
            *said = Some(Instant::now());
            tracing::warn!(auth.strategy = strategy, fallback, %reason, "undecidable: the fallback is asked");
        }
    }
}

impl Wrapper for Fallback {
    fn inner(&self) -> &AnyStrategy {
        &self.first
    }

    /// If the first cannot decide, the second is to be asked.
    fn precheck(&self, credential: &Credential) -> Option<Verdict> {
        let verdict = self.first.precheck(credential)?;
        let is_decided =
            !matches!(verdict.as_ref().map_err(Unverified::alone), Err(Unverified::Undecidable(_)));
        is_decided.then_some(verdict)
    }

    async fn standing(&self, credential: &Credential) -> Standing {
        match self.first.standing(credential).await {
            Standing::Unknown if self.second.claims(credential).is_ok() => {
                self.second.standing(credential).await
            }
            standing => standing,
        }
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        let (first, verdict) = self.first.reach(credential).await;
        let (decider, verdict) = match verdict.as_ref().map_err(Unverified::alone) {
            Err(Unverified::Undecidable(reason)) if self.second.is_claimant_of(credential) => {
                self.say(reason, credential);
                credential.trace().step(|| Step::Claimed { strategy: self.second.name() });
                match self.second.reach(credential).await {
                    // The second knows nothing of this credential, so it stays undecidable.
                    (_, Err(Unverified::PassedOver(_))) => (first, verdict),
                    second => second,
                }
            }
            _ => (first, verdict),
        };
        credential.findings().keep_decider(Some(decider));
        verdict
    }

    /// The second was asked last, so it knows whether another strategy may decide.
    fn unanswered(&self, error: Unverified) -> Unverified {
        self.second.unanswered(error)
    }

    /// One of them is enough.
    async fn probe(&self) -> Result<(), Unverified> {
        let Err(error) = self.first.probe().await else { return Ok(()) };
        self.second.probe().await.map_err(|_| error)
    }

    /// A cache around both gets the events of either strategy. A strategy with a cache of its own reports nothing here.
    async fn follow(&self, feeds: Feeds) {
        let follow = async |strategy: &AnyStrategy| {
            let feeds = feeds.apart();
            strategy.follow(feeds.clone()).await;
            // Its feeds are lost now, although those of the other may go on.
            feeds.hang_up();
        };
        join!(follow(&self.first), follow(&self.second));
    }

    fn revocations(&self) -> Option<Revocations> {
        self.first.revocations().or_else(|| self.second.revocations())
    }

    fn freshness(&self) -> Freshness {
        self.first.freshness().or(self.second.freshness())
    }

    fn vitals(&self) -> Vec<Vitals> {
        self.first.vitals().into_iter().chain(self.second.vitals()).collect()
    }
}
