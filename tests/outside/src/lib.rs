//! Every wiring that the documents of better-auth-verifier show, in a crate of one's own.

#[cfg(feature = "app")]
pub mod app;
pub mod core;
#[cfg(feature = "poem")]
pub mod poem_app;
#[cfg(feature = "secondary-storage")]
pub mod secondary_storage;
#[cfg(feature = "session-table")]
pub mod session_table;
#[cfg(all(feature = "poem", feature = "test-kit"))]
pub mod test_kit;

/// The programs in README, the pages of docs, rustdoc and examples. `run` writes the file, and one for each program.
#[expect(dead_code, unused_variables, reason = "programs that only show how")]
mod documents;
