use poem::{Endpoint, Middleware, Request, Response, Result};

use super::response_of;
use crate::protection::mark_private;

/// Marks every answer as one that depends on the caller: `Cache-Control: no-store` and `Vary`.
///
/// Put it around the routes that read credentials. It marks guests' answers and failures, too, and keeps a `Cache-Control`
/// that an answer already has.
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
        mark_private(response.headers_mut());
        Ok(response)
    }
}
