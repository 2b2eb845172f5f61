//! Protection for Poem apps: extractors for handlers, a middleware for whole route trees.

mod authenticated;
mod no_store;
mod protect;
mod schemes;

use std::net::IpAddr;
#[cfg(feature = "server")]
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use poem::{Error, FromRequest, Request, RequestBody, Result, http::StatusCode};

#[cfg(feature = "server")]
pub(crate) use self::no_store::mark;
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

/// Where the connection of a request is told that its client has proven who they are.
#[cfg(feature = "server")]
#[derive(Clone, Default)]
pub(crate) struct Verified(Arc<AtomicBool>);

#[cfg(feature = "server")]
impl Verified {
    pub fn new(is_verified: bool) -> Self {
        Self(Arc::new(AtomicBool::new(is_verified)))
    }

    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Tells the connection of a request, if it asks, that a credential on it was verified.
#[cfg(feature = "server")]
pub(crate) fn tell_verified(request: &Request) {
    if let Some(verified) = request.extensions().get::<Verified>() {
        verified.set();
    }
}

/// The caller, if one is presented and verified; inside `Protect` the one that it found.
async fn authenticate(request: &Request) -> Result<Option<Identity>> {
    if let Some(identity) = request.extensions().get::<Identity>() {
        return Ok(Some(identity.clone()));
    }
    let identity = authenticator(request)?.authenticate(head(request)).await?;
    #[cfg(feature = "server")]
    if identity.is_some() {
        tell_verified(request);
    }
    Ok(identity)
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
