use poem::{Endpoint, Error, IntoResponse, Middleware, Request, Response, Result, http::Uri};

use poem_openapi::error::ParseRequestPayloadError;

use super::error::Failure;
use crate::problem::{Kind, Problem, RequestId};

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

/// The finished answer to the request for `path` with this name. A failure becomes its problem, which holds both. For
/// layers that do the work of [`Problems`] themselves.
pub fn answer_to(path: &str, request_id: Option<&RequestId>, answer: Result<impl IntoResponse>) -> Response {
    let mut response = match answer {
        Ok(answer) => answer.into_response(),
        Err(error) => match problem_of(error) {
            Ok(problem) => return problem.with_instance(path, request_id).into_response(),
            Err(finished) => finished.into_response(),
        },
    };
    // An inner layer has already made an answer of it, perhaps with its own headers.
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response.set_body(problem.with_instance(path, request_id).body());
    }
    response
}

/// The path as the client sent it; a nested route sees only the rest of it.
pub fn requested_uri(request: &Request) -> &Uri {
    let (original, rest) = (request.original_uri(), request.uri());
    // Poem's test client leaves the original at `/`.
    if rest.path().len() > original.path().len() { rest } else { original }
}

/// The finished answer; a failure becomes its problem.
pub fn response_of(answer: Result<impl IntoResponse>) -> Response {
    match answer.map_err(problem_of) {
        Ok(answer) => answer.into_response(),
        Err(Ok(problem)) => problem.into_response(),
        Err(Err(finished)) => finished.into_response(),
    }
}

/// The problem for an error. A handler's own finished answer stays as it is.
fn problem_of(error: Error) -> Result<Problem, Error> {
    let error = match error.downcast::<Failure>() {
        Ok(Failure(problem)) => return Ok(problem),
        Err(other) => other,
    };
    match error.data::<Problem>() {
        Some(problem) => Ok(problem.clone()),
        None if error.is_from_response() => Err(error),
        None => Ok(problem_of_framework(&error)),
    }
}

/// For the framework's own plain-text errors.
fn problem_of_framework(error: &Error) -> Problem {
    // An unreadable path matches no route.
    let unreadable = error.is::<poem::error::ParsePathError>();
    let kind = if unreadable { Kind::NotFound } else { Kind::of_status(error.status()) };
    if kind.status().is_server_error() {
        tracing::error!(%error, "a request failed");
    }
    // The framework's text says which parameter or member is wrong; our own faults stay in the log.
    let is_shown = matches!(kind, Kind::BadRequest | Kind::UnsupportedMediaType);
    let problem = Problem::new(kind);
    if !is_shown {
        return problem;
    }
    // Its words for a body begin with the name of its own error.
    let of_body = error.downcast_ref::<ParseRequestPayloadError>().map(|error| error.reason.clone());
    problem.with_detail(of_body.unwrap_or_else(|| error.to_string()))
}
