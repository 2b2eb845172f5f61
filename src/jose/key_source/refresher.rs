use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::{task::AbortHandle, time};

use super::{Inner, KeySource, timing::Timing};
use crate::{backoff::backoff, spawner::Spawner};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// Fetches keys before they are needed, as long as anybody holds their source.
pub struct Refresher(AbortHandle);

impl Refresher {
    pub fn begin(source: &KeySource) -> Self {
        let KeySource { timing, spawner, inner } = source;
        let refreshing = refresh(*timing, spawner.clone(), Arc::downgrade(inner));
        Self(spawner.spawn(refreshing).abort_handle())
    }
}

impl Drop for Refresher {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn refresh(timing: Timing, spawner: Spawner, inner: Weak<Inner>) {
    let mut failing = backoff(FIRST_PAUSE, MAX_PAUSE);
    let mut pause = timing.refresh;
    loop {
        time::sleep(pause).await;
        let Some(inner) = inner.upgrade() else { return };
        pause = match (KeySource { timing, spawner: spawner.clone(), inner }).refresh().await {
            Ok(()) => {
                failing = backoff(FIRST_PAUSE, MAX_PAUSE);
                timing.refresh
            }
            Err(retry_after) => failing.next().unwrap_or(MAX_PAUSE).max(retry_after.unwrap_or_default()),
        };
        pause = pause.min(timing.refresh);
    }
}
