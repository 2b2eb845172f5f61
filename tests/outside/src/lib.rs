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

/// The programs in README, rustdoc and examples, as `run` takes them from there.
#[expect(dead_code, unused_variables, reason = "programs that only show how")]
mod documents {
    mod judgement;
    #[cfg(feature = "poem")]
    mod readme;
    mod revocation;
    mod strategy;
    #[cfg(feature = "app")]
    mod ten_lines;
}
