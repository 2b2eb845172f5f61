use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::{error::Unverified, strategy::Verdict};

/// Outages in a row that open it.
const FAILURES: u32 = 5;
/// How long it stays open at first; twice as long each time that the next try fails.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Short enough that a return is seen at once.
const MAX_PAUSE: Duration = Duration::from_secs(1);

/// After several look-ups in a row without an answer it admits none for a moment. Then it admits one as a try.
#[derive(Default)]
pub struct Breaker {
    state: Mutex<State>,
    openings: AtomicU64,
}

#[derive(Default)]
struct State {
    /// Outages in a row.
    failures: u32,
    open: Option<Open>,
}

struct Open {
    until: Instant,
    pause: Duration,
    /// Whether a try is under way.
    tried: bool,
}

/// Why no look-up may begin now.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("it was out of reach {FAILURES} times in a row; the next try follows in a moment")]
pub struct BreakerOpen {
    /// The time until the next try.
    pub retry_after: Duration,
}

impl From<BreakerOpen> for Unverified {
    fn from(open: BreakerOpen) -> Self {
        Self::unavailable(open).retry_after(Some(open.retry_after))
    }
}

/// An admitted look-up. A dropped one counts as neither answered nor unanswered, or clients could open the breaker by going
/// away.
pub struct Attempt<'a> {
    breaker: &'a Breaker,
    is_try: bool,
}

impl Breaker {
    /// Whether it is worth waiting for a turn.
    pub fn ensure_admits(&self) -> Result<(), BreakerOpen> {
        self.state.lock().admits()
    }

    /// Whether so many look-ups were unanswered that only tries begin.
    pub fn is_open(&self) -> bool {
        self.state.lock().open.is_some()
    }

    /// How often it has opened.
    pub fn openings(&self) -> u64 {
        self.openings.load(Ordering::Relaxed)
    }

    /// Lets a look-up begin.
    pub fn admit(&self) -> Result<Attempt<'_>, BreakerOpen> {
        let mut state = self.state.lock();
        state.admits()?;
        let is_try = state.open.as_mut().map(|open| open.tried = true).is_some();
        Ok(Attempt { breaker: self, is_try })
    }
}

impl State {
    fn admits(&self) -> Result<(), BreakerOpen> {
        let Some(open) = &self.open else { return Ok(()) };
        let retry_after = open.until.saturating_duration_since(Instant::now());
        if retry_after.is_zero() && !open.tried {
            return Ok(());
        }
        Err(BreakerOpen { retry_after })
    }

    /// Returns whether it opens, having been closed.
    fn fail(&mut self, is_try: bool) -> bool {
        self.failures += 1;
        let was_closed = self.open.is_none();
        let pause = match &self.open {
            None if self.failures >= FAILURES => FIRST_PAUSE,
            Some(open) if is_try => MAX_PAUSE.min(open.pause * 2),
            // A look-up that began before it opened.
            None | Some(_) => return false,
        };
        self.open = Some(Open { until: Instant::now() + pause, pause, tried: false });
        was_closed
    }
}

impl Attempt<'_> {
    /// Takes the result.
    pub fn settle(self, verdict: &Verdict) {
        let mut state = self.breaker.state.lock();
        match verdict.as_ref().map_err(Unverified::alone) {
            Err(Unverified::Undecidable(undecidable)) if undecidable.is_total_outage() => {
                if state.fail(self.is_try) {
                    self.breaker.openings.fetch_add(1, Ordering::Relaxed);
                }
            }
            // This one may say nothing about the others.
            Err(Unverified::Undecidable(_)) => {}
            Ok(_) | Err(Unverified::Refused(_) | Unverified::PassedOver(_)) => *state = State::default(),
        }
    }
}

impl Drop for Attempt<'_> {
    /// Makes room for the next.
    fn drop(&mut self) {
        if let (true, Some(open)) = (self.is_try, &mut self.breaker.state.lock().open) {
            open.tried = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Refusal;

    fn outage() -> Verdict {
        Err(Unverified::unavailable("away"))
    }

    fn opened() -> Breaker {
        let breaker = Breaker::default();
        for _ in 0..FAILURES {
            breaker.admit().expect("closed").settle(&outage());
        }
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_outages_in_a_row_and_lets_one_try() {
        let breaker = opened();
        assert!(breaker.ensure_admits().is_err());
        assert_eq!((breaker.is_open(), breaker.openings()), (true, 1));
        tokio::time::advance(FIRST_PAUSE).await;
        let first = breaker.admit().expect("half open");
        assert!(breaker.admit().is_err(), "one at a time");
        first.settle(&outage());
        tokio::time::advance(FIRST_PAUSE).await;
        assert!(breaker.ensure_admits().is_err(), "twice as long");
        tokio::time::advance(FIRST_PAUSE).await;
        breaker.admit().expect("half open").settle(&Err(Refusal::UnknownSession.into()));
        assert!(breaker.admit().is_ok() && breaker.admit().is_ok());
        assert_eq!(
            (breaker.is_open(), breaker.openings()),
            (false, 1),
            "a try that fails is no other opening"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_goes_away_tells_nothing() {
        let breaker = Breaker::default();
        for _ in 0..100 {
            drop(breaker.admit().expect("closed"));
        }
        let breaker = opened();
        tokio::time::advance(FIRST_PAUSE).await;
        drop(breaker.admit().expect("half open"));
        assert!(breaker.ensure_admits().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn odd_credentials_do_not_open_it() {
        let breaker = Breaker::default();
        for _ in 0..100 {
            breaker.admit().expect("closed").settle(&Err(Unverified::undecidable("another answer")));
            breaker.admit().expect("closed").settle(&Err(Unverified::unavailable("a part").in_part()));
        }
        assert!(breaker.ensure_admits().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_pause_has_an_end() {
        let breaker = opened();
        for _ in 0..20 {
            tokio::time::advance(MAX_PAUSE).await;
            breaker.admit().expect("half open").settle(&outage());
        }
    }
}
