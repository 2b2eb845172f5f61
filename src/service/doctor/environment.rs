//! What the environment did to the configuration.

use std::fs;

use super::finding::{Area, Finding};
use crate::config::{Config, Source};

/// Files of variables that other tools read.
const FILES: [&str; 3] = [".env", ".env.local", ".env.production"];
/// What this service uses alone.
const PREFIX: &str = "VERIFIER_";

/// What variables say that others share, and those that lie in a file that nobody reads.
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
    findings.extend(unread_files(config));
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

/// A file of variables where this process was started that sets what is not set.
fn unread_files(config: &Config) -> Option<Finding> {
    let names = ["BETTER_AUTH_URL", "BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS", "DATABASE_URL", "REDIS_URL"];
    let is_set = |name: &str| config.chosen().any(|(_, source)| *source == Source::Variable(name.to_owned()));
    for file in FILES {
        let Ok(text) = fs::read_to_string(file) else { continue };
        let assigned = text.lines().filter_map(|line| {
            let name = line.trim().trim_start_matches("export ").split_once('=')?.0.trim();
            names.into_iter().find(|known| *known == name)
        });
        let missing: Vec<_> = assigned.filter(|name| !is_set(name)).collect();
        if !missing.is_empty() {
            return Some(
                Finding::warning(
                    Area::Environment,
                    format!("{file} sets {}, and this service does not read that file", missing.join(", ")),
                )
                .expected("the variables in the environment of this process")
                .remedy(format!(
                    "Export them (`set -a; . ./{file}; set +a`), or hand the file to whatever starts this service (docker \
                     --env-file, systemd EnvironmentFile=)"
                )),
            );
        }
    }
    None
}
