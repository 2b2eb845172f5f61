//! The failures of an operation as its OpenAPI document lists them.

use poem::{IntoResponse, Response};
use poem_openapi::{
    ApiResponse,
    registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
    types::Type,
};

use super::{Body, CONTENT_TYPE, Problem};
use crate::error::AuthError;

/// How a protected operation may fail: the error type of a handler that takes [`Authenticated`](crate::Authenticated).
#[derive(Clone, Debug)]
pub struct AuthProblem(pub Problem);

impl From<Problem> for AuthProblem {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<AuthError> for AuthProblem {
    fn from(error: AuthError) -> Self {
        Self(error.into())
    }
}

impl From<AuthProblem> for poem::Error {
    fn from(problem: AuthProblem) -> Self {
        problem.0.into()
    }
}

impl IntoResponse for AuthProblem {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl ApiResponse for AuthProblem {
    fn meta() -> MetaResponses {
        responses(&[400, 401, 403, 429, 503])
    }

    fn register(registry: &mut Registry) {
        Body::register(registry);
    }
}

/// The answers of these statuses, for the [`ApiResponse::meta`] of one's own problem type.
#[must_use]
pub fn responses(statuses: &[u16]) -> MetaResponses {
    MetaResponses { responses: statuses.iter().map(|status| answer(*status)).collect() }
}

fn answer(status: u16) -> MetaResponse {
    let (description, headers): (_, &[(&str, &str)]) = match status {
        400 => ("The request is malformed.", &[]),
        401 => (
            "Nothing was presented, or it was refused: then the challenge says `error=\"invalid_token\"`.",
            &[("WWW-Authenticate", "The challenge (RFC 6750).")],
        ),
        403 => ("The caller is known and not allowed, or a cookie came from an untrusted origin.", &[]),
        404 => ("Not found, or somebody else's.", &[]),
        408 => ("The request took too long to arrive.", &[]),
        409 => ("It has been done already.", &[]),
        413 => ("The body is too large.", &[]),
        415 => ("The body is not JSON.", &[]),
        429 => (
            "Over a limit.",
            &[
                ("Retry-After", "Seconds to wait."),
                ("RateLimit", "Which limit, what remains of it and when there is more."),
                ("RateLimit-Policy", "The limit's quota and window."),
            ],
        ),
        503 => (
            "Something needed to answer is out of reach. Says nothing about the credential.",
            &[("Retry-After", "Seconds to wait.")],
        ),
        _ => ("The request failed.", &[]),
    };
    MetaResponse {
        description,
        status: Some(status),
        status_range: None,
        content: vec![MetaMediaType { content_type: CONTENT_TYPE, schema: Body::schema_ref() }],
        headers: headers.iter().map(|(name, description)| header(name, description)).collect(),
    }
}

fn header(name: &str, description: &str) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: true,
        deprecated: false,
        schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))),
    }
}
