//! In-process tests: real strategies and Poem apps against fake servers, which hang, lie and fail on command.

mod audit;
mod cached;
mod chain;
mod cut_off;
mod document;
#[cfg(feature = "session-table")]
mod example_policies;
mod failure_limit;
mod fallback;
mod feed;
mod flood;
mod get_session;
mod get_session_failures;
mod get_session_secret;
mod get_session_shapes;
mod guarded;
mod key_refresh;
mod key_source;
mod key_source_failures;
mod malformed_tokens;
mod named_keys;
mod parts;
mod patience;
mod policies;
mod problems;
mod promises;
mod protect;
mod protection;
mod retry_after;
mod revocation;
mod route_limit;
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
mod stale;
mod tokens;
mod unknown_key;
mod vectors;
mod withdrawn_key;
