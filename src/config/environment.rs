//! The environment, converted by the type each key has: a secret of digits stays a text.

use std::{collections::BTreeMap, env, fs};

use figment::{util::nest, value::Value};

use super::{
    StrategyKind, confidential, endpoint,
    fault::{Fault, Warning, shown_text},
    layers::Layers,
    placeholder::is_placeholder,
    schema::{Schema, in_variable},
    source::Source,
    spelling::nearest,
};

const PREFIX: &str = "VERIFIER_";
const SEPARATOR: &str = "__";

/// Variables that deployments of Better Auth and of web services set anyway. Strategies add those of their own keys.
const WELL_KNOWN: [(&str, &str); 6] = [
    ("BETTER_AUTH_URL", "better_auth.url"),
    ("BETTER_AUTH_SECRET", confidential::SECRET),
    ("BETTER_AUTH_SECRETS", confidential::SECRETS),
    ("DATABASE_URL", confidential::DATABASE_URL),
    ("CORS_ORIGINS", "cors.origins"),
    ("RUST_LOG", "log.level"),
];

const AUTH_SECRET: &str = "AUTH_SECRET";

/// Files of variables that other tools read.
const FILES: [&str; 3] = [".env", ".env.local", ".env.production"];

fn well_known() -> impl Iterator<Item = (&'static str, &'static str)> {
    WELL_KNOWN.into_iter().chain(StrategyKind::ALL.iter().flat_map(|kind| kind.facts().variables).copied())
}

/// The variables of this process. A value that is not UTF-8 keeps replacement characters, so that the key that reads it
/// reports it.
pub fn variables() -> impl Iterator<Item = (String, String)> {
    env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
}

pub(super) fn read(layers: &mut Layers, variables: impl IntoIterator<Item = (String, String)>) {
    // Sorted, so that faults come in the same order on every start.
    let variables: BTreeMap<String, String> = variables.into_iter().collect();
    let set = |name: &str| variables.get(name).filter(|text| !text.trim().is_empty());

    for (name, key) in well_known() {
        if let Some(text) = set(name) {
            put(layers, name, key, text);
        }
    }
    // Other programs read this variable, too: it counts only if nothing else names a secret.
    if let Some(text) = set(AUTH_SECRET).filter(|_| layers.is_empty(confidential::SECRET)) {
        put(layers, AUTH_SECRET, confidential::SECRET, text);
    }
    for text in set("FRONTEND_URL").map(|text| list(text)).unwrap_or_default() {
        match endpoint::parse(&text) {
            Some(url) => layers.frontend.push(url.origin().ascii_serialization()),
            None => fault(layers, "FRONTEND_URL", "FRONTEND_URL", &text, endpoint::EXPECTED),
        }
    }

    // The names of entries that a file adds.
    let values = layers.values();
    for (name, text) in &variables {
        let Some(path) = name.strip_prefix(PREFIX) else { continue };
        let parts: Vec<_> = path.split(SEPARATOR).collect();
        match layers.schema.key_of(&parts, &values) {
            Some(key) => put(layers, name, &key, text),
            None if is_service_link(path) => {}
            None => layers.warnings.push(unknown(name, &parts, &layers.schema)),
        }
    }
    let unread: Vec<_> = FILES.iter().filter_map(|file| unread_file(file, &variables, layers)).collect();
    layers.warnings.extend(unread);
}

/// Warns that a file of variables is not read, if it holds the only value of one of our variables.
fn unread_file(file: &str, variables: &BTreeMap<String, String>, layers: &Layers) -> Option<Warning> {
    let text = fs::read_to_string(file).ok()?;
    let ineffective = text.lines().filter_map(|line| {
        let (name, value) = line.trim().trim_start_matches("export ").split_once('=')?;
        let is_set = variables.contains_key(name.trim()) || value.trim().is_empty();
        (!is_set && is_missed(name.trim(), layers)).then(|| name.trim())
    });
    let names: Vec<_> = ineffective.collect();
    (!names.is_empty()).then(|| {
        Warning(format!(
            "the file {file} here is not read, so {} from it has no effect: export it before the start (set -a; . ./{file}; set +a), or \
             let Docker or systemd read the file",
            names.join(", ")
        ))
    })
}

