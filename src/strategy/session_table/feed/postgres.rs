//! PostgreSQL's triggers, if installed, write every end into a table, which is polled. That costs some microseconds, works
//! through poolers, and roles with no more than the right to connect can neither forge an end nor get in the way.

use std::{convert::Infallible, sync::Arc};

use chrono::TimeDelta;
use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, ConnectOptions, PgConnection, Row,
    postgres::{PgConnectOptions, PgRow},
};
use tokio::time::{self, Duration, Instant, timeout};

use super::{FeedError, triggers::Triggers};
use crate::revocation::{Feed, HEARTBEAT, HEARTBEAT_TIMEOUT, LAG};

/// The server may be far away; the cache is bypassed meanwhile.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Leaves the other half of [`LAG`] to the answer.
const PAUSE: Duration = Duration::from_millis(50);
const NO_TRIGGERS: &str =
    "found no triggers; `better-auth-verifier migrate --revocation-triggers` installs them";
const OLD_TRIGGERS: &str =
    "the triggers are of an older version; run `better-auth-verifier migrate --revocation-triggers` again";
const NOT_READABLE: &str = "this role may not read the table verifier_revocation beside the triggers; run \
                            `better-auth-verifier migrate --revocation-triggers` again, and grant the role USAGE on its schema";
const REPLICA: &str = "this database is a replica, which does not show running transactions: point \
                       session_table.database_url at the primary";

/// Where the triggers write.
pub struct Channel {
    options: Arc<PgConnectOptions>,
    triggers: Triggers,
}

/// How far this connection has read.
#[derive(Default)]
struct Seen {
    /// The snapshot at the last look.
    snapshot: Option<String>,
}

impl Channel {
    pub fn new(options: Arc<PgConnectOptions>, triggers: Triggers) -> Self {
        Self { options, triggers }
    }

    /// Polls on a connection of its own, and checks now and then that the triggers are still there.
    pub async fn listen(&self, feed: &Feed) -> Result<Infallible, FeedError> {
        let mut connection = timeout(CONNECT_TIMEOUT, self.options.connect()).await??;
        let mut seen = Seen::default();
        loop {
            match timeout(HEARTBEAT_TIMEOUT, self.find(&mut connection)).await?? {
                Ok(table) => {
                    let begun = Instant::now();
                    while begun.elapsed() < HEARTBEAT {
                        seen.look(&mut connection, &table, feed).await?;
                        feed.listening(LAG);
                        time::sleep(PAUSE).await;
                    }
                }
                Err(remedy) => {
                    feed.unsupported(remedy);
                    seen = Seen::default();
                    time::sleep(HEARTBEAT).await;
                }
            }
        }
    }

    /// The table to poll, or why there is none.
    async fn find(&self, connection: &mut PgConnection) -> Result<Result<String, &'static str>, FeedError> {
        // The simple protocol needs no prepared statement, which a pooler might not have at hand.
        let row = sqlx::raw_sql(AssertSqlSafe(self.triggers.inspect_sql())).fetch_one(connection).await?;
        let (found, table): (bool, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
        let (readable, is_replica): (Option<bool>, bool) = (row.try_get(2)?, row.try_get(3)?);
        Ok(match table {
            _ if is_replica => Err(REPLICA),
            _ if !found => Err(NO_TRIGGERS),
            None => Err(OLD_TRIGGERS),
            Some(_) if readable != Some(true) => Err(NOT_READABLE),
            Some(table) => Ok(table),
        })
    }
}

impl Seen {
    /// Reports new ends. Many of them take long to read: until all are known, the cache is bypassed.
    async fn look(
        &mut self,
        connection: &mut PgConnection,
        table: &str,
        feed: &Feed,
    ) -> Result<(), FeedError> {
        let begun = Instant::now();
        let before = self.snapshot.take();
        let sql = Triggers::news_sql(table, before.as_deref());
        let mut rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch(connection);
        while let Some(row) = timeout(HEARTBEAT_TIMEOUT, rows.try_next()).await?? {
            let snapshot: String = row.try_get(0)?;
            if before.as_deref().is_some_and(|before| next(&snapshot) < next(before)) {
                return Err(FeedError::Rewound);
            }
            self.snapshot = Some(snapshot);
            hear(&row, before.is_none(), feed)?;
            if begun.elapsed() > HEARTBEAT_TIMEOUT {
                feed.lost(FeedError::Behind);
            }
        }
        Ok(())
    }
}

/// The number of the next transaction, when a snapshot (`xmin:xmax:…`) was taken.
fn next(snapshot: &str) -> Option<u64> {
    snapshot.split(':').nth(1)?.parse().ok()
}

/// Takes a row that is new since the last look; its end lies between that look and now. A row of the `first` look ended at its
/// own time, by a clock that may differ from this one.
fn hear(row: &PgRow, first: bool, feed: &Feed) -> Result<(), FeedError> {
    if !row.try_get::<bool, _>(2)? {
        return Ok(());
    }
    let (session, user): (Option<String>, Option<String>) = (row.try_get(3)?, row.try_get(4)?);
    match (session, user) {
        // A trigger that could not name the end.
        (None, None) => feed.invalidate_all(),
        (Some(session), user) => {
            feed.session(&session);
            if let Some(user) = user.filter(|_| row.try_get(5).unwrap_or(true)) {
                feed.cut_off_ago(&user, ended_ago(row, first)?);
            }
        }
        (None, Some(user)) if row.try_get(5)? => feed.cut_off_ago(&user, ended_ago(row, first)?),
        (None, Some(user)) => feed.user(&user),
    }
    Ok(())
}

fn ended_ago(row: &PgRow, first: bool) -> Result<TimeDelta, FeedError> {
    let (there, at): (i64, i64) = (row.try_get(1)?, row.try_get(6)?);
    let ago = if first { there.saturating_sub(at).max(0) } else { 0 };
    Ok(TimeDelta::try_milliseconds(ago).unwrap_or_default())
}
