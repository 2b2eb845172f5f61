//! What an app and the service have in common: all that stands between a configuration and an app's own routes.

pub mod announcement;
pub mod api;
mod builder;
pub mod client_limit;
pub mod cors;
pub mod cut_off_keeper;
pub mod cut_off_store;
pub mod database_answer;
mod handle;
pub mod ids;
pub mod lasting;
pub mod lifecycle;
pub mod named_request;
pub mod own_tables;
pub mod parts;
pub mod private_files;
pub mod readiness;
pub mod request_ids;
mod start_error;
mod wrapped;

pub use self::{
    builder::BetterAuthBuilder, handle::BetterAuth, start_error::StartError, wrapped::WrappedEndpoint,
};
