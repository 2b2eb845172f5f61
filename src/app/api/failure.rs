use std::marker::PhantomData;

use poem_openapi::{
    ApiResponse,
    registry::{MetaResponses, Registry},
};
use sea_orm::DbErr;

use crate::{
    AuthProblem,
    adapter::poem::responses,
    problem::{Kind, Problem},
};

/// How an operation may fail: a problem of one of the statuses that `F` lists for the contract.
pub struct Failure<F>(Problem, PhantomData<fn() -> F>);

/// What an operation may fail with.
pub trait FailureStatuses {
    /// All statuses, those from outside the operation (limits, time, sizes, faults of ours) included.
    const STATUSES: &'static [u16];
}

macro_rules! failures {
    ($($operation:ident: $($status:literal)+;)+) => {$(
        /// The failures of one operation.
        pub struct $operation;

        impl FailureStatuses for $operation {
            const STATUSES: &'static [u16] = &[$($status,)+ 500];
        }
    )+};
}

failures! {
    GetHealth: 413 429;
    GetLiveness: 413;
    GetReadiness: 413 429 503;
    GetMe: 400 401 413 429 503;
    GetPublic: 400 401 413 429 503;
    ListTodos: 400 401 413 429 503;
    CreateTodo: 400 401 403 408 413 415 429 503;
    GetTodo: 400 401 404 413 429 503;
    UpdateTodo: 400 401 403 404 408 413 415 429 503;
    DeleteTodo: 400 401 403 404 413 429 503;
    TellRevocation: 400 401 408 409 413 415 429 503;
}

impl<F> Failure<F> {
    /// No such thing of this caller.
    pub fn not_found() -> Self {
        Problem::new(Kind::NotFound).into()
    }

    /// What was sent says nothing that can be used.
    pub fn bad_request(detail: &str) -> Self {
        Problem::new(Kind::BadRequest).with_detail(detail).into()
    }
}

impl<F> From<Problem> for Failure<F> {
    fn from(problem: Problem) -> Self {
        Self(problem, PhantomData)
    }
}

/// The database is out of reach, or says what nobody foresaw: nothing was decided.
impl<F> From<DbErr> for Failure<F> {
    fn from(error: DbErr) -> Self {
        tracing::error!("database.url: a query failed, and the client gets 503: {error}");
        Problem::new(Kind::Unavailable).into()
    }
}

impl<F> From<Failure<F>> for poem::Error {
    fn from(failure: Failure<F>) -> Self {
        failure.0.into()
    }
}

impl<F: FailureStatuses> ApiResponse for Failure<F> {
    fn meta() -> MetaResponses {
        responses(F::STATUSES)
    }

    fn register(registry: &mut Registry) {
        AuthProblem::register(registry);
    }
}
