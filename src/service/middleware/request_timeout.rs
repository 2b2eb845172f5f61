use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::poll_fn};
use poem::{Body, Endpoint, IntoResponse, Request, Response, Result};

use crate::{
    problem::{Kind, Problem},
    service::server::Arrival,
};

/// Gives up a request that is not answered in time, counted from its first byte: 408 while its body is being waited for, else 503.
pub async fn request_timeout(
    limit: Duration,
    inner: Arc<impl Endpoint>,
    mut request: Request,
) -> Result<Response> {
    let arrival = request.extensions().get::<Arrival>().cloned().unwrap_or_default();
    let end = arrival.began + limit;
    let body = request.take_body();
    request.set_body(if body.is_empty() { body } else { watched(body, arrival.clone()) });
    match tokio::time::timeout_at(end, inner.call(request)).await {
        Ok(answer) => answer.map(IntoResponse::into_response),
        Err(_) if arrival.is_body_awaited() => Err(Problem::new(Kind::RequestTimeout).into()),
        Err(_) => {
            tracing::warn!(
                "no answer within server.request_timeout ({limit:?}), so the client gets 503. Earlier lines of this request name \
                 the store that is slow"
            );
            Err(Problem::new(Kind::Unavailable).into())
        }
    }
}

/// A body that says whether somebody waits for more of it.
fn watched(body: Body, arrival: Arrival) -> Body {
    let mut chunks = body.into_bytes_stream();
    Body::from_bytes_stream(poll_fn(move |context| {
        let chunk = chunks.poll_next_unpin(context);
        arrival.await_body(chunk.is_pending());
        chunk
    }))
}
