//! Reads key by key and remembers every fault, instead of stopping at the first.

use std::{fmt::Write, num::NonZeroU32, time::Duration};

use bytesize::ByteSize;
use figment::value::Value;
use reqwest::Url;
use serde::de::DeserializeOwned;

use super::{
    environment,
    fault::{Fault, Faults, Warning, is_secret, is_store, shown, shown_text},
    layers::Layers,
    source::{Source, Sources},
};
use crate::database::is_loopback;

/// No cache, pool or clock copes with every `Duration`; none needs a longer one.
const YEAR: Duration = Duration::from_hours(365 * 24);

const MAX_LEEWAY: Duration = Duration::from_mins(1);

pub(super) struct Reader {
    layers: Layers,
    /// The keys of secrets and stores in use.
    needed: Vec<String>,
}

impl Reader {
    pub fn new(layers: Layers) -> Self {
        Self { layers, needed: vec![] }
    }

    /// A value of the type it has in `config.toml`.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> T {
        let value = self.layers.merged.extract_inner(key);
        value.expect("each key is in the schema, and each layer was checked against it")
    }

    /// A text with a form of its own. After a fault it returns the default, which nobody uses, as faults are final.
    pub fn parse<T>(&mut self, key: &str, expected: &str, form: impl Fn(&str) -> Option<T>) -> T {
        self.try_parse(key, |text| form(text).ok_or_else(|| expected.to_owned()))
    }

    /// The same, where `form` says what it expected.
    pub fn try_parse<T>(&mut self, key: &str, form: impl Fn(&str) -> Result<T, String>) -> T {
        match form(&self.get::<String>(key)) {
            Ok(value) => return value,
            Err(expected) => self.fault(key, &expected),
        }
        let default = self.layers.schema.default_of(key).and_then(Value::as_str).map(form);
        default.and_then(Result::ok).expect("the defaults are in form, as a test shows")
    }

    /// The same, where empty means absent.
    pub fn optional<T>(&mut self, key: &str, expected: &str, form: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.parse(key, expected, |text| if text.is_empty() { Some(None) } else { form(text).map(Some) })
    }

    /// A list of texts in a form of their own. `form` says what it expected.
    pub fn list<T>(&mut self, key: &str, form: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let mut values = Vec::new();
        for text in self.get::<Vec<String>>(key) {
            match form(&text) {
                Ok(value) => values.push(value),
                Err(expected) => self.found(key, shown_text(key, &text), &expected),
            }
        }
        values
    }

    /// A number of bytes.
    pub fn size(&mut self, key: &str) -> u64 {
        self.parse(key, "a size such as \"1MiB\", at least one byte", size)
    }

    pub fn duration(&mut self, key: &str) -> Duration {
        self.parse(key, "a duration such as \"10s\", at most a year", duration)
    }

    pub fn positive_duration(&mut self, key: &str) -> Duration {
        self.parse(key, "a duration such as \"10s\", longer than zero and at most a year", positive_duration)
    }

    /// The difference that two clocks may have, which has a ceiling.
    pub fn check_leeway(&mut self, key: &str, leeway: Duration) {
        if leeway > MAX_LEEWAY {
            self.fault(key, "at most \"60s\": an expired token is accepted that much longer");
        }
    }

    pub fn optional_positive_duration(&mut self, key: &str) -> Option<Duration> {
        self.optional(
            key,
            "empty, or a duration such as \"1h\", longer than zero and at most a year",
            positive_duration,
        )
    }

    pub fn count(&mut self, key: &str) -> NonZeroU32 {
        let count = u32::try_from(self.get::<i64>(key)).ok().and_then(NonZeroU32::new);
        count.unwrap_or_else(|| {
            self.fault(key, "a whole number from 1 to 4294967295");
            NonZeroU32::MIN
        })
    }

    /// A count for which zero stands for a default that depends on the machine.
    pub fn count_or_zero(&mut self, key: &str) -> u32 {
        u32::try_from(self.get::<i64>(key)).unwrap_or_else(|_| {
            self.fault(key, "a whole number from 0 to 4294967295");
            0
        })
    }

    /// Where each value came from.
    pub fn sources(&self) -> Sources {
        self.layers.sources.clone()
    }

    /// The origins of `FRONTEND_URL`.
    pub fn frontend(&self) -> &[String] {
        &self.layers.frontend
    }

    /// Requires a list that is not empty and repeats nothing.
    pub fn check_choice<T: PartialEq>(&mut self, key: &str, chosen: &[T]) {
        let repeated = chosen.iter().enumerate().any(|(index, value)| chosen[..index].contains(value));
        // A list of nothing but faults is already reported.
        if self.get::<Vec<String>>(key).is_empty() || repeated {
            self.fault(key, "at least one, and none twice");
        }
    }

    /// Reports an unencrypted connection beyond loopback: a fault, unless the configuration permits it.
    pub fn insecure(&mut self, key: &str, expected: &str) {
        if self.get("better_auth.allow_insecure") {
            self.warn(format!(
                "{key} goes unencrypted beyond loopback, as better_auth.allow_insecure permits"
            ));
        } else {
            self.fault(key, &format!("{expected}, or better_auth.allow_insecure = true"));
        }
    }

    /// Requires that nobody on the way to `url` can read along. An unset `key` derives from another, which is checked itself.
    pub fn check_https(&mut self, key: &str, url: &Url) {
        let is_set = !self.get::<String>(key).is_empty();
        if is_set && url.scheme() == "http" && !url.host_str().is_some_and(is_loopback) {
            self.insecure(key, "https");
        }
    }

    /// Adds a warning, once.
    pub fn warn(&mut self, text: impl Into<String>) {
        let warning = Warning(text.into());
        if !self.layers.warnings.contains(&warning) {
            self.layers.warnings.push(warning);
        }
    }

    /// Adds a fault: the value of `key` is not the expected one.
    pub fn fault(&mut self, key: &str, expected: &str) {
        let found = self.layers.merged.find_value(key).map(|value| shown(key, &value));
        self.found(key, found.unwrap_or_default(), expected);
    }

    fn found(&mut self, key: &str, found: String, expected: &str) {
        let origin = self.layers.sources.get(key).map(Source::in_words).unwrap_or_default();
        let mut expected = expected.to_owned();
        if is_store(key) && environment::is_shared(&origin) {
            // Other programs may need the variable as it is.
            let own = environment::name(key);
            let _ = write!(expected, "; where others need this value, {own} is for this service alone");
        }
        let fault = Fault { key: key.to_owned(), found, expected, origin };
        // Two strategies may need the same.
        if !self.layers.faults.contains(&fault) {
            self.layers.faults.push(fault);
        }
    }

    /// Notes that the secret or the store of `key` is in use.
    pub fn need(&mut self, key: &str) {
        self.needed.push(key.to_owned());
    }

    /// The keys of the secrets and stores in use.
    pub fn needed(&self) -> &[String] {
        &self.needed
    }

    /// A malformed value in a shared variable is only a warning if its secret or store is not in use.
    fn forgive(&mut self) {
        let unused = |fault: &mut Fault| {
            (is_secret(&fault.key) || is_store(&fault.key))
                && !self.needed.contains(&fault.key)
                && environment::is_shared(&fault.origin)
        };
        for Fault { key, expected, origin, .. } in self.layers.faults.extract_if(.., unused) {
            self.layers.warnings.push(Warning(format!(
                "{origin} is ignored: it would set {key}, which nothing here needs now, and it is malformed (expected \
                 {expected})"
            )));
        }
    }

    /// The result, if there was no fault.
    pub fn finish<T>(mut self, value: T) -> Result<(T, Vec<Warning>), Faults> {
        self.forgive();
        if self.layers.faults.is_empty() {
            Ok((value, self.layers.warnings))
        } else {
            Err(Faults(self.layers.faults))
        }
    }
}

fn size(text: &str) -> Option<u64> {
    text.parse::<ByteSize>().ok().map(|size| size.as_u64()).filter(|bytes| *bytes > 0)
}

fn duration(text: &str) -> Option<Duration> {
    humantime::parse_duration(text).ok().filter(|time| *time <= YEAR)
}

fn positive_duration(text: &str) -> Option<Duration> {
    duration(text).filter(|time| !time.is_zero())
}
