//! An observer that keeps what it heard.

use std::sync::{Arc, Mutex};

use better_auth_verifier::judgement::{Observer, Step};

/// What was heard, in order. Clones hear together.
#[derive(Clone, Default)]
pub struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    /// Each step: its kind and its strategy, or what was checked.
    pub fn steps(&self) -> Vec<String> {
        self.0.lock().expect("unpoisoned").clone()
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
            Step::Remembered { strategy, .. } => format!("remembered: {strategy}"),
            Step::Checked(check) => check.what.to_owned(),
            Step::Decided { strategy, .. } => format!("decided: {strategy}"),
            other => panic!("a step that no test knows yet: {other}"),
        };
        self.0.lock().expect("unpoisoned").push(heard);
    }
}
