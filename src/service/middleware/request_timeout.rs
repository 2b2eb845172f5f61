use std::{sync::Arc, time::Duration};

use poem::{Endpoint, IntoResponse, Request, Response, Result, http::header};

use crate::problem::{Kind, Problem};

/// Gives up a request that is not answered in time.
pub async fn request_timeout(
    limit: Duration,
    inner: Arc<impl Endpoint>,
    request: Request,
) -> Result<Response> {
    // Everything that we wait for ourselves has a timeout of its own, a far shorter one.
    let kind = if has_body(&request) { Kind::RequestTimeout } else { Kind::Unavailable };
    match tokio::time::timeout(limit, inner.call(request)).await {
        Ok(answer) => answer.map(IntoResponse::into_response),
        Err(_) => Err(Problem::new(kind).into()),
    }
}

fn has_body(request: &Request) -> bool {
    let headers = request.headers();
    headers.contains_key(header::TRANSFER_ENCODING)
        || headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0")
}
