use std::{convert::Infallible, sync::Arc};

use http_body_util::Full;
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::Answers;

/// Serves them by hyper and nothing else.
pub async fn serve(listener: TcpListener, answers: Answers) -> anyhow::Result<()> {
    let answers = Arc::new(answers);
    loop {
        let (stream, _) = listener.accept().await?;
        let answers = answers.clone();
        let service = service_fn(move |request| {
            let response = respond(&request, &answers);
            async { Ok::<_, Infallible>(response) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

fn respond(request: &Request<Incoming>, answers: &Answers) -> Response<Full<Bytes>> {
    let answer = answers.get(request.uri().path());
    let text = answer.map_or(Bytes::new(), |text| Bytes::from_static(text.as_bytes()));
    let mut response = Response::new(Full::new(text));
    if answer.is_none() {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
