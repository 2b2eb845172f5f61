use std::marker::PhantomData;

use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

use super::{authorize, requested_uri, response_of};
use crate::{
    limit::Unlimited,
    policy::{AnyUser, Policy},
    protection::{PublicPaths, mark_private},
};

/// Protects a whole route tree except listed public paths: deny by default.
///
/// It marks its answers as [`NoStore`](crate::NoStore) does. Put CORS around it: a preflight carries no credential.
///
/// Handlers inside find the [`Identity`](crate::Identity) as an extractor, without a second look-up.
///
/// ```
/// use better_auth_verifier::{Authenticator, Carriers, Chain, Identity, Protect};
/// use poem::{EndpointExt, Route, get, handler};
///
/// #[handler]
/// fn whoami(identity: Identity) -> String {
///     identity.user.id.clone()
/// }
///
/// #[handler]
/// fn imprint() -> &'static str {
///     "us"
/// }
///
/// let app = Route::new()
///     .at("/whoami", get(whoami))
///     .at("/about/imprint", get(imprint))
///     .with(Protect::default().except(["/about/*", "/health"]))
///     .data(Authenticator::new(Carriers::default(), Chain::default()));
/// ```
pub struct Protect<P = AnyUser> {
    public: PublicPaths,
    policy: PhantomData<fn() -> P>,
}

impl Default for Protect {
    /// Lets every known caller pass.
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Policy> Protect<P> {
    /// Lets callers pass if `P` permits them: `Protect::<VerifiedEmail>::new()`.
    #[must_use]
    pub fn new() -> Self {
        Self { public: PublicPaths::default(), policy: PhantomData }
    }

    /// Paths that stay open to strangers, as a request spells them: exact, or ending in `/*` for everything below. Under `nest` that is
    /// the whole path: `/api/health` rather than `/health`. No credential is judged there, unless a handler asks for it.
    #[must_use]
    pub fn except(mut self, public: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.public = PublicPaths::new(public);
        self
    }
}

/// See [`Protect`].
pub struct ProtectEndpoint<E, P> {
    inner: E,
    public: PublicPaths,
    policy: PhantomData<fn() -> P>,
}

impl<E: Endpoint, P: Policy> Middleware<E> for Protect<P> {
    type Output = ProtectEndpoint<E, P>;

    fn transform(&self, inner: E) -> Self::Output {
        ProtectEndpoint { inner, public: self.public.clone(), policy: PhantomData }
    }
}

impl<E: Endpoint, P: Policy> Endpoint for ProtectEndpoint<E, P> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        if self.public.contain(requested_uri(&request).path()) {
            return self.inner.call(request).await.map(IntoResponse::into_response);
        }
        let identity = authorize::<P, Unlimited>(&request).await?;
        request.extensions_mut().insert(identity);
        let mut response = response_of(self.inner.call(request).await);
        mark_private(response.headers_mut());
        Ok(response)
    }
}
