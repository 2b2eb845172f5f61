//! SQLite counts the changes that other connections make (`PRAGMA data_version`). It does not say which.

use std::{convert::Infallible, time::Duration};

use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::time::{self, timeout};

use super::{FeedError, PATIENCE};
use crate::revocation::Feed;

/// One question costs some microseconds.
const PAUSE: Duration = Duration::from_millis(20);
/// A change is heard within this, unless the machine is overloaded.
const LAG: Duration = Duration::from_millis(100);

/// Listens on a connection of its own: the count is of what others than this connection do.
pub async fn listen(options: &SqliteConnectOptions, line: &Feed) -> Result<Infallible, FeedError> {
    let mut connection = timeout(PATIENCE, options.connect()).await??;
    let mut version = version(&mut connection).await?;
    line.hears(LAG);
    loop {
        time::sleep(PAUSE).await;
        let now = self::version(&mut connection).await?;
        if now != version {
            version = now;
            line.everything();
        }
    }
}

async fn version(connection: &mut SqliteConnection) -> Result<i64, FeedError> {
    Ok(timeout(PATIENCE, sqlx::query_scalar("PRAGMA data_version").fetch_one(connection)).await??)
}
