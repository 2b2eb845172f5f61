//! Which endpoint a path leads to.

use std::collections::HashMap;

use futures_util::{FutureExt, future::BoxFuture};
use percent_encoding::percent_decode_str;
use poem::{
    Endpoint, EndpointExt, Request, Response, Result,
    endpoint::{BoxEndpoint, DynEndpoint},
    error::ParsePathError,
    get,
};

use super::{forward_auth::ForwardAuth, static_file::StaticFile};

/// The operations of the contract, and pages beside them.
pub struct Routes {
    operations: BoxEndpoint<'static, Response>,
    /// By their whole paths. A `Route` with the pages, in which the operations are nested, would route each request twice
    /// and parse its address anew.
    pages: HashMap<&'static str, BoxEndpoint<'static, Response>>,
    forward_auth: Option<ForwardAuth>,
}

impl Routes {
    /// Leads to `operations` alone.
    pub fn new(operations: BoxEndpoint<'static, Response>) -> Self {
        Self { operations, pages: HashMap::new(), forward_auth: None }
    }

    /// Leads to these pages too. Requests for them carry `data`.
    pub fn with_pages<T: Clone + Send + Sync + 'static>(
        mut self,
        pages: impl IntoIterator<Item = (&'static str, StaticFile)>,
        data: Option<&T>,
    ) -> Self {
        let boxed = |(path, page)| (path, get(page).data_opt(data.cloned()).boxed());
        self.pages.extend(pages.into_iter().map(boxed));
        self
    }

    /// Leads to the endpoint for proxies too.
    pub fn with_forward_auth(self, forward_auth: ForwardAuth) -> Self {
        Self { forward_auth: Some(forward_auth), ..self }
    }

    /// The endpoint for proxies, if a path leads there. It answers every method, and no browser asks it.
    pub fn forward_auth(&self, path: &str) -> Option<&ForwardAuth> {
        self.forward_auth.as_ref().filter(|_| ForwardAuth::is_at(path))
    }

    /// Leads to an endpoint that is no operation of the contract, which answers GET.
    pub fn with_endpoint(
        mut self,
        path: &'static str,
        endpoint: impl Endpoint<Output = Response> + 'static,
    ) -> Self {
        self.pages.insert(path, get(endpoint).boxed());
        self
    }

    /// The paths of the pages.
    pub fn pages(&self) -> impl Iterator<Item = &'static str> {
        self.pages.keys().copied()
    }

    /// Begins to answer a request. A path that is no text names nothing.
    pub fn call(&self, request: Request) -> BoxFuture<'_, Result<Response>> {
        let path = request.uri().path();
        if let Some(forward_auth) = self.forward_auth(path) {
            return forward_auth.call(request);
        }
        if path.contains('%') && percent_decode_str(path).decode_utf8().is_err() {
            return async { Err(ParsePathError.into()) }.boxed();
        }
        let endpoint = self.pages.get(path).unwrap_or(&self.operations);
        // The trait of boxes: `Endpoint` would put the request into one more future.
        DynEndpoint::call(&**endpoint, request)
    }
}
