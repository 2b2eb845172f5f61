//! MySQL and MariaDB tell nobody: what is remembered is looked at again, a part of it at a time.

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use tokio::time;

use super::{FeedError, SessionTable};
use crate::{identity::Identity, revocation::Feed};

const PAUSE: Duration = Duration::from_millis(500);
/// Sessions in one question: some milliseconds for the database.
const BATCH: usize = 500;

/// Goes round what is remembered. A round takes half a second for each 500 sessions, and so long may a change stay
/// unseen, unless what is remembered ages before that.
pub async fn poll(table: &SessionTable, line: &Feed) -> Result<Infallible, FeedError> {
    table.inspect().await?;
    let mut round = VecDeque::new();
    loop {
        if round.is_empty() {
            round = line.remembered().into();
            let batches = round.len().div_ceil(BATCH).max(1) + 1;
            line.hears(PAUSE * batches.try_into().unwrap_or(u32::MAX));
        }
        let batch: Vec<_> = round.drain(..BATCH.min(round.len())).collect();
        look_at(table, &batch, line).await?;
        time::sleep(PAUSE).await;
    }
}

async fn look_at(table: &SessionTable, batch: &[Arc<Identity>], line: &Feed) -> Result<(), FeedError> {
    let sessions =
        batch.iter().filter_map(|identity| Some((identity.session.as_ref()?.id.as_deref()?, identity)));
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
            Some(after) if after.user == before.user => line.session(id),
            Some(after) if has_the_same_rights(after, before) => line.user(&before.user.id),
            _ => {
                line.session(id);
                line.cut_off(&before.user.id);
            }
        }
    }
    Ok(())
}

fn has_the_same_rights(after: &Identity, before: &Identity) -> bool {
    let rights = |identity: &Identity| (identity.user.role.clone(), identity.user.ban);
    rights(after) == rights(before)
}
