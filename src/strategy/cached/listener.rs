use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use tokio::task::AbortHandle;

use crate::{
    revocation::Feeds,
    spawner::Spawner,
    strategy::{AnyStrategy, Strategy},
};

/// Follows the feeds of a strategy, while the cache lives.
pub struct Listener(AbortHandle);

impl Listener {
    /// Begins to follow; `None` if there is no feed. When this returns, the feeds are known.
    pub fn begin(strategy: AnyStrategy, feeds: Feeds, spawner: &Spawner) -> Option<Self> {
        let mut following = Box::pin(async move {
            let _closing = Closing(feeds.clone());
            let _ = AssertUnwindSafe(strategy.follow(feeds.clone())).catch_unwind().await;
            feeds.hang_up();
        });
        let has_ended = following.as_mut().now_or_never().is_some();
        (!has_ended).then(|| Self(spawner.spawn(following).abort_handle()))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Closes the feeds when listening ends, also by a panic or a dropped task: from then on the cache does not rely on
/// them.
struct Closing(Feeds);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}
