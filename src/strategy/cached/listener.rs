use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use tokio::task::AbortHandle;

use crate::{
    revocation::Feeds,
    spawner::Spawner,
    strategy::{AnyStrategy, Strategy},
};

/// Follows what a strategy can hear, as long as the cache lives.
pub struct Listener(AbortHandle);

impl Listener {
    /// Begins to follow; `None` where there is nothing to hear. When this returns it is clear what is listened to.
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

/// Closes the feeds when listening ends, also by a panic or because the task is dropped: the cache then no longer believes that it
/// hears of every end.
struct Closing(Feeds);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}
