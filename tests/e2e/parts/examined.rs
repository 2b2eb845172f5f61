//! What the command `doctor` has to say.

use std::fmt::Write;

use serde_json::Value;

use super::{presented::Presented, service, settings::Settings};

/// A report.
#[derive(Debug)]
pub struct Examined {
    /// What was examined.
    toml: String,
    /// The exit code.
    code: Option<i32>,
    /// What was printed.
    report: Value,
}

/// `better-auth-verifier doctor --json`.
pub fn examine(settings: &Settings) -> Examined {
    examine_toml(&settings.toml(), &Presented::Nothing)
}

/// The same with a live credential on standard input.
pub fn examine_with(settings: &Settings, presented: &Presented) -> Examined {
    examine_toml(&settings.toml(), presented)
}

/// The same with any configuration.
pub fn examine_toml(toml: &str, presented: &Presented) -> Examined {
    let mut input = String::new();
    if let Some((name, value)) = presented.header() {
        writeln!(input, "{name}: {value}").expect("a string takes everything");
    }
    let ended = service::run_with(&["doctor", "--json"], toml, &input);
    for secret in presented.secrets() {
        assert!(!ended.output.contains(&secret), "{secret} is told:\n{}", ended.output);
    }
    let report = serde_json::from_str(&ended.output);
    let report = report.unwrap_or_else(|fault| panic!("{fault}\n{toml}\n{}", ended.output));
    Examined { toml: toml.to_owned(), code: ended.code, report }
}

impl Examined {
    /// Something is broken: a finding in this area about this key has all these words, and says what to do.
    #[track_caller]
    pub fn is_broken(&self, area: &str, key: &str, words: &[&str]) {
        assert_eq!((self.code, &self.report["status"]), (Some(1), &"broken".into()), "{self}");
        self.has("broken", area, key, words);
    }

    /// The same where nothing is broken.
    #[track_caller]
    pub fn warns(&self, area: &str, key: &str, words: &[&str]) {
        assert_eq!((self.code, &self.report["status"]), (Some(0), &"warnings".into()), "{self}");
        self.has("warning", area, key, words);
    }

    /// A finding of this level in this area about this key has all these words. What is bad has something to do.
    #[track_caller]
    pub fn has(&self, level: &str, area: &str, key: &str, words: &[&str]) {
        let about = |finding: &&Value| {
            finding["level"] == level
                && finding["area"] == area
                && finding["key"].as_str().unwrap_or_default() == key
                && (level == "fine" || finding["remedy"].is_string())
        };
        let all = |finding: &Value| {
            let text = ["found", "expected", "remedy"].map(|part| finding[part].as_str().unwrap_or_default());
            words.iter().all(|word| text.join("\n").contains(word))
        };
        assert!(self.findings().filter(about).any(all), "{level} {area} {key} {words:?}\n{self}");
    }

    /// Nothing is broken, and nothing is suspicious.
    #[track_caller]
    pub fn is_well(&self) {
        assert_eq!((self.code, &self.report["status"]), (Some(0), &"well".into()), "{self}");
        let bad =
            self.findings().find(|finding| finding["level"] == "broken" || finding["level"] == "warning");
        assert!(bad.is_none() && self.findings().count() > 2, "{self}");
    }

    /// All is well, and nothing is left open but what these words are about.
    #[track_caller]
    pub fn leaves_open(&self, words: &[&str]) {
        self.is_well();
        let open = self.findings().filter(|finding| finding["level"] != "fine");
        let other = open
            .filter_map(|finding| finding["found"].as_str())
            .find(|found| !words.iter().any(|word| found.contains(word)));
        assert_eq!(other, None, "{self}");
    }

    pub fn findings(&self) -> impl Iterator<Item = &Value> {
        self.report["findings"].as_array().expect("a list").iter()
    }
}

impl std::fmt::Display for Examined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{:#}\nended with {:?}", self.toml, self.report, self.code)
    }
}
