use std::time::Duration;

use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result, http::header};

use crate::problem::{Kind, Problem};

/// Gives up a request that is not answered in time.
#[derive(Clone, Copy)]
pub struct TimeLimit(pub Duration);

pub struct TimeLimitEndpoint<E> {
    inner: E,
    limit: Duration,
}

impl<E: Endpoint> Middleware<E> for TimeLimit {
    type Output = TimeLimitEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        TimeLimitEndpoint { inner, limit: self.0 }
    }
}

impl<E: Endpoint> Endpoint for TimeLimitEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        // Everything that we wait for ourselves has a time-out of its own, a far shorter one.
        let kind = if has_body(&request) { Kind::RequestTimeout } else { Kind::Unavailable };
        match tokio::time::timeout(self.limit, self.inner.call(request)).await {
            Ok(answer) => answer.map(IntoResponse::into_response),
            Err(_) => Err(Problem::new(kind).into()),
        }
    }
}

fn has_body(request: &Request) -> bool {
    let headers = request.headers();
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0")
}
