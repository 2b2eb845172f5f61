use std::sync::Arc;

use poem::{
    Endpoint, EndpointExt, Middleware, Request, Response, Result,
    http::{Method, header},
    middleware,
};

use crate::problem::{Kind, Problem};

/// Lets the pages of configured origins read answers, with credentials.
///
/// Poem's own `Cors` refuses every request with another `Origin`, the same-origin ones of our own pages included. Here
/// they pass without the permission to be read; whether a cookie counts is decided elsewhere.
pub struct Cors {
    origins: Vec<String>,
}

pub struct CorsEndpoint<E> {
    origins: Vec<String>,
    permitted: middleware::CorsEndpoint<Arc<E>>,
    inner: Arc<E>,
}

impl Cors {
    pub fn new(origins: Vec<String>) -> Self {
        Self { origins }
    }
}

impl<E: Endpoint> Middleware<E> for Cors {
    type Output = CorsEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        let inner = Arc::new(inner);
        let permit = middleware::Cors::new()
            .allow_origins(&self.origins)
            .allow_credentials(true)
            .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PATCH, Method::DELETE])
            .allow_headers([
                header::AUTHORIZATION.as_str(),
                header::CONTENT_TYPE.as_str(),
                "x-session-token",
                "x-api-key",
            ])
            .expose_headers([
                header::LOCATION.as_str(),
                header::RETRY_AFTER.as_str(),
                header::WWW_AUTHENTICATE.as_str(),
                "ratelimit",
                "ratelimit-policy",
                "x-request-id",
            ])
            .max_age(600);
        CorsEndpoint { origins: self.origins.clone(), permitted: inner.clone().with(permit), inner }
    }
}

impl<E: Endpoint> Endpoint for CorsEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let origin = request.headers().get(header::ORIGIN);
        let permitted = origin.is_some_and(|origin| self.origins.iter().any(|one| origin == one.as_str()));
        if !permitted {
            return Ok(self.inner.get_response(request).await);
        }
        let is_preflight = request.method() == Method::OPTIONS;
        // A preflight never reaches what lies inside, so its failure is about the method or a header it asks for.
        self.permitted.call(request).await.map_err(|error| {
            if is_preflight {
                Problem::new(Kind::Forbidden).with_detail(error.to_string()).into()
            } else {
                error
            }
        })
    }
}
