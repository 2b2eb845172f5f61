//! How the configuration is read, and how its faults are reported.

#![cfg(feature = "server")]

mod addresses;
mod admin;
mod assertion;
mod better_auth;
mod defaults;
mod faults;
mod forward_auth;
mod json_schema;
mod keys;
mod secrets;
mod sources;
mod strategies;

use std::{fs, time::Duration};

use better_auth_verifier::config::{Config, Faults, Warning};
use secrecy::ExposeSecret;

const DEFAULTS: &str = include_str!("../../config.toml");

fn load(text: &str, environment: &[(&str, &str)]) -> Result<(Config, Vec<Warning>), Faults> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("verifier.toml");
    fs::write(&file, text).expect("a file");
    let read = Config::load(
        Some(&file),
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    json_schema::compare(text, &read);
    read
}

fn loaded(text: &str, environment: &[(&str, &str)]) -> Config {
    load(text, environment).unwrap_or_else(|faults| panic!("{faults}")).0
}

/// What is wrong with `text`, line by line.
fn faults(text: &str) -> Vec<String> {
    from_toml(text)
        .map_or_else(|faults| faults.to_string(), |_| String::new())
        .lines()
        .map(str::to_owned)
        .collect()
}

#[track_caller]
fn refused(text: &str, key: &str, expected: &str) {
    let faults = faults(text);
    assert_eq!(faults.len(), 1, "{text}: {faults:?}");
    assert!(
        faults[0].starts_with(&format!("{key} = ")) && faults[0].contains(expected),
        "{text}: {faults:?}"
    );
}

#[track_caller]
fn accepted(text: &str) -> Config {
    from_toml(text).unwrap_or_else(|faults| panic!("{text}: {faults}"))
}

#[track_caller]
fn from_toml(text: &str) -> Result<Config, Faults> {
    let read = Config::from_toml(text);
    json_schema::compare(text, &read);
    read
}

/// Everything in it, what `Debug` hides included.
fn everything(config: &Config) -> String {
    let mut text = format!("{config:?}");
    for url in [&config.database.url, &config.kinds.session_table.database_url] {
        text.push_str(url.expose_secret());
    }
    for secrets in [&config.better_auth.secrets, &config.kinds.shared_secret.secrets].into_iter().flatten() {
        text.extend(secrets.all().chain(["signing:"]).chain(secrets.signing()));
    }
    if let Some(url) = &config.kinds.secondary_storage.url {
        text.push_str(url.expose_secret());
    }
    if let Some(secret) = &config.revocation.hook_secret {
        text.extend(secret.expose_secret().iter().map(|byte| char::from(*byte)));
    }
    if let Some(token) = config.admin.as_ref().and_then(|admin| admin.token()) {
        text.push_str(token);
    }
    if let Some(secret) = &config.assertion.secret {
        text.push_str(secret.expose_secret());
    }
    text
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
