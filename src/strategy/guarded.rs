mod breaker;

use std::time::Duration;

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{self, Instant},
};

use self::breaker::{Breaker, BreakerOpen};
use super::{AnyStrategy, GuardVitals, Strategy, Verdict, Vitals, Wrapper};
use crate::{
    credential::Credential,
    error::Unverified,
    judgement::{Step, Trace},
};

/// Look-ups under way at once: enough for tens of thousands a second, if each takes a millisecond.
const MAX_UNDER_WAY: usize = 64;
/// Look-ups that wait for their turn. Beyond this number a request gets its answer at once.
const MAX_WAITING: usize = 1024;
/// No clock copes with every `Duration`.
const FOREVER: Duration = Duration::from_hours(24 * 365);
const FULL_RETRY_AFTER: Duration = Duration::from_secs(1);

/// Protects the store or service behind a strategy. It bounds how many look-ups run and wait at once, and answers within
/// `timeout` in any case. If it is out of reach for several look-ups in a row, no look-up begins for a moment.
///
/// Verdicts [without a look-up](Strategy::precheck) go on meanwhile. Belongs inside
/// [`Cached`](crate::Cached).
pub struct Guarded {
    inner: AnyStrategy,
    guard: Guard,
}

impl Guarded {
    /// `timeout` bounds each verdict, the wait for its turn included. The strategy inside has a time-out of its own, for one
    /// look-up; whichever ends first counts, so give both the same.
    pub fn new(inner: impl Strategy, timeout: Duration) -> Self {
        let inner = AnyStrategy::new(inner);
        Self { guard: Guard::new(inner.name(), timeout), inner }
    }
}

impl Wrapper for Guarded {
    fn inner(&self) -> &AnyStrategy {
        &self.inner
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        if let Some(verdict) = self.inner.precheck(credential) {
            return verdict;
        }
        let verdict = self.guard.attempt(credential, self.inner.verify(credential)).await;
        verdict.map_err(|error| match error {
            undecidable @ Unverified::Undecidable(_) => self.inner.unanswered(undecidable),
            decided => decided,
        })
    }

    /// The guard belongs to the strategy inside, or to the first of several.
    fn vitals(&self) -> Vec<Vitals> {
        let mut vitals = self.inner.vitals();
        if let Some(first) = vitals.first_mut() {
            first.guard = Some(self.guard.vitals());
        }
        vitals
    }
}

/// Decides which look-ups may begin now, and bounds their time.
pub struct Guard {
    /// The name of the strategy behind it.
    strategy: &'static str,
    timeout: Duration,
    breaker: Breaker,
    under_way: Semaphore,
    admitted: Semaphore,
}

#[derive(Debug, thiserror::Error)]
enum GuardError {
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    #[error("{MAX_WAITING} others are waiting already")]
    Queue,
}

impl Guard {
    /// For the look-ups of `strategy`. `timeout` bounds each, the wait for its turn included.
    pub fn new(strategy: &'static str, timeout: Duration) -> Self {
        Self {
            strategy,
            timeout: timeout.min(FOREVER),
            breaker: Breaker::default(),
            under_way: Semaphore::new(MAX_UNDER_WAY),
            admitted: Semaphore::new(MAX_UNDER_WAY + MAX_WAITING),
        }
    }

    /// Makes one look-up, if there is room and the breaker admits it. A look-up for an explanation has only the time-out.
    pub async fn attempt(
        &self,
        credential: &Credential,
        look_up: impl Future<Output = Verdict> + Send,
    ) -> Verdict {
        if credential.is_examined() {
            let late = |_| Err(Unverified::undecidable(GuardError::Timeout(self.timeout)));
            return Box::pin(time::timeout(self.timeout, look_up)).await.unwrap_or_else(late);
        }
        self.breaker.ensure_admits().map_err(|open| self.refused_by_breaker(open, credential))?;
        // Boxed, so that requests answered by the cache make no room for this future.
        Box::pin(self.in_turn(credential, look_up)).await
    }

    async fn in_turn(&self, credential: &Credential, look_up: impl Future<Output = Verdict>) -> Verdict {
        let deadline = Instant::now() + self.timeout;
        let late = |_| GuardError::Timeout(self.timeout);
        let _admitted = self.admit()?;
        // A queue that is too long is no outage: the look-ups at its head find out whether there is one.
        let turn = time::timeout_at(deadline, self.under_way.acquire()).await;
        let _turn = turn.map_err(late).map_err(Unverified::undecidable)?;
        let attempt = self.breaker.admit().map_err(|open| self.refused_by_breaker(open, credential))?;
        // After a long wait for its turn, a look-up has too little time left to tell a slow answer from none.
        let is_fair = deadline.saturating_duration_since(Instant::now()) > self.timeout / 2;
        let unanswered = if is_fair { Unverified::unavailable } else { Unverified::undecidable };
        let (trace, strategy) = (credential.trace(), self.strategy);
        let began = trace.begin();
        let verdict = time::timeout_at(deadline, look_up).await;
        let verdict = verdict.map_err(late).map_err(unanswered).flatten();
        attempt.settle(&verdict);
        trace.step(|| Step::LookedUp { strategy, verdict: &verdict, took: Trace::since(began) });
        verdict
    }

    fn vitals(&self) -> GuardVitals {
        let under_way = MAX_UNDER_WAY - self.under_way.available_permits();
        let admitted = MAX_UNDER_WAY + MAX_WAITING - self.admitted.available_permits();
        GuardVitals {
            is_open: self.breaker.is_open(),
            openings: self.breaker.openings(),
            under_way,
            waiting: admitted.saturating_sub(under_way),
        }
    }

    fn refused_by_breaker(&self, open: BreakerOpen, credential: &Credential) -> Unverified {
        let (strategy, retry_after) = (self.strategy, open.retry_after);
        credential.trace().step(|| Step::BreakerOpen { strategy, retry_after });
        open.into()
    }

    fn admit(&self) -> Result<SemaphorePermit<'_>, Unverified> {
        let full = |_| Unverified::undecidable(GuardError::Queue).retry_after(Some(FULL_RETRY_AFTER));
        self.admitted.try_acquire().map_err(full)
    }
}
