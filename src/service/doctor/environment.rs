//! What the environment did to the configuration.

use super::finding::{Area, Finding};
use crate::config::{Config, Source};

/// What this service uses alone.
const PREFIX: &str = "VERIFIER_";

/// What variables say that others share.
pub fn examine(config: &Config) -> Vec<Finding> {
    let shared = config.chosen().filter_map(|(key, source)| match source {
        Source::Variable(name) if !name.starts_with(PREFIX) => Some((key, name)),
        _ => None,
    });
    let mut findings: Vec<_> = shared.map(|(key, name)| shared_variable(config, key, name)).collect();
    if !config.frontend.is_empty() {
        let origins = config.frontend.join(", ");
        findings.push(
            Finding::fine(
                Area::Environment,
                format!("FRONTEND_URL adds {origins} to better_auth.trusted_origins and cors.origins"),
            )
            .key("better_auth.trusted_origins"),
        );
    }
    findings
}

fn shared_variable(config: &Config, key: &str, name: &str) -> Finding {
    let is_store = matches!(name, "DATABASE_URL" | "REDIS_URL");
    let found = if is_store && !config.needs(key) {
        format!("{name} sets {key}, which nothing here uses")
    } else {
        format!("{name} sets {key}")
    };
    Finding::fine(Area::Environment, found).key(key)
}
