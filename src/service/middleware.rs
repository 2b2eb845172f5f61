//! What surrounds every route, from the request's name to its last byte. Each is a function for
//! [`EndpointExt::around`](poem::EndpointExt::around).

mod allowed_methods;
mod client_limit;
mod cors;
mod max_body;
mod one_host;
mod request_span;
mod request_timeout;

pub use self::{
    allowed_methods::AllowedMethods, client_limit::ClientLimit, cors::Cors, max_body::max_body,
    one_host::one_host, request_span::request_span, request_timeout::request_timeout,
};
