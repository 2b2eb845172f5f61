//! Protection for Poem apps: extractors for handlers, middleware for whole route trees, failures as documented answers.

mod answers;
mod authenticated;
mod document;
mod error;
mod hook;
mod no_store;
mod problems;
mod protect;
mod schemes;
mod uri;

use std::net::{IpAddr, SocketAddr};

use poem::{Error, FromRequest, Request, RequestBody, Result, http::StatusCode};

#[cfg(feature = "app")]
pub(crate) use self::hook::{event_body, hear};
pub(crate) use self::problems::requested_uri;
use self::problems::response_of;
pub use self::{
    answers::{AuthProblem, responses},
    authenticated::{Authenticated, MaybeAuthenticated},
    no_store::NoStore,
    problems::{Problems, answer_to},
    protect::Protect,
};
use crate::{
    authenticator::{Authenticator, RequestHead},
    identity::Identity,
    limit::{RouteLimit, Unlimited},
    policy::{AnyUser, Policy},
    protection::{ClientAddress, Protection},
};

/// The caller, if policy `P` permits them and they stay within limit `L`.
async fn authorize<P: Policy, L: RouteLimit>(request: &Request) -> Result<Identity> {
    Ok(protection(request)?.authorize::<P, L>().await?)
}

fn protection(request: &Request) -> Result<Protection<'_>> {
    Ok(Protection::new(authenticator(request)?, head(request), request.extensions()))
}

fn authenticator(request: &Request) -> Result<&Authenticator> {
    request.data::<Authenticator>().ok_or_else(|| {
        let remedy = "there is no `Authenticator` in the app: add `.data(authenticator)` around this route";
        Error::from_string(remedy, StatusCode::INTERNAL_SERVER_ERROR)
    })
}

fn head(request: &Request) -> RequestHead<'_> {
    RequestHead { method: request.method(), headers: request.headers(), client: client_address(request) }
}

/// The client of a request: the [`ClientAddress`] set by a middleware, else the peer.
pub fn client_address(request: &Request) -> Option<IpAddr> {
    let peer = request.remote_addr().as_socket_addr().map(SocketAddr::ip);
    ClientAddress::of(request.extensions(), peer)
}

/// For plain Poem handlers: any known caller. In an `#[OpenApi]` impl use [`Authenticated`], which is documented.
impl<'a> FromRequest<'a> for Identity {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        authorize::<AnyUser, Unlimited>(request).await
    }
}
