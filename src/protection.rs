//! Protection for Poem apps: extractors for handlers, a middleware for whole route trees.

mod authenticated;
mod no_store;
mod protect;
mod schemes;

use std::net::IpAddr;

use poem::{Error, FromRequest, Request, RequestBody, Result, http::StatusCode};

pub use self::{
    authenticated::{Authenticated, MaybeAuthenticated},
    no_store::NoStore,
    protect::Protect,
};
use crate::{
    authenticator::{Authenticator, RequestHead},
    identity::Identity,
    limit::{RouteLimit, Unlimited},
    policy::{AnyUser, Policy},
};

/// The client's address as a middleware found it behind trusted proxies. Without one the peer is the client.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// The caller, if one is presented and verified; inside `Protect` the one that it found.
async fn authenticate(request: &Request) -> Result<Option<Identity>> {
    match request.extensions().get::<Identity>() {
        Some(identity) => Ok(Some(identity.clone())),
        None => Ok(authenticator(request)?.authenticate(head(request)).await?),
    }
}

/// The caller, if policy `P` lets them pass, as often as `L` says.
async fn authorize<P: Policy, L: RouteLimit>(request: &Request) -> Result<Identity> {
    let identity = authenticate(request).await?;
    let (authenticator, head) = (authenticator(request)?, head(request));
    let identity = authenticator.permit::<P>(identity, head)?;
    authenticator.limit::<L>(&identity, head)?;
    Ok(identity)
}

fn authenticator(request: &Request) -> Result<&Authenticator> {
    request.data::<Authenticator>().ok_or_else(|| {
        let remedy = "there is no `Authenticator` in the app: add `.data(authenticator)` around this route";
        Error::from_string(remedy, StatusCode::INTERNAL_SERVER_ERROR)
    })
}

pub(crate) fn head(request: &Request) -> RequestHead<'_> {
    let client = request.extensions().get::<ClientAddress>().map(|client| client.0);
    let peer = || request.remote_addr().as_socket_addr().map(|address| address.ip().to_canonical());
    RequestHead { method: request.method(), headers: request.headers(), client: client.or_else(peer) }
}

/// For plain Poem handlers: whoever is known. In an `#[OpenApi]` impl use [`Authenticated`], which is documented.
impl<'a> FromRequest<'a> for Identity {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        authorize::<AnyUser, Unlimited>(request).await
    }
}
