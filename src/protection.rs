//! How a request passes: authenticate, permit, limit. The order stands here once, for every framework.

mod public_paths;

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use http::{Extensions, HeaderMap, HeaderValue, header};

pub use self::public_paths::PublicPaths;
use crate::{
    authenticator::{Authenticator, RequestHead},
    error::AuthError,
    identity::Identity,
    limit::RouteLimit,
    policy::Policy,
    problem::VARY,
};

/// The client's address as a middleware found it behind trusted proxies. Without one the peer is the client.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The client of a request with these extensions; `peer` is the other end of its connection.
    #[must_use]
    pub fn of(extensions: &Extensions, peer: Option<IpAddr>) -> Option<IpAddr> {
        let found = extensions.get::<Self>().map(|client| client.0);
        found.or_else(|| peer.map(|peer| peer.to_canonical()))
    }
}

/// Remembers that a credential was verified. Put one into the extensions of a request, or one into those of all requests
/// of a connection, and ask it later: a server that runs out of room can then close the connections of strangers first.
#[derive(Clone, Debug, Default)]
pub struct Verified(Arc<AtomicBool>);

impl Verified {
    /// Whether it was.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Says that it was.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Says so to the one in these extensions, where there is one.
    pub fn set_in(extensions: &Extensions) {
        extensions.get::<Self>().inspect(|verified| verified.set());
    }
}

/// One request before its handler. The adapter of a framework makes one of what it has, and turns the error into an answer:
///
/// ```
/// use better_auth_verifier::{Authenticator, ClientAddress, Problem, Protection, RequestHead, Unlimited, VerifiedEmail};
///
/// async fn hello(authenticator: &Authenticator, request: &http::Request<()>) -> http::Response<String> {
///     let client = ClientAddress::of(request.extensions(), None);
///     let head = RequestHead { method: request.method(), headers: request.headers(), client };
///     let protection = Protection::new(authenticator, head, request.extensions());
///     match protection.authorize::<VerifiedEmail, Unlimited>().await {
///         Ok(identity) => http::Response::new(format!("hello, {}", identity.user.id)),
///         Err(error) => http::Response::from(&Problem::from(error)),
///     }
/// }
/// ```
///
/// From the extensions it takes the [`Identity`] that an outer layer has found already, and [`Verified`].
#[derive(Clone, Copy)]
pub struct Protection<'a> {
    authenticator: &'a Authenticator,
    head: RequestHead<'a>,
    extensions: &'a Extensions,
}

impl<'a> Protection<'a> {
    /// A request with this head and these extensions.
    #[must_use]
    pub fn new(authenticator: &'a Authenticator, head: RequestHead<'a>, extensions: &'a Extensions) -> Self {
        Self { authenticator, head, extensions }
    }

    /// The caller, if a credential is presented and verified; the one that an outer layer has found is not judged again.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::authenticate`].
    pub async fn authenticate(&self) -> Result<Option<Identity>, AuthError> {
        if let Some(identity) = self.extensions.get::<Identity>() {
            return Ok(Some(identity.clone()));
        }
        let identity = self.authenticator.authenticate(self.head).await?;
        if identity.is_some() {
            Verified::set_in(self.extensions);
        }
        Ok(identity)
    }

    /// The caller, if policy `P` permits them, as often as `L` says.
    ///
    /// # Errors
    ///
    /// As [`authenticate`](Self::authenticate), [`Authenticator::permit_as`] and [`Authenticator::limit`].
    pub async fn authorize<P: Policy, L: RouteLimit>(&self) -> Result<Identity, AuthError> {
        let identity = self.authenticate().await?;
        let identity = self.authenticator.permit_as::<P>(identity, self.head).await?;
        self.authenticator.limit::<L>(&identity, self.head)?;
        Ok(identity)
    }
}

/// Says that an answer depends on the caller: `Cache-Control: no-store` and `Vary`. How long it may be kept stays as the
/// answer itself says, if it does.
pub fn mark_private(headers: &mut HeaderMap) {
    // What the answer itself says that it varies by stays.
    if !headers.get_all(header::VARY).iter().any(|varies| *varies == VARY) {
        headers.append(header::VARY, VARY);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
