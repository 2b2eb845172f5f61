use poem::{
    Endpoint, Middleware, Request, Response, Result,
    http::{HeaderValue, header},
};

use crate::problem::{VARY, response_of};

/// Marks every answer as one that depends on the caller: `Cache-Control: no-store` and `Vary`.
///
/// Put it around the routes that read credentials; guests' answers and failures are marked too. What an answer itself
/// says in `Cache-Control` is left alone.
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
        mark(&mut response);
        Ok(response)
    }
}

/// Says that an answer depends on the caller. How long it may be kept stays as the answer itself says, if it does.
pub fn mark(response: &mut Response) {
    let headers = response.headers_mut();
    // What the answer itself says that it varies by stays.
    if !headers.get_all(header::VARY).iter().any(|varies| *varies == VARY) {
        headers.append(header::VARY, VARY);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
