//! What a database answers in time.

use std::time::Duration;

use sea_orm::DbErr;
use tokio::time;

/// Gives up what takes too long.
pub async fn within<T>(bound: Duration, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
    let late = || DbErr::Custom(format!("no answer within {bound:?}"));
    time::timeout(bound, work).await.unwrap_or_else(|_| Err(late()))
}
