use poem_openapi::{
    ApiResponse,
    registry::{MetaResponses, Registry},
};
use sea_orm::DbErr;

use crate::{
    AuthProblem,
    problem::{Kind, Problem, responses},
};

/// How the operations on one's to-dos may fail.
pub struct TodoProblem(Problem);

impl TodoProblem {
    /// No such to-do of this caller.
    pub fn not_found() -> Self {
        Self(Problem::new(Kind::NotFound))
    }

    /// A parameter says nothing that can be used.
    pub fn bad_request(detail: &str) -> Self {
        Self(Problem::new(Kind::BadRequest).with_detail(detail))
    }
}

/// The database is out of reach, or says what nobody foresaw: nothing was decided.
impl From<DbErr> for TodoProblem {
    fn from(error: DbErr) -> Self {
        tracing::error!(%error, "the to-dos are out of reach");
        Self(Problem::new(Kind::Unavailable))
    }
}

impl From<TodoProblem> for poem::Error {
    fn from(problem: TodoProblem) -> Self {
        problem.0.into()
    }
}

impl ApiResponse for TodoProblem {
    fn meta() -> MetaResponses {
        responses(&[400, 401, 403, 404, 408, 413, 415, 429, 503])
    }

    fn register(registry: &mut Registry) {
        AuthProblem::register(registry);
    }
}
