use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::{task::AbortHandle, time};

use super::{Inner, KeySource, timing::Timing};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// Fetches keys before they are needed, as long as anybody holds their source.
pub struct Refresher(AbortHandle);

impl Refresher {
    pub fn begin(source: &KeySource) -> Self {
        let (timing, inner) = (source.timing, Arc::downgrade(&source.inner));
        Self(tokio::spawn(refresh(timing, inner)).abort_handle())
    }
}

impl Drop for Refresher {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn refresh(timing: Timing, inner: Weak<Inner>) {
    let pauses = ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(MAX_PAUSE)
        .with_jitter()
        .without_max_times();
    let mut failing = pauses.build();
    let mut pause = timing.refresh;
    loop {
        time::sleep(pause).await;
        let Some(inner) = inner.upgrade() else { return };
        pause = match (KeySource { timing, inner }).refresh().await {
            Ok(()) => {
                failing = pauses.build();
                timing.refresh
            }
            Err(retry_after) => failing.next().unwrap_or(MAX_PAUSE).max(retry_after.unwrap_or_default()),
        };
        pause = pause.min(timing.refresh);
    }
}
