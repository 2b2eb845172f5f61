use parking_lot::Mutex;

use super::explanation::{Line, Outcome};
use crate::{
    error::Refusal,
    judgement::{Check, Observer, Step},
};

/// Keeps what happens while a credential is judged.
#[derive(Default)]
pub struct Record(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    lines: Vec<Line>,
    /// The strategy whose steps are heard.
    strategy: Option<&'static str>,
}

impl Record {
    /// What was kept so far, in order.
    pub fn take(&self) -> Vec<Line> {
        std::mem::take(&mut self.0.lock().lines)
    }
}

impl Observer for Record {
    fn step(&self, step: &Step<'_>) {
        let mut kept = self.0.lock();
        let line = match step {
            // The claims of all strategies are told apart from the steps.
            Step::NotClaimed { .. } => return,
            Step::Claimed { strategy } => {
                kept.strategy = Some(*strategy);
                return;
            }
            Step::Checked(Check { what, outcome, found, expected }) => Line {
                strategy: kept.strategy,
                what: (*what).to_owned(),
                outcome: if outcome.is_ok() { Outcome::Passed } else { Outcome::Failed },
                cause: outcome.err().map(Refusal::as_str),
                found: found.clone(),
                expected: expected.clone(),
            },
            other => Line {
                strategy: kept.strategy,
                what: other.to_string(),
                outcome: Outcome::Note,
                cause: None,
                found: None,
                expected: None,
            },
        };
        kept.lines.push(line);
    }
}
