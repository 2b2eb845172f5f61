use std::{fmt, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{Check, Observer, Outcome, Step, Subject};
use crate::error::Refusal;

/// Where the steps of judgements and their ends go. Without an observer nothing is made or counted.
#[derive(Clone, Default)]
pub struct Trace(Vec<Arc<dyn Observer>>);

impl Trace {
    /// Tells this observer, too.
    pub fn add(&mut self, observer: Arc<dyn Observer>) {
        self.0.push(observer);
    }

    /// When something began, if anybody wants to know how long it took.
    pub fn begin(&self) -> Option<Instant> {
        (!self.0.is_empty()).then(Instant::now)
    }

    /// How long ago something began, of which [`begin`](Self::begin) was told.
    pub fn since(began: Option<Instant>) -> Duration {
        began.map(|began| began.elapsed()).unwrap_or_default()
    }

    /// Tells of a step.
    pub fn step<'a>(&self, step: impl FnOnce() -> Step<'a>) {
        if self.0.is_empty() {
            return;
        }
        let step = step();
        for observer in &self.0 {
            observer.step(&step);
        }
    }

    /// Tells how a request ended.
    pub fn ended(&self, outcome: Outcome<'_>, subject: &Subject<'_>) {
        for observer in &self.0 {
            observer.ended(outcome, subject);
        }
    }

    /// Tells of a check that speaks for itself.
    pub fn check<T>(&self, what: &'static str, outcome: Result<T, Refusal>) -> Result<T, Refusal> {
        self.step(|| Step::Checked(Check { what, outcome: of(&outcome), found: None, expected: None }));
        outcome
    }

    /// Tells of a check with what was found and what was expected, in words.
    pub fn compare<T>(
        &self,
        what: &'static str,
        outcome: Result<T, Refusal>,
        words: impl FnOnce() -> (String, String),
    ) -> Result<T, Refusal> {
        self.step(|| {
            let (found, expected) = words();
            Step::Checked(Check { what, outcome: of(&outcome), found: Some(found), expected: Some(expected) })
        });
        outcome
    }

    /// Tells of a check that hardly ever fails, and only if it has: with what was found and what was expected, in words.
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
}

/// Whether a check passed, without what it found.
fn of<T>(outcome: &Result<T, Refusal>) -> Result<(), Refusal> {
    outcome.as_ref().map(|_| ()).map_err(|cause| *cause)
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "unobserved" } else { "observed" })
    }
}
