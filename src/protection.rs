//! Protection for Poem apps: extractors for handlers, a middleware for whole route trees.

mod authenticated;
mod no_store;
mod protect;
mod schemes;

use std::net::IpAddr;

use poem::{FromRequest, Request, RequestBody, Result};

pub use self::{
    authenticated::{Authenticated, MaybeAuthenticated},
    no_store::NoStore,
    protect::Protect,
};
use crate::{
    authenticator::{Authenticator, RequestHead},
    error::AuthError,
    identity::Identity,
    policy::{AnyUser, Policy},
};

/// The client's address as a middleware found it behind trusted proxies. Without one the peer is the client.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// The caller, if one is presented and verified; judged once for each request.
async fn authenticate(request: &Request) -> Result<Option<Identity>, AuthError> {
    match request.extensions().get::<Identity>() {
        Some(identity) => Ok(Some(identity.clone())),
        None => authenticator(request).authenticate(head(request)).await,
    }
}

/// The caller, if policy `P` lets them pass.
async fn authorize<P: Policy>(request: &Request) -> Result<Identity, AuthError> {
    let identity = authenticate(request).await?;
    authenticator(request).permit::<P>(identity, head(request))
}

fn authenticator(request: &Request) -> &Authenticator {
    let found = request.data::<Authenticator>();
    found.expect("no `Authenticator` in the app: add `.data(authenticator)` around this route")
}

fn head(request: &Request) -> RequestHead<'_> {
    let client = request.extensions().get::<ClientAddress>().map(|client| client.0);
    let peer = || request.remote_addr().as_socket_addr().map(|address| address.ip().to_canonical());
    RequestHead { method: request.method(), headers: request.headers(), client: client.or_else(peer) }
}

/// For plain Poem handlers: whoever is known. In an `#[OpenApi]` impl use [`Authenticated`], which is documented.
impl<'a> FromRequest<'a> for Identity {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> Result<Self> {
        Ok(authorize::<AnyUser>(request).await?)
    }
}
