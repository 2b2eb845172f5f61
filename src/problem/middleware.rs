use std::sync::Arc;

use poem::{Endpoint, Error, IntoResponse, Middleware, Request, Response, Result, http::Uri};

use super::{Kind, Problem};

/// Names a request in the log and in its problem. Whoever makes one puts it into the request's extensions.
#[derive(Clone, Debug)]
pub struct RequestId(pub Arc<str>);

/// Turns every failure, the framework's own included, into a problem with `instance` and `requestId`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Problems;

/// See [`Problems`].
pub struct ProblemsEndpoint<E>(E);

impl<E: Endpoint> Middleware<E> for Problems {
    type Output = ProblemsEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        ProblemsEndpoint(inner)
    }
}

impl<E: Endpoint> Endpoint for ProblemsEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let uri = requested_uri(&request).clone();
        let request_id = request.extensions().get::<RequestId>().cloned();
        Ok(answer_to(uri.path(), request_id.as_ref(), self.0.call(request).await))
    }
}

/// An answer as it goes out to the request for `path` with this name: a failure as its problem, which says both.
pub(crate) fn answer_to(
    path: &str,
    request_id: Option<&RequestId>,
    answer: Result<impl IntoResponse>,
) -> Response {
    let mut response = response_of(answer);
    if let Some(problem) = response.extensions().get::<Problem>() {
        let body = problem.clone().with_instance(path, request_id).body();
        response.set_body(body);
    }
    response
}

/// The address as the client asked for it; what lies inside a nested route sees only the rest of its path.
pub(crate) fn requested_uri(request: &Request) -> &Uri {
    let (original, rest) = (request.original_uri(), request.uri());
    // Poem's test client leaves the original at `/`.
    if rest.path().len() > original.path().len() { rest } else { original }
}

/// An answer as it goes out, a failure as its problem.
pub(crate) fn response_of(answer: Result<impl IntoResponse>) -> Response {
    answer.map_or_else(into_problem_response, IntoResponse::into_response)
}

/// A response in the error is somebody's finished answer; anything else is the framework's plain text.
fn into_problem_response(error: Error) -> Response {
    if error.is_from_response() {
        return error.into_response();
    }
    // A path that cannot even be read names nothing.
    let unreadable = error.is::<poem::error::ParsePathError>();
    let kind = if unreadable { Kind::NotFound } else { Kind::of_status(error.status()) };
    if kind.status().is_server_error() {
        tracing::error!(%error, "a request failed");
    }
    // The framework's text says which parameter or member is wrong; of our own faults nobody is told.
    let told = matches!(kind, Kind::BadRequest | Kind::UnsupportedMediaType);
    let problem = Problem::new(kind);
    if told { problem.with_detail(error.to_string()) } else { problem }.into_response()
}
