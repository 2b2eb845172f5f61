//! The rows of the service's own tables.
//!
//! Better Auth's tables are not here: the types of their ids and dates differ between databases, so the
//! `session_table` strategy reads every column as text.

pub mod cut_off;
pub mod signing_key;
pub mod todo;