/// Whether a variable is ours, and nothing else sets its key.
fn is_missed(name: &str, layers: &Layers) -> bool {
    let known = well_known().chain([(AUTH_SECRET, confidential::SECRET)]).find(|(known, _)| *known == name);
    let is_chosen = |key| layers.sources.get(key).is_some_and(|source| *source != Source::Defaults);
    name.starts_with(PREFIX) || known.is_some_and(|(_, key)| !is_chosen(key))
}

/// The variable of a key, for this service alone.
pub(super) fn name(key: &str) -> String {
    let parts: Vec<_> = key.split('.').map(in_variable).collect();
    format!("{PREFIX}{}", parts.join(SEPARATOR))
}

fn put(layers: &mut Layers, name: &str, key: &str, text: &str) {
    match typed(&layers.schema, key, text) {
        Ok(value) => {
            let values = nest(key, value).into_dict().unwrap_or_default();
            layers.put(&Source::Variable(name.to_owned()), values);
        }
        Err(expected) => fault(layers, name, key, text, expected),
    }
}

/// The value that a text means for a key, or what was expected.
pub(super) fn typed(schema: &Schema, key: &str, text: &str) -> Result<Value, &'static str> {
    match schema.default_of(key) {
        Some(Value::Bool(..)) => text.parse::<bool>().map(Value::from).map_err(|_| "true or false"),
        Some(Value::Num(..)) => text.parse::<i64>().map(Value::from).map_err(|_| "a whole number"),
        Some(Value::Array(..)) => Ok(Value::from(list(text))),
        _ => Ok(Value::from(text)),
    }
}

/// A list, comma-separated or as JSON.
fn list(text: &str) -> Vec<String> {
    let json = text.trim().starts_with('[').then(|| serde_json::from_str(text).ok()).flatten();
    let elements: Vec<String> = json.unwrap_or_else(|| text.split(',').map(str::to_owned).collect());
    elements.iter().map(|element| element.trim().to_owned()).filter(|element| !element.is_empty()).collect()
}

/// The variables that Kubernetes sets for a service called `verifier`.
fn is_service_link(path: &str) -> bool {
    path == "SERVICE_HOST" || path == "PORT" || path.starts_with("SERVICE_PORT") || path.starts_with("PORT_")
}

fn unknown(name: &str, parts: &[&str], schema: &Schema) -> Warning {
    let spelt = |(at, key): (usize, &str)| {
        // A user-chosen name stays as it was written.
        in_variable(parts.get(at).filter(|_| is_placeholder(key)).unwrap_or(&key))
    };
    let variable = |path: Vec<&str>| {
        let parts: Vec<_> = path.into_iter().enumerate().map(spelt).collect();
        format!("{PREFIX}{}", parts.join(SEPARATOR))
    };
    let known: Vec<_> = schema.paths().into_iter().map(variable).collect();
    let near = nearest(name, known.iter().map(String::as_str));
    let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    Warning(format!("environment variable {name} is unknown and ignored{hint}"))
}

/// Whether a value comes from a variable that other programs may share.
pub(super) fn is_shared(origin: &str) -> bool {
    well_known().map(|(name, _)| name).chain([AUTH_SECRET]).any(|name| origin == in_words(name))
}

fn in_words(name: &str) -> String {
    Source::Variable(name.to_owned()).in_words()
}

fn fault(layers: &mut Layers, name: &str, key: &str, text: &str, expected: &str) {
    layers.faults.push(Fault {
        key: key.to_owned(),
        found: shown_text(key, text),
        expected: expected.to_owned(),
        origin: in_words(name),
    });
}
