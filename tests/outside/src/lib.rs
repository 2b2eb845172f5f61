//! Every wiring that the documents of better-auth-verifier show, in a crate of one's own.

pub mod core;
#[cfg(feature = "poem")]
pub mod poem_app;
#[cfg(feature = "secondary-storage")]
pub mod secondary_storage;
#[cfg(feature = "session-table")]
pub mod session_table;
