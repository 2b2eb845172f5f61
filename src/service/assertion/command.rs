//! What the command `assertion-keys` does.

use anyhow::{Context, bail};
use chrono::DateTime;

use super::{KeyRotation, key_ring::MAX_AGE};
use crate::{
    app::own_tables::{MIGRATION_TIMEOUT, OwnTables},
    clock::Clock,
    config::Config,
};

/// Makes a new key for assertions, and says when it signs.
///
/// # Errors
///
/// When there are no assertions, the database cannot be reached or refuses, or its keys were made under another secret.
pub async fn rotate_keys(config: &Config) -> anyhow::Result<String> {
    let row = keys(config)?.rotate(Clock::System.now()).await.context("database.url")?;
    let turn = DateTime::from_timestamp_millis(row.activates_at).unwrap_or_default();
    Ok(format!("new key {}: it signs from {turn} on", row.kid))
}

/// Makes a new key for assertions, and takes all others back.
///
/// # Errors
///
/// When there are no assertions, or the database cannot be reached or refuses.
pub async fn withdraw_keys(config: &Config) -> anyhow::Result<String> {
    let row = keys(config)?.withdraw(Clock::System.now()).await.context("database.url")?;
    Ok(format!(
        "new key {}: it signs at once, and all others are gone. Running instances see that within 10 s. An API that remembers the \
         key set asks again after {} minutes at most; until then it may believe the others and refuse what the new key signs. \
         Restart those that must not",
        row.kid,
        MAX_AGE.as_secs() / 60
    ))
}

fn keys(config: &Config) -> anyhow::Result<KeyRotation> {
    if !config.has_assertions() {
        bail!("no profile of [forward_auth.profiles] has an assertion, so there are no keys to change");
    }
    KeyRotation::new(&config.assertion, OwnTables::open(&config.database.url, MIGRATION_TIMEOUT))
}
