//! What a database answers: in time, and in its own words.

use std::time::Duration;

use sea_orm::{DbErr, RuntimeErr};
use tokio::time;

/// What the database itself says of an error, without what the driver wraps around it.
pub fn message(error: &DbErr) -> String {
    match error {
        DbErr::Query(RuntimeErr::SqlxError(inner)) | DbErr::Exec(RuntimeErr::SqlxError(inner)) => {
            inner.as_database_error().map_or_else(|| inner.to_string(), |error| error.message().to_owned())
        }
        _ => error.to_string(),
    }
}

/// Gives up what takes too long.
pub async fn within<T>(bound: Duration, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    let late = || DbErr::Custom(format!("no answer within {bound:?}"));
    time::timeout(bound, work).await.unwrap_or_else(|_| Err(late()))
}
