//! SQLite counts the changes of other connections (`PRAGMA data_version`). It does not say which.

use std::{convert::Infallible, time::Duration};

use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::time::{self, timeout};

use super::FeedError;
use crate::revocation::{Feed, HEARTBEAT_TIMEOUT, LAG};

/// One query costs some microseconds.
const PAUSE: Duration = Duration::from_millis(20);

/// Listens on a connection of its own: only the changes of other connections count.
pub async fn listen(options: &SqliteConnectOptions, feed: &Feed) -> Result<Infallible, FeedError> {
    let mut connection = timeout(HEARTBEAT_TIMEOUT, options.connect()).await??;
    let mut version = data_version(&mut connection).await?;
    feed.listening(LAG);
    loop {
        time::sleep(PAUSE).await;
        let now = data_version(&mut connection).await?;
        if now != version {
            version = now;
            feed.invalidate_all();
        }
    }
}

async fn data_version(connection: &mut SqliteConnection) -> Result<i64, FeedError> {
    Ok(timeout(HEARTBEAT_TIMEOUT, sqlx::query_scalar("PRAGMA data_version").fetch_one(connection)).await??)
}
