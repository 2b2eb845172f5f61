//! What surrounds every route, from the request's name to its last byte.

mod allowed_methods;
mod client_limit;
mod cors;
mod max_body;
mod time_limit;
mod traced;

pub use self::{
    allowed_methods::AllowedMethods, client_limit::ClientLimit, cors::Cors, max_body::MaxBody,
    time_limit::TimeLimit, traced::Traced,
};
