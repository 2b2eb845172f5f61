use poem::{
    Endpoint, Middleware, Request, Response, Result,
    http::{HeaderValue, header},
};

use crate::problem::{VARY, response_of};

/// Marks every answer as one that depends on the caller: `Cache-Control: no-store` and `Vary`.
///
/// Put it around the routes that read credentials; guests' answers and failures are marked too. An answer that says
/// itself how it may be cached is left alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoStore;

/// See [`NoStore`].
pub struct NoStoreEndpoint<E>(E);

impl<E: Endpoint> Middleware<E> for NoStore {
    type Output = NoStoreEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        NoStoreEndpoint(inner)
    }
}

impl<E: Endpoint> Endpoint for NoStoreEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let mut response = response_of(self.0.call(request).await);
        let headers = response.headers_mut();
        if headers.get(header::CACHE_CONTROL).is_none_or(|control| control == "no-store") {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.insert(header::VARY, VARY);
        }
        Ok(response)
    }
}
