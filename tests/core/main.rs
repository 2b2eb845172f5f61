//! In-process tests: real strategies and Poem apps against fake servers, which hang, lie and fail on command.

mod audit;
mod cached;
mod chain;
mod document;
mod get_session;
mod get_session_failures;
mod get_session_shapes;
mod key_source;
mod key_source_failures;
mod malformed_tokens;
mod parts;
mod problems;
mod protect;
mod protection;
#[cfg(feature = "secondary-storage")]
mod secondary_storage;
mod session_cookie_cache;
mod session_cookie_cache_changes;
mod session_cookie_cache_forgeries;
mod session_cookie_cache_published;
mod session_cookie_cache_vectors;
#[cfg(feature = "session-table")]
mod session_table;
#[cfg(feature = "session-table")]
mod session_table_names;
#[cfg(feature = "session-table")]
mod session_table_values;
mod tokens;
mod vectors;
