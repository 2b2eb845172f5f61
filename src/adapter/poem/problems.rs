use poem::{Endpoint, Error, IntoResponse, Middleware, Request, Response, Result, http::Uri};

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

/// An answer as it goes out to the request for `path` with this name: a failure as its problem, which says both. For layers
/// that do themselves what [`Problems`] does.
pub fn answer_to(path: &str, request_id: Option<&RequestId>, answer: Result<impl IntoResponse>) -> Response {
    let mut response = match answer {
        Ok(answer) => answer.into_response(),
        Err(error) => match problem_of(&error) {
            Some(problem) => return problem.with_instance(path, request_id).into_response(),
            None => error.into_response(),
        },
    };
    // A layer inside has made an answer of it, perhaps with headers of its own.
    let unnamed = response.extensions().get::<Problem>().filter(|problem| problem.instance().is_none());
    if let Some(problem) = unnamed.cloned().map(|problem| problem.with_instance(path, request_id)) {
        response.set_body(problem.body());
        response.extensions_mut().insert(problem);
    }
    response
}

/// The address as the client asked for it; what lies inside a nested route sees only the rest of its path.
pub fn requested_uri(request: &Request) -> &Uri {
    let (original, rest) = (request.original_uri(), request.uri());
    // Poem's test client leaves the original at `/`.
    if rest.path().len() > original.path().len() { rest } else { original }
}

/// An answer as it goes out, a failure as its problem.
pub fn response_of(answer: Result<impl IntoResponse>) -> Response {
    answer.map_or_else(
        |error| problem_of(&error).map_or_else(|| error.into_response(), IntoResponse::into_response),
        IntoResponse::into_response,
    )
}

/// The problem that an error is. None for an answer that a handler has finished.
fn problem_of(error: &Error) -> Option<Problem> {
    if let Some(problem) = error.data::<Problem>() {
        return Some(problem.clone());
    }
    (!error.is_from_response()).then(|| problem_of_framework(error))
}

/// For the plain text of the framework's own.
fn problem_of_framework(error: &Error) -> Problem {
    // A path that cannot even be read names nothing.
    let unreadable = error.is::<poem::error::ParsePathError>();
    let kind = if unreadable { Kind::NotFound } else { Kind::of_status(error.status()) };
    if kind.status().is_server_error() {
        tracing::error!(%error, "a request failed");
    }
    // The framework's text says which parameter or member is wrong; our own faults stay in the log.
    let is_shown = matches!(kind, Kind::BadRequest | Kind::UnsupportedMediaType);
    let problem = Problem::new(kind);
    if is_shown { problem.with_detail(error.to_string()) } else { problem }
}
