//! The report for people.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::{
    finding::{Finding, Level},
    report::Report,
};

/// The report as text, in colours where the terminal shows them.
pub fn write(report: &Report, in_colour: bool) -> String {
    let mut text = String::new();
    for finding in report.findings() {
        one(&mut text, finding, in_colour);
    }
    if !report.values().is_empty() {
        text.push_str("\nvalues that are not the defaults:\n");
        for value in report.values() {
            let _ = writeln!(text, "  {}: {}", value.key, value.origin);
        }
    }
    let _ = writeln!(text, "\n{}", summary(report));
    text
}

fn one(text: &mut String, finding: &Finding, in_colour: bool) {
    let (word, colour) = match finding.level {
        Level::Broken => ("BROKEN", AnsiColor::Red),
        Level::Warning => ("warning", AnsiColor::Yellow),
        Level::Unknown => ("unknown", AnsiColor::Blue),
        Level::Fine => ("fine", AnsiColor::Green),
    };
    let style = if in_colour { colour.on_default().bold() } else { Style::new() };
    let area = finding.area.name();
    let _ = writeln!(text, "{style}{word:<8}{style:#} {area}: {}", printable(&finding.found));
    let mut more = |label: &str, what: &str| {
        let _ = writeln!(text, "         {label:<9} {}", printable(what));
    };
    if finding.level != Level::Fine {
        match (&finding.key, &finding.origin) {
            (Some(key), Some(origin)) => more("key", &format!("{key} (from {origin})")),
            (Some(key), None) => more("key", key),
            (None, _) => {}
        }
    }
    if let Some(expected) = &finding.expected {
        more("expected", expected);
    }
    if let Some(remedy) = &finding.remedy {
        more("to do", remedy);
    }
}

/// What others have written may hold what a terminal would obey.
fn printable(text: &str) -> String {
    let escaped = |letter: char| letter.is_control().then(|| letter.escape_unicode().to_string());
    text.chars().map(|letter| escaped(letter).unwrap_or_else(|| letter.into())).collect()
}

fn summary(report: &Report) -> String {
    let [broken, warnings, unknown, fine] =
        [Level::Broken, Level::Warning, Level::Unknown, Level::Fine].map(|level| report.count(level));
    let verdict = match (broken, warnings) {
        (0, 0) => "All is well",
        (0, _) => "Nothing is broken",
        _ => "Something is broken",
    };
    format!("{verdict}: {broken} broken, {warnings} warnings, {unknown} unknown, {fine} fine.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Config, service::doctor::finding::Area};

    #[test]
    fn the_worst_comes_first_with_its_key_and_its_remedy() {
        let config = Config::from_toml("jwt.leeway = '10s'").expect("a configuration");
        let findings = vec![
            Finding::fine(Area::Address, "it answers \u{1b}[2J").key("better_auth.url"),
            Finding::broken(Area::Clock, "a minute ahead").key("jwt.leeway").expected("10s").remedy("Set it"),
        ];
        let text = write(&Report::new(&config, findings), false);
        assert_eq!(
            text,
            "BROKEN   clock: a minute ahead\n         key       jwt.leeway (from the given text)\n         \
             expected  10s\n         to do     Set it\nfine     address: it answers \\u{1b}[2J\n\n\
             values that are not the defaults:\n  jwt.leeway: the given text\n\n\
             Something is broken: 1 broken, 0 warnings, 0 unknown, 1 fine.\n"
        );
        assert!(!text.contains('\u{1b}'));
    }
}
