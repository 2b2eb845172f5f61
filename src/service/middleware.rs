//! What surrounds every route, from the request's name to its last byte: one [`Stack`], of which each concern is a file.

mod allowed_methods;
mod max_body;
mod one_host;
mod request_timeout;
mod stack;

pub use self::{
    allowed_methods::AllowedMethods, max_body::MaxBody, one_host::one_host, request_timeout::RequestTimeout,
    stack::Stack,
};
