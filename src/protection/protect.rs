use std::{marker::PhantomData, sync::Arc};

use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

use super::{authorize, no_store::mark};
use crate::{
    limit::Unlimited,
    policy::{AnyUser, Policy},
    problem::{requested_uri, response_of},
};

/// Protects a whole route tree except listed public paths: deny by default.
///
/// Its answers are marked as [`NoStore`](crate::NoStore) does. CORS belongs around it: a preflight carries no credential.
///
/// Handlers inside find the [`Identity`](crate::Identity) as an extractor, without a second look-up.
///
/// ```
/// use better_auth_verifier::{Authenticator, Carriers, Chain, Identity, Protect};
/// use poem::{EndpointExt, Route, get, handler};
///
/// #[handler]
/// fn whoami(identity: Identity) -> String {
///     identity.user.id
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
    public: Arc<[String]>,
    policy: PhantomData<fn() -> P>,
}

impl Default for Protect {
    /// Lets anybody pass who is known.
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Policy> Protect<P> {
    /// Lets those pass whom `P` permits: `Protect::<VerifiedEmail>::new()`.
    #[must_use]
    pub fn new() -> Self {
        Self { public: Arc::default(), policy: PhantomData }
    }

    /// Paths that stay open to strangers, as they stand in the request: exact ones, or with `/*` at the end for
    /// everything below. No credential is judged there, unless a handler asks for it.
    #[must_use]
    pub fn except(mut self, public: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.public = public.into_iter().map(Into::into).collect();
        self
    }
}

/// See [`Protect`].
pub struct ProtectEndpoint<E, P> {
    inner: E,
    public: Arc<[String]>,
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
        if is_public(&self.public, requested_uri(&request).path()) {
            return self.inner.call(request).await.map(IntoResponse::into_response);
        }
        let identity = authorize::<P, Unlimited>(&request).await?;
        request.extensions_mut().insert(identity);
        let mut response = response_of(self.inner.call(request).await);
        mark(&mut response);
        Ok(response)
    }
}

/// A path with dot segments, encoded or not, is never public: whoever serves it may read it as another path.
fn is_public(public: &[String], path: &str) -> bool {
    let plain = path.to_ascii_lowercase().replace("%2e", ".");
    if plain.split(['/', '\\']).any(|segment| segment == ".." || segment == ".")
        || ["%2f", "%5c", "%25"].iter().any(|encoded| plain.contains(encoded))
    {
        return false;
    }
    public.iter().any(|allowed| match allowed.strip_suffix("/*") {
        Some(above) => path.strip_prefix(above).is_some_and(|below| below.starts_with('/')),
        None => path == allowed,
    })
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn a1_only_listed_paths_are_public() {
        let public = ["/health".to_owned(), "/about/*".to_owned()];
        for path in ["/health", "/about/", "/about/us/imprint"] {
            assert!(is_public(&public, path), "{path}");
        }
        for path in [
            "/",
            "/healthy",
            "/health/",
            "/about",
            "/aboutus",
            "/about/../me",
            "/about/%2e%2E/me",
            "/about/%2f..",
            "/ABOUT/us",
        ] {
            assert!(!is_public(&public, path), "{path}");
        }
    }
}
