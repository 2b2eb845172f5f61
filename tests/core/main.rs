//! In-process tests: real strategies and Poem apps against fake servers, which hang, lie and fail on command.

#![expect(clippy::disallowed_methods, reason = "tests use the current time, and measure it")]

#[cfg(feature = "app")]
mod app;
#[cfg(feature = "poem")]
mod audit;
mod cached;
mod chain;
#[cfg(all(feature = "session-table", feature = "secondary-storage"))]
mod conformance;
mod cut_off;
#[cfg(feature = "poem")]
mod document;
#[cfg(feature = "poem")]
mod ends;
#[cfg(feature = "app")]
mod example_magazine;
#[cfg(all(feature = "poem", feature = "session-table"))]
mod example_policies;
#[cfg(feature = "poem")]
mod failure_limit;
mod fallback;
mod feed;
mod flood;
mod get_session;
mod get_session_failures;
mod get_session_secret;
mod get_session_shapes;
mod guarded;
#[cfg(feature = "poem")]
mod hook;
mod key_refresh;
mod key_source;
mod key_source_failures;
mod malformed_tokens;
mod meanwhile;
mod named_keys;
#[cfg(feature = "session-table")]
mod once;
mod parts;
mod patience;
#[cfg(feature = "poem")]
mod policies;
#[cfg(feature = "poem")]
mod problems;
mod promises;
#[cfg(feature = "poem")]
mod protect;
#[cfg(feature = "poem")]
mod protected_tree;
#[cfg(feature = "poem")]
mod protection;
mod replay;
#[cfg(feature = "poem")]
mod retry_after;
mod revocation;
#[cfg(feature = "poem")]
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
mod steps;
mod test_kit;
mod tokens;
mod unknown_key;
mod vectors;
#[cfg(feature = "app")]
mod whole_app;
mod withdrawn_key;
