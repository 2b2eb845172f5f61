//! All that was found.

use serde::Serialize;

use super::{
    finding::{Area, Finding, Level},
    text,
};
use crate::config::{Config, Fault, Faults, Source};

/// All findings, the worst first, and where the configuration came from.
#[derive(Debug, Serialize)]
pub struct Report {
    /// How bad it is in all.
    status: Status,
    /// What was looked at.
    findings: Vec<Finding>,
    /// The keys that do not have their defaults.
    values: Vec<Origin>,
}

/// How bad it is in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Broken,
    Warnings,
    Well,
}

/// Where the value of a key came from.
#[derive(Debug, Serialize)]
pub struct Origin {
    /// The key.
    pub key: String,
    /// The file or the environment variable.
    pub origin: String,
}

impl Report {
    /// A report on a configuration that could be read.
    pub fn new(config: &Config, findings: Vec<Finding>) -> Self {
        let with_origin = |finding: Finding| {
            let origin = finding.key.as_deref().and_then(|key| config.origin(key));
            Finding { origin: origin.map(Source::in_words), ..finding }
        };
        let values =
            config.chosen().map(|(key, source)| Origin { key: key.to_owned(), origin: source.in_words() });
        Self::of(findings.into_iter().map(with_origin).collect(), values.collect())
    }

    /// A report on a configuration that could not, after which nothing else is worth a look.
    #[must_use]
    pub fn of_faults(faults: Faults) -> Self {
        let finding = |fault: Fault| {
            let found = if fault.key.is_empty() { "it cannot be read".to_owned() } else { fault.found };
            let finding = Finding::broken(Area::Configuration, found)
                .expected(fault.expected)
                .remedy(format!("Change it in {}", fault.origin));
            let key = Some(fault.key).filter(|key| !key.is_empty());
            Finding { key, origin: Some(fault.origin), ..finding }
        };
        Self::of(faults.0.into_iter().map(finding).collect(), Vec::new())
    }

    fn of(mut findings: Vec<Finding>, values: Vec<Origin>) -> Self {
        findings.sort_by_key(|finding| finding.level);
        let status = match findings.first().map(|worst| worst.level) {
            Some(Level::Broken) => Status::Broken,
            Some(Level::Warning) => Status::Warnings,
            _ => Status::Well,
        };
        Self { status, findings, values }
    }

    /// Whether anything is broken.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.status == Status::Broken
    }

    /// All findings, the worst first.
    pub(super) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The keys that do not have their defaults.
    pub(super) fn values(&self) -> &[Origin] {
        &self.values
    }

    /// How many findings are of this level.
    pub(super) fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    /// The report for people, in colours where a terminal shows them.
    #[must_use]
    pub fn text(&self, in_colour: bool) -> String {
        text::write(self, in_colour)
    }

    /// The report for machines.
    ///
    /// # Panics
    ///
    /// Never: all of it is text.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts can be written as JSON")
    }
}
