//! The rows of the service's own tables.
//!
//! Better Auth's tables are not here: their column names and date formats differ from deployment to deployment, so
//! the `session_table` strategy reads them by hand.

pub mod todo;
