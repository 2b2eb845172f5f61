//! The keys that say something to the service alone. An app of one's own listens, logs and documents itself.

use std::collections::BTreeMap;

use figment::{
    util::nest,
    value::{Dict, Value},
};

use super::{environment, fault::Warning, layers::Layers, source::Source};

/// Keys, or tables of them.
const KEYS: [&str; 18] = [
    "assertion",
    "docs",
    "doctor",
    "forward_auth",
    "log",
    "rate_limit.pages",
    "server.admin_hosts",
    "server.admin_listen",
    "server.admin_token",
    "server.header_timeout",
    "server.listen",
    "server.max_body",
    "server.max_connections",
    "server.max_connections_per_client",
    "server.request_timeout",
    "shared_secret.access_lifetime",
    "shared_secret.refresh_lifetime",
    "todos",
];
/// What an app does not have although the service has it by default.
const OFF: [&str; 2] = ["doctor.at_start", "todos.enabled"];

/// Takes them back to where they ask for nothing, and warns of those that somebody has set.
pub(super) fn leave_out(layers: &mut Layers) {
    let values = layers.values();
    let mut ignored: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (key, source) in layers.sources.iter().filter(|(key, source)| is_missed(key, source, &values)) {
        ignored.entry(source.in_words()).or_default().push(key);
    }
    let warnings = ignored.into_iter().map(|(origin, keys)| {
        Warning(format!(
            "{origin} sets {}: only the service itself uses that, so it has no effect in this app",
            keys.join(", ")
        ))
    });
    layers.warnings.extend(warnings.collect::<Vec<_>>());
    layers.reset(is_of_service);
    for key in OFF {
        layers.put(&Source::Defaults, nest(key, Value::from(false)).into_dict().unwrap_or_default());
    }
}

fn is_of_service(key: &str) -> bool {
    KEYS.iter()
        .any(|known| key.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// Whether somebody has set it for this app and asks for something by it. What is switched off is as good as absent; what many
/// programs read, such as `RUST_LOG`, may be meant for another.
fn is_missed(key: &str, source: &Source, values: &Dict) -> bool {
    let is_off = || Value::from(values.clone()).find(key).is_some_and(|value| value.to_bool() == Some(false));
    is_of_service(key)
        && *source != Source::Defaults
        && !environment::is_shared(&source.in_words())
        && !is_off()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_one_or_a_table_of_them() {
        let schema = Layers::defaults().schema;
        let paths: Vec<_> = schema.paths().iter().map(|path| path.join(".")).collect();
        for known in KEYS {
            let leads_to = |path: &String| path == known || path.starts_with(&format!("{known}."));
            assert!(paths.iter().any(leads_to), "{known}");
        }
        assert!(OFF.iter().all(|key| is_of_service(key)));
    }
}
