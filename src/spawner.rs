use std::{fmt, pin::Pin, sync::Arc};

use tokio::task::JoinHandle;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Starts background tasks: key sets are refreshed, revocations are followed, the log counts the lines it leaves out.
///
/// By default each is a task of its own that ends with its owner. A service that has to know all of its tasks hands in its
/// own way to start them.
#[derive(Clone)]
pub struct Spawner(Arc<dyn Fn(Task) -> JoinHandle<()> + Send + Sync>);

impl Spawner {
    /// Starts tasks with `spawn`, which may also cancel them. Caches stop trusting a feed whose task is cancelled.
    pub fn new(spawn: impl Fn(Task) -> JoinHandle<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(spawn))
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        (self.0)(Box::pin(task))
    }
}

impl Default for Spawner {
    fn default() -> Self {
        Self::new(|task| tokio::spawn(task))
    }
}

impl fmt::Debug for Spawner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spawner")
    }
}
