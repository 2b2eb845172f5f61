//! Faults of a configuration, one line each, without any secret.

use std::fmt;

use figment::value::{Num, Value};
use reqwest::Url;

use super::{StrategyKind, confidential, placeholder::is_placeholder};

const HIDDEN: &str = "(hidden)";

/// The values of these keys are never shown, nor those of the keys that strategies list as secret.
const SECRETS: [&str; 5] = [
    confidential::ADMIN_TOKEN,
    confidential::SECRET,
    confidential::SECRETS,
    confidential::HOOK_SECRET,
    confidential::ASSERTION_SECRET,
];

/// One thing wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The path of the key, such as `jwt.leeway`; empty where the source as a whole is at fault.
    pub key: String,
    /// The value found there, fit to be printed.
    pub found: String,
    /// The expected value.
    pub expected: String,
    /// Its source: a file, an environment variable or the defaults.
    pub origin: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, found, expected, origin } = self;
        if key.is_empty() {
            return write!(f, "{origin}: expected {expected}");
        }
        write!(f, "{key} = {found} in {origin}: expected {expected}")
    }
}

/// All faults of the configuration, one line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// Something suspicious that does not keep the service from starting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning(pub(super) String);

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The value of `key`, as far as it may be printed.
pub(super) fn shown(key: &str, value: &Value) -> String {
    match value {
        Value::String(_, text) if text.is_empty() => "\"\"".to_owned(),
        _ if holds_secrets(key) => HIDDEN.to_owned(),
        Value::String(_, text) => shown_text(key, text),
        Value::Bool(_, flag) => flag.to_string(),
        Value::Num(_, Num::I64(number)) => number.to_string(),
        Value::Num(..) => "a number".to_owned(),
        Value::Array(_, values) => {
            let values: Vec<_> = values.iter().map(|value| shown(key, value)).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Char(..) | Value::Dict(..) | Value::Empty(..) => "a table".to_owned(),
    }
}

/// A secret's key, or a section that has one: the secret may be in the wrong place.
fn holds_secrets(key: &str) -> bool {
    secrets().any(|secret| leads_to(key, secret))
}

/// Whether `key` is `other`, or a table above it. A user-chosen name matches any.
fn leads_to(key: &str, other: &str) -> bool {
    let mut other = other.split('.');
    key.split('.').all(|part| other.next().is_some_and(|known| known == part || is_placeholder(known)))
}

/// Whether `key` itself holds a secret.
pub(super) fn is_secret(key: &str) -> bool {
    secrets().any(|secret| secret == key)
}

/// Whether `key` holds the address of a database or a Redis.
pub(super) fn is_store(key: &str) -> bool {
    stores().any(|store| store == key)
}

fn secrets() -> impl Iterator<Item = &'static str> {
    SECRETS.into_iter().chain(StrategyKind::ALL.iter().flat_map(|kind| kind.facts().secrets).copied())
}

/// The values of these keys may carry a password.
fn stores() -> impl Iterator<Item = &'static str> {
    [confidential::DATABASE_URL]
        .into_iter()
        .chain(StrategyKind::ALL.iter().flat_map(|kind| kind.facts().stores).copied())
}

/// The text of `key` without the credentials a URL may carry: between `://` and `@`, or in its query.
pub(super) fn shown_text(key: &str, text: &str) -> String {
    if holds_secrets(key) {
        return HIDDEN.to_owned();
    }
    let is_store = stores().any(|store| leads_to(key, store));
    if !is_store && !text.contains("://") && !text.contains('@') {
        return format!("{text:?}");
    }
    let Ok(mut url) = Url::parse(text) else {
        return if is_store || text.contains('@') { HIDDEN.to_owned() } else { format!("{text:?}") };
    };
    // A password with an unescaped `/`, `?` or `#` in it spills over into what follows the authority.
    let spilt =
        [Some(url.path()), url.query(), url.fragment()].into_iter().flatten().any(|part| part.contains('@'));
    if spilt || url.cannot_be_a_base() {
        return HIDDEN.to_owned();
    }
    if url.username().is_empty() && url.password().is_none() && url.query().is_none() {
        return format!("{text:?}");
    }
    if url.set_username("").is_err() || url.set_password(None).is_err() {
        return HIDDEN.to_owned();
    }
    url.set_query(None);
    format!("{:?}", url.as_str())
}
