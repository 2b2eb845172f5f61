use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::{task::AbortHandle, time};

use super::{Inner, KeySource};
use crate::backoff::backoff;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// Fetches keys before they are needed, while their source is in use.
pub struct Refresher(AbortHandle);

impl Refresher {
    pub fn begin(source: &KeySource) -> Self {
        let KeySource { timing, spawner, observers, inner } = source.clone();
        let task_spawner = spawner.clone();
        let source =
            move |inner| KeySource { timing, spawner: spawner.clone(), observers: observers.clone(), inner };
        let refreshing = refresh(timing.refresh, Arc::downgrade(&inner), source);
        Self(task_spawner.spawn(refreshing).abort_handle())
    }
}

impl Drop for Refresher {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// `source` makes a key source of what is still in use.
async fn refresh(regular: Duration, inner: Weak<Inner>, source: impl Fn(Arc<Inner>) -> KeySource + Send) {
    let mut failing = backoff(FIRST_PAUSE, MAX_PAUSE);
    let mut pause = regular;
    loop {
        time::sleep(pause).await;
        let Some(inner) = inner.upgrade() else { return };
        pause = match source(inner).refresh().await {
            Ok(()) => {
                failing = backoff(FIRST_PAUSE, MAX_PAUSE);
                regular
            }
            Err(retry_after) => failing.next().unwrap_or(MAX_PAUSE).max(retry_after.unwrap_or_default()),
        };
        pause = pause.min(regular);
    }
}
