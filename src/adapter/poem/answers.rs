//! The failures of an operation as its OpenAPI document lists them.

use poem::{IntoResponse, Response};
use poem_openapi::{
    ApiResponse,
    registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry},
    types::Type,
};

use super::document::Document;
use crate::{error::AuthError, problem::Problem};

const CONTENT_TYPE: &str = "application/problem+json";

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
        Document::register(registry);
    }
}

/// The answers of these statuses, for the [`ApiResponse::meta`] of your own problem type.
#[must_use]
pub fn responses(statuses: &[u16]) -> MetaResponses {
    MetaResponses { responses: statuses.iter().map(|status| answer(*status)).collect() }
}

fn answer(status: u16) -> MetaResponse {
    let retry_after = || header("Retry-After", "Seconds to wait.", whole_number(5));
    let (description, headers) = match status {
        400 => (
            "The request is malformed.",
            vec![optional(header(
                "WWW-Authenticate",
                "Where it is the credential that is malformed (RFC 6750).",
                text("Bearer error=\"invalid_request\""),
            ))],
        ),
        401 => (
            "No credential, or it was refused: then `WWW-Authenticate` says `error=\"invalid_token\"`.",
            vec![header(
                "WWW-Authenticate",
                "The challenge (RFC 6750).",
                text("Bearer error=\"invalid_token\""),
            )],
        ),
        403 => ("The caller is known and not allowed, or a cookie came from an untrusted origin.", vec![]),
        404 => ("Not found, or somebody else's.", vec![]),
        408 => ("The request took too long to arrive.", vec![]),
        409 => ("This has been accepted already.", vec![]),
        413 => ("The body is too large.", vec![]),
        415 => ("The body is not JSON.", vec![]),
        429 => (
            "Over a limit.",
            vec![
                retry_after(),
                header(
                    "RateLimit",
                    "Which limit, what remains of it and when there is more.",
                    text("\"client\";r=0;t=5"),
                ),
                header("RateLimit-Policy", "The limit's quota and window.", text("\"client\";q=300;w=10")),
            ],
        ),
        503 => (
            "Something needed to answer is out of reach. Says nothing about the credential.",
            vec![retry_after()],
        ),
        500 => ("A fault of the service; its log names the request.", vec![]),
        _ => ("The request failed.", vec![]),
    };
    MetaResponse {
        description,
        status: Some(status),
        status_range: None,
        content: vec![MetaMediaType { content_type: CONTENT_TYPE, schema: Document::schema_ref() }],
        headers,
    }
}

fn header(name: &str, description: &str, schema: MetaSchema) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: true,
        deprecated: false,
        schema: MetaSchemaRef::Inline(Box::new(schema)),
    }
}

fn optional(header: MetaHeader) -> MetaHeader {
    MetaHeader { required: false, ..header }
}

fn text(example: &str) -> MetaSchema {
    MetaSchema { example: Some(example.into()), ..MetaSchema::new("string") }
}

fn whole_number(example: u64) -> MetaSchema {
    MetaSchema { example: Some(example.into()), minimum: Some(0.0), ..MetaSchema::new("integer") }
}
