use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream::poll_fn};
use poem::{Body, Endpoint, IntoResponse, Request, Response, Result};

use crate::problem::{Kind, Problem};

/// Gives up a request that is not answered in time: 408 while its body is being waited for, else 503.
pub async fn request_timeout(
    limit: Duration,
    inner: Arc<impl Endpoint>,
    mut request: Request,
) -> Result<Response> {
    let awaited = Arc::new(AtomicBool::new(false));
    let body = request.take_body();
    request.set_body(if body.is_empty() { body } else { watched(body, awaited.clone()) });
    match tokio::time::timeout(limit, inner.call(request)).await {
        Ok(answer) => answer.map(IntoResponse::into_response),
        Err(_) if awaited.load(Ordering::Relaxed) => Err(Problem::new(Kind::RequestTimeout).into()),
        Err(_) => {
            tracing::warn!(?limit, "no answer within server.request_timeout");
            Err(Problem::new(Kind::Unavailable).into())
        }
    }
}

/// A body that says whether somebody waits for more of it.
fn watched(body: Body, awaited: Arc<AtomicBool>) -> Body {
    let mut chunks = body.into_bytes_stream();
    Body::from_bytes_stream(poll_fn(move |context| {
        let chunk = chunks.poll_next_unpin(context);
        awaited.store(chunk.is_pending(), Ordering::Relaxed);
        chunk
    }))
}
