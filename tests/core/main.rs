//! In-process tests: real strategies and Poem apps against fake servers, which hang, lie and fail on command.

mod audit;
mod cached;
mod chain;
mod document;
mod get_session;
mod get_session_failures;
mod key_source;
mod key_source_failures;
mod malformed_tokens;
mod parts;
mod problems;
mod protect;
mod protection;
#[cfg(feature = "session-table")]
mod session_table;
mod tokens;
mod vectors;
