//! A problem as Poem's error. It is rendered when it becomes an answer, not before: until then a layer may add to it.

use std::fmt;

use poem::{Error, IntoResponse, Response, error::ResponseError, http::StatusCode};

use crate::{error::AuthError, problem::Problem};

/// What Poem's error holds.
#[derive(Debug)]
pub struct Failure(pub Problem);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failure {}

impl ResponseError for Failure {
    fn status(&self) -> StatusCode {
        self.0.kind().status()
    }

    fn as_response(&self) -> Response {
        self.0.clone().into_response()
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        let mut error = Self::from(Failure(problem.clone()));
        // An error replaces the extensions of its response with its own data.
        error.set_data(problem);
        error
    }
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        Problem::from(error).into()
    }
}

impl IntoResponse for Problem {
    /// An answer that does not name its request yet carries the problem itself, so that an outer
    /// [`Problems`](super::Problems) can add the name.
    fn into_response(self) -> Response {
        let unnamed = self.instance().is_none().then(|| self.clone());
        let (parts, body) = poem::http::Response::from(self).into_parts();
        let mut response = Response::default();
        response.set_status(parts.status);
        *response.headers_mut() = parts.headers;
        response.set_body(body);
        if let Some(problem) = unnamed {
            response.extensions_mut().insert(problem);
        }
        response
    }
}
