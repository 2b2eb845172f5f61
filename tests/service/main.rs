//! The program as its users meet it: a process with its arguments, exit status, log and connections. Needs nothing but
//! loopback and SQLite files.

#![expect(clippy::disallowed_methods, reason = "tests use the current time, and measure it")]

mod admin;
mod assertion;
mod breaking;
mod commands;
mod connections;
mod contract;
mod cors;
mod cut_offs;
mod dashboards;
mod desk;
mod docs;
mod door;
mod explain;
mod explain_vectors;
mod forward_auth;
mod freshness;
mod hook;
mod hook_secret;
mod http;
mod identity;
mod limits;
mod logs;
mod metrics;
mod migrate;
mod mistakes;
mod parts;
mod strategies;
mod tokens;
