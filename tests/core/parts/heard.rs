//! An observer that keeps what it heard.

use std::sync::{Arc, Mutex};

use better_auth_verifier::judgement::{Observer, Outcome, Step, Subject};

/// What was heard, in order. Clones hear together.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    /// Each step: its kind and its strategy, or what was checked. And each end.
    pub fn steps(&self) -> Vec<String> {
        self.0.lock().expect("unpoisoned").clone()
    }

    /// The same, and what is heard from now on is heard alone.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("unpoisoned"))
    }

    /// How often this step was heard.
    pub fn count(&self, step: &str) -> usize {
        self.steps().iter().filter(|heard| *heard == step).count()
    }
}

impl Observer for Heard {
    fn step(&self, step: &Step<'_>) {
        let heard = match step {
            Step::NotClaimed { strategy, .. } => format!("not claimed: {strategy}"),
            Step::Claimed { strategy } => format!("claimed: {strategy}"),
            Step::Looked { strategy } => format!("looked: {strategy}"),
            Step::FailureLimited => "failure limited".to_owned(),
            Step::Remembered { strategy, .. } => format!("remembered: {strategy}"),
            Step::Shared { strategy, .. } => format!("shared: {strategy}"),
            Step::NotRemembered { strategy } => format!("not remembered: {strategy}"),
            Step::LookedUp { strategy, .. } => format!("looked up: {strategy}"),
            Step::BreakerOpen { strategy, .. } => format!("breaker open: {strategy}"),
            Step::FellBack { strategy, fallback, .. } => format!("fell back: {strategy} to {fallback}"),
            Step::Checked(check) => check.what.to_owned(),
            Step::Decided { strategy, .. } => format!("decided: {strategy}"),
            Step::PolicyDecided { policy, decision, .. } => match decision {
                Ok(()) => format!("policy {policy}: permitted"),
                Err(unpermitted) => format!("policy {policy}: {unpermitted}"),
            },
            other => panic!("a step that no test knows yet: {other}"),
        };
        self.0.lock().expect("unpoisoned").push(heard);
    }

    fn ended(&self, outcome: Outcome<'_>, subject: &Subject<'_>) {
        let outcome = match outcome {
            Outcome::Passed(identity) => identity.user.id.clone(),
            Outcome::Guest => "a guest".to_owned(),
            Outcome::TurnedAway(error) => format!("turned away: {error}"),
            Outcome::Abandoned => "abandoned".to_owned(),
            other => panic!("an outcome that no test knows yet: {other:?}"),
        };
        self.0.lock().expect("unpoisoned").push(format!("ended in {}: {outcome}", subject.carrier_name()));
    }
}
