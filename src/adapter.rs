//! Thin adapters between the core, which knows `http` alone, and web frameworks.

#[cfg(feature = "poem")]
pub mod poem;
