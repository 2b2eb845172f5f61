//! What surrounds every route, from the request's name to its last byte: one [`Stack`], of which each concern is a file.

mod allowed_methods;
mod client_limit;
mod cors;
mod max_body;
mod named_request;
mod one_host;
mod request_ids;
mod request_timeout;
mod stack;

pub use self::{
    allowed_methods::AllowedMethods,
    client_limit::{ClientLimit, ClientLimits},
    cors::Cors,
    max_body::MaxBody,
    named_request::NamedRequest,
    one_host::one_host,
    request_ids::RequestIds,
    request_timeout::RequestTimeout,
    stack::Stack,
};
