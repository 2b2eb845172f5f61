use std::{fmt, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{Call, Check, Observer, Outcome, Step, Subject};
use crate::error::Refusal;

/// Passes the steps and ends of judgements to observers. Without an observer it makes and counts nothing. Cheap to clone: each
/// credential has one.
#[derive(Clone, Default)]
pub struct Trace {
    observers: Option<Arc<Vec<Arc<dyn Observer>>>>,
    /// Whether one of them wants details: otherwise no check is put into words, and no decision is timed.
    hears_details: bool,
}

impl Trace {
    /// Adds this observer.
    pub fn add(&mut self, observer: Arc<dyn Observer>) {
        self.hears_details |= observer.hears_details();
        Arc::make_mut(self.observers.get_or_insert_default()).push(observer);
    }

    /// The start of a look-up, if there is an observer.
    pub fn begin(&self) -> Option<Instant> {
        self.observers.is_some().then(Instant::now)
    }

    /// The time since [`begin`](Self::begin).
    pub fn since(began: Option<Instant>) -> Duration {
        began.map(|began| began.elapsed()).unwrap_or_default()
    }

    /// The start of a decision, if an observer hears details. A decision from the cache is so short that the clock would be a
    /// good part of it.
    pub fn begin_decision(&self) -> Option<Instant> {
        self.hears_details.then(Instant::now)
    }

    /// Reports a step.
    pub fn step<'a>(&self, step: impl FnOnce() -> Step<'a>) {
        let Some(observers) = &self.observers else { return };
        let step = step();
        for observer in &**observers {
            observer.step(&step);
        }
    }

    /// Reports how a request ended.
    pub fn ended(&self, outcome: Outcome<'_>, subject: &Subject<'_>) {
        for observer in self.all() {
            observer.ended(outcome, subject);
        }
    }

    /// Reports a request to Better Auth that has ended.
    pub fn called(&self, call: &Call) {
        for observer in self.all() {
            observer.called(call);
        }
    }

    /// Reports a check that speaks for itself.
    pub fn check<T>(&self, what: &'static str, outcome: Result<T, Refusal>) -> Result<T, Refusal> {
        self.checked(|| Check { what, outcome: of(&outcome), found: None, expected: None });
        outcome
    }

    /// Reports a check with the values found and expected, in words.
    pub fn compare<T>(
        &self,
        what: &'static str,
        outcome: Result<T, Refusal>,
        words: impl FnOnce() -> (String, String),
    ) -> Result<T, Refusal> {
        self.checked(|| {
            let (found, expected) = words();
            Check { what, outcome: of(&outcome), found: Some(found), expected: Some(expected) }
        });
        outcome
    }

    /// Reports a check that hardly ever fails, and only if it fails: with the values found and expected, in words.
    pub fn only_if_refused<T>(
        &self,
        what: &'static str,
        outcome: Result<T, Refusal>,
        words: impl FnOnce() -> (String, String),
    ) -> Result<T, Refusal> {
        match outcome {
            Err(cause) => self.compare(what, Err(cause), words),
            right @ Ok(_) => right,
        }
    }

    fn checked(&self, check: impl FnOnce() -> Check) {
        if !self.hears_details {
            return;
        }
        let step = Step::Checked(check());
        for observer in self.all().iter().filter(|observer| observer.hears_details()) {
            observer.step(&step);
        }
    }

    fn all(&self) -> &[Arc<dyn Observer>] {
        self.observers.as_deref().map_or(&[], Vec::as_slice)
    }
}

/// Whether a check passed, without what it found.
fn of<T>(outcome: &Result<T, Refusal>) -> Result<(), Refusal> {
    outcome.as_ref().map(|_| ()).map_err(|cause| *cause)
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.observers.is_none() { "unobserved" } else { "observed" })
    }
}

#[cfg(test)]
mod tests {
    use parking_lot::Mutex;

    use super::*;

    /// Keeps everything that it receives.
    struct Heard {
        hears_details: bool,
        steps: Mutex<Vec<String>>,
    }

    impl Heard {
        fn new(hears_details: bool) -> Arc<Self> {
            Arc::new(Self { hears_details, steps: Mutex::default() })
        }
    }

    impl Observer for Heard {
        fn hears_details(&self) -> bool {
            self.hears_details
        }

        fn step(&self, step: &Step<'_>) {
            self.steps.lock().push(step.to_string());
        }
    }

    #[test]
    fn nothing_is_put_into_words_that_nobody_hears() {
        let (counting, explaining) = (Heard::new(false), Heard::new(true));
        let mut trace = Trace::default();
        trace.add(counting.clone());
        let unheard = || -> (String, String) { panic!("put into words") };
        assert_eq!(trace.compare("issuer", Ok(7), unheard), Ok(7));
        trace.add(explaining.clone());
        let outcome: Result<(), _> =
            trace.compare("issuer", Err(Refusal::WrongIssuer), || ("a".into(), "b".into()));
        assert_eq!(outcome, Err(Refusal::WrongIssuer));
        trace.step(|| Step::Claimed { strategy: "jwt" });
        assert_eq!(*counting.steps.lock(), ["jwt claims it"]);
        assert_eq!(*explaining.steps.lock(), ["issuer: wrong-issuer, found a, expected b", "jwt claims it"]);
    }
}
