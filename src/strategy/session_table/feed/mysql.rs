//! MySQL and MariaDB send no events: the cache entries are polled, a part of them at a time.

use std::{convert::Infallible, sync::Arc, time::Duration};

use tokio::time::{self, timeout};

use super::{FeedError, SessionTable};
use crate::{
    identity::Identity,
    revocation::{Feed, Feeds},
};

const PAUSE: Duration = Duration::from_millis(500);
/// A query that takes longer is given up, and the cache is bypassed until the next.
const TIMEOUT: Duration = Duration::from_secs(1);
/// Sessions in one query: some milliseconds for the database.
const BATCH: usize = 500;
const BATCH_BYTES: usize = 2 * 1024 * 1024;

/// Polls the cache entries in rounds. A round takes half a second for each batch; an entry made just after the begin of one
/// waits for the next.
pub async fn poll(table: &SessionTable, feeds: &Feeds, feed: &Feed) -> Result<Infallible, FeedError> {
    // Without a session: finds out whether it answers at all.
    table.sessions(vec![String::new()]).await?;
    loop {
        let round = batches(feeds.remembered());
        let pauses = 2 * round.len().max(1);
        feed.listening(PAUSE * pauses.try_into().unwrap_or(u32::MAX));
        if round.is_empty() {
            time::sleep(PAUSE).await;
        }
        for batch in round {
            timeout(TIMEOUT, look_at(table, &batch, feed)).await??;
            time::sleep(PAUSE).await;
        }
    }
}

/// Batches that are small enough, in number and in bytes, for one query.
fn batches(remembered: Vec<Arc<Identity>>) -> Vec<Vec<Arc<Identity>>> {
    let mut batches: Vec<Vec<_>> = Vec::new();
    let mut bytes = 0;
    for identity in remembered {
        bytes += identity.size();
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH && bytes <= BATCH_BYTES => batch.push(identity),
            _ => {
                bytes = identity.size();
                batches.push(vec![identity]);
            }
        }
    }
    batches
}

async fn look_at(table: &SessionTable, batch: &[Arc<Identity>], feed: &Feed) -> Result<(), FeedError> {
    let sessions = batch.iter().filter_map(|identity| {
        // A session that was found in another store, in front of this table, is followed there.
        let session = identity.session.as_ref().filter(|session| session.entry.is_none())?;
        Some((session.id.as_deref()?, identity))
    });
    let ids: Vec<_> = sessions.clone().map(|(id, _)| id.to_owned()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let now = table.sessions(ids).await?;
    for (id, before) in sessions {
        let after = now
            .iter()
            .find(|found| found.session.as_ref().and_then(|session| session.id.as_deref()) == Some(id));
        match after {
            Some(after) if *after == **before => {}
            Some(after) if after.user == before.user && !is_curtailed(after, before) => feed.session(id),
            Some(after) if !is_curtailed(after, before) => feed.user(&before.user.id),
            _ => {
                feed.session(id);
                feed.cut_off(&before.user.id);
            }
        }
    }
    Ok(())
}

/// Whether the session ends sooner, or its user has other rights.
fn is_curtailed(after: &Identity, before: &Identity) -> bool {
    let rights = |identity: &Identity| (identity.user.role.clone(), identity.user.ban);
    after.expires_at < before.expires_at || rights(after) != rights(before)
}
