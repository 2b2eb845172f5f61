//! The command `doctor` on deployments that are right, and on those that are broken in a way that people have broken them.
//! A few are examined with all other tests; `tests/doctor/run` examines all.

mod addresses;
mod at_start;
mod configurations;
mod cookies;
mod credentials;
mod exports;
mod front_ends;
mod key_sets;
mod mariadb;
mod postgres;
mod redis;
mod right;
mod tables;

use std::{fs, os::unix::fs::PermissionsExt};

use crate::parts::{better_auth::BetterAuth, settings::Settings};

/// A configuration that is right for this Better Auth.
fn right(better_auth: &BetterAuth, strategies: &[&str]) -> Settings {
    let url = better_auth.database_url();
    if let Some(file) = url.strip_prefix("sqlite://") {
        // Better Auth lets others read it, which is worth a warning.
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("the database's file");
    }
    let settings = Settings::of(better_auth, strategies);
    // Better Auth's driver writes UTC there, in columns without a zone.
    if url.starts_with("mysql:") { settings.with("session_table.time_zone", "Etc/UTC") } else { settings }
}

/// The same, below another host of this machine: whatever differs, both lead there.
fn elsewhere(better_auth: &BetterAuth) -> String {
    better_auth.url().replace("127.0.0.1", "localhost")
}
