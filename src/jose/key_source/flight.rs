use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::task::AbortHandle;

use crate::spawner::Spawner;

/// A fetch under way. It is a task of its own: it goes on when the request that began it is gone.
#[derive(Clone)]
pub struct Flight {
    landed: Shared<BoxFuture<'static, ()>>,
    task: AbortHandle,
}

impl Flight {
    /// Begins one.
    pub fn begin(spawner: &Spawner, fetch: impl Future<Output = ()> + Send + 'static) -> Self {
        let task = spawner.spawn(fetch);
        Self { task: task.abort_handle(), landed: task.map(|_| ()).boxed().shared() }
    }

    /// Whether it is still under way.
    pub fn is_under_way(&self) -> bool {
        !self.task.is_finished()
    }

    /// Waits for its end.
    pub async fn landed(self) {
        self.landed.await;
    }
}
