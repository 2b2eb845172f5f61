//! The environment, converted by the type each key has: a secret of digits stays a text.

use std::collections::BTreeMap;

use figment::{
    util::nest,
    value::{Dict, Value},
};

use super::{
    StrategyKind, database, endpoint,
    fault::{Fault, Warning, shown_text},
    layers::Layers,
    secrets,
    spelling::nearest,
};

const PREFIX: &str = "VERIFIER_";

/// What deployments of Better Auth and of web services set anyway. Strategies add those of their own keys.
const WELL_KNOWN: [(&str, &str); 6] = [
    ("BETTER_AUTH_URL", "better_auth.url"),
    ("BETTER_AUTH_SECRET", secrets::SINGLE),
    ("BETTER_AUTH_SECRETS", secrets::VERSIONED),
    ("DATABASE_URL", database::URL),
    ("CORS_ORIGINS", "cors.origins"),
    ("RUST_LOG", "log.level"),
];

const AUTH_SECRET: &str = "AUTH_SECRET";

fn well_known() -> impl Iterator<Item = (&'static str, &'static str)> {
    WELL_KNOWN.into_iter().chain(StrategyKind::ALL.iter().flat_map(|kind| kind.facts().variables).copied())
}

pub(super) fn read(layers: &mut Layers, variables: impl IntoIterator<Item = (String, String)>) {
    // Sorted, so that faults come in the same order on every start.
    let variables: BTreeMap<String, String> = variables.into_iter().collect();
    let schema = layers.schema();
    let set = |name: &str| variables.get(name).filter(|text| !text.trim().is_empty());

    for (name, key) in well_known() {
        if let Some(text) = set(name) {
            put(layers, &schema, name, key, text);
        }
    }
    // Others than Better Auth read this one, too: it counts where nothing else names a secret.
    if let Some(text) = set(AUTH_SECRET).filter(|_| layers.is_empty(secrets::SINGLE)) {
        put(layers, &schema, AUTH_SECRET, secrets::SINGLE, text);
    }
    for text in set("FRONTEND_URL").map(|text| list(text)).unwrap_or_default() {
        match endpoint::parse(&text) {
            Some(url) => layers.frontend.push(url.origin().ascii_serialization()),
            None => fault(layers, "FRONTEND_URL", "FRONTEND_URL", &text, endpoint::EXPECTED),
        }
    }

    let known: BTreeMap<String, String> = names("", &schema).into_iter().collect();
    for (name, text) in variables.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        match known.get(name) {
            Some(key) => put(layers, &schema, name, key, text),
            None if is_service_link(name) => {}
            None => layers.warnings.push(unknown(name, known.keys().map(String::as_str))),
        }
    }
}

/// The variable of a key, for this service alone.
pub(super) fn name(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

/// The variable of each key below `parent`, with the key.
fn names(parent: &str, schema: &Dict) -> Vec<(String, String)> {
    let pair = |(name, value): (&String, &Value)| {
        let key = format!("{parent}{name}");
        match value {
            Value::Dict(_, inner) => names(&format!("{key}."), inner),
            _ => vec![(self::name(&key), key)],
        }
    };
    schema.iter().flat_map(pair).collect()
}

fn put(layers: &mut Layers, schema: &Dict, name: &str, key: &str, text: &str) {
    let default = Value::from(schema.clone()).find(key);
    let (value, expected) = match default {
        Some(Value::Bool(..)) => (text.parse::<bool>().ok().map(Value::from), "true or false"),
        Some(Value::Num(..)) => (text.parse::<i64>().ok().map(Value::from), "a whole number"),
        Some(Value::Array(..)) => (Some(Value::from(list(text))), ""),
        _ => (Some(Value::from(text)), ""),
    };
    match value.map(|value| nest(key, value)).and_then(Value::into_dict) {
        Some(values) => layers.put(&origin(name), values),
        None => fault(layers, name, key, text, expected),
    }
}

/// Commas between, or a list as JSON.
fn list(text: &str) -> Vec<String> {
    let json = text.trim().starts_with('[').then(|| serde_json::from_str(text).ok()).flatten();
    let elements: Vec<String> = json.unwrap_or_else(|| text.split(',').map(str::to_owned).collect());
    elements.iter().map(|element| element.trim().to_owned()).filter(|element| !element.is_empty()).collect()
}

/// What Kubernetes sets for a service called `verifier`.
fn is_service_link(name: &str) -> bool {
    let rest = name.trim_start_matches(PREFIX);
    rest == "SERVICE_HOST" || rest == "PORT" || rest.starts_with("SERVICE_PORT") || rest.starts_with("PORT_")
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Warning {
    let hint = nearest(name, known).map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    Warning(format!("environment variable {name} is unknown and ignored{hint}"))
}

/// Whether others than this service may have set the variable that a value comes from.
pub(super) fn is_shared(source: &str) -> bool {
    well_known().map(|(name, _)| name).chain([AUTH_SECRET]).any(|name| source == origin(name))
}

fn origin(name: &str) -> String {
    format!("environment variable {name}")
}

fn fault(layers: &mut Layers, name: &str, key: &str, text: &str, expected: &str) {
    layers.faults.push(Fault {
        key: key.to_owned(),
        found: shown_text(key, text),
        expected: expected.to_owned(),
        origin: origin(name),
    });
}
