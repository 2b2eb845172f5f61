//! The table as text: what every strategy makes of every row.

use std::fmt::Write;

use better_auth_verifier::{AnyStrategy, Credential, NotMine, Strategy, Unverified};

use super::{credentials::Group, deployment::Column};
use crate::parts::{chain, told};

const LEGEND: &str = "\
# What every strategy makes of every credential

`tests/core/conformance.rs` writes this table anew and compares. A cell holds the verdict of a chain with that strategy
alone: the user, or the cause of the refusal. A strategy that passes a credential over leaves it to the next. `-` stands
where it does not claim the credential because of its form, or for the reason that follows.

Ann is in good standing. Bea is banned, and Bob was. Eve's session has expired; no store has one of Tom's.
";

/// The rows of a group, judged.
#[derive(PartialEq)]
struct Block {
    titles: Vec<String>,
    lines: Vec<Vec<String>>,
}

/// Judges every row by every strategy and writes it down.
pub async fn written(groups: &[Group], columns: &[Column]) -> String {
    let mut head = vec!["credential".to_owned(), "form".to_owned()];
    head.extend(columns.iter().map(|(title, _)| (*title).to_owned()));
    let mut blocks: Vec<Block> = Vec::new();
    for group in groups {
        let lines = judged(group, columns).await;
        match blocks.iter_mut().find(|block| block.lines == lines) {
            Some(same) => same.titles.push(group.title.clone()),
            None => blocks.push(Block { titles: vec![group.title.clone()], lines }),
        }
    }
    let all = || blocks.iter().flat_map(|block| &block.lines).chain([&head]);
    let widths: Vec<_> =
        (0..head.len()).map(|at| all().map(|line| line[at].len()).max().unwrap_or_default()).collect();
    let mut text = LEGEND.to_owned();
    for Block { titles, lines } in &blocks {
        let rule = widths.iter().map(|width| "-".repeat(*width)).collect();
        writeln!(text, "\n## {}\n", titles.join("; ")).expect("written");
        for line in [&head, &rule].into_iter().chain(lines) {
            let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            writeln!(text, "| {} |", cells.collect::<Vec<_>>().join(" | ")).expect("written");
        }
    }
    text
}

/// A line for each row; a single one where all are alike.
async fn judged(group: &Group, columns: &[Column]) -> Vec<Vec<String>> {
    let mut lines = Vec::new();
    for (title, credential) in &group.rows {
        let forms: Vec<_> = credential.forms().iter().map(|(form, _)| format!("{form:?}")).collect();
        let mut line = vec![title.clone(), forms.join(", ")];
        for (_, strategy) in columns {
            line.push(cell(strategy, credential).await);
        }
        lines.push(line);
    }
    if lines.iter().all(|line| line[1..] == lines[0][1..]) {
        lines.truncate(1);
        lines[0][0] = "each of them".into();
    }
    lines
}

/// What a strategy makes of a credential that nobody has looked at before.
pub async fn cell(strategy: &AnyStrategy, credential: &Credential) -> String {
    match strategy.claims(credential) {
        Ok(()) => verdict(strategy, credential).await,
        Err(NotMine::Form { form, carrier }) => {
            assert!(credential.forms().contains(form, carrier), "{}: not this form", strategy.name());
            "-".into()
        }
        Err(NotMine::NoCompanion) => "- no cookie cache".into(),
        Err(because) => format!("- {because}"),
    }
}

async fn verdict(strategy: &AnyStrategy, credential: &Credential) -> String {
    let passed_over = matches!(strategy.verify(&credential.clone()).await, Err(Unverified::PassedOver(_)));
    let verdict = told(&chain(strategy.clone()).judge(&credential.clone()).await.verdict);
    let verdict = verdict.replace("refused: ", "");
    if passed_over { format!("passed over: {verdict}") } else { verdict }
}
