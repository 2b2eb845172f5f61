//! The tasks of a running service: all of them are known here, and none outlives it.

use tokio::time::{Instant, timeout_at};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Owns every task of the service. Clones own the same.
#[derive(Clone, Default)]
pub struct Lifecycle {
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Those that have something to finish.
    finishing: TaskTracker,
}

impl Lifecycle {
    /// Runs a task until it ends or the service does.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            stop.run_until_cancelled(task).await;
        });
    }

    /// Runs a task that has something to finish when the service ends, which the token tells it.
    pub fn spawn_finishing<T: Future<Output = ()> + Send + 'static>(
        &self,
        task: impl FnOnce(CancellationToken) -> T,
    ) {
        self.finishing.spawn(task(self.stop.clone()));
    }

    /// Runs a task that learns in its own way that the service ends, such as a connection.
    pub fn track(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Ends all tasks, and waits for them until the deadline. Returns whether all have ended.
    pub async fn end(&self, deadline: Instant) -> bool {
        let all = async {
            self.finish(deadline).await;
            self.tasks.close();
            self.tasks.wait().await;
        };
        timeout_at(deadline, all).await.is_ok()
    }

    /// Ends all tasks, and waits only for those that have something to finish. Returns whether these have ended.
    pub async fn finish(&self, deadline: Instant) -> bool {
        self.stop.cancel();
        self.finishing.close();
        timeout_at(deadline, self.finishing.wait()).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
        time::Duration,
    };

    use super::*;

    const DRAIN: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn every_task_ends_and_may_finish_what_it_does() {
        let lifecycle = Lifecycle::default();
        lifecycle.spawn(pending());
        let finished = Arc::new(AtomicBool::new(false));
        let last = finished.clone();
        lifecycle.spawn_finishing(|stop| async move {
            stop.cancelled().await;
            tokio::time::sleep(DRAIN / 2).await;
            last.store(true, Ordering::Relaxed);
        });
        assert!(lifecycle.end(Instant::now() + DRAIN).await);
        assert!(finished.load(Ordering::Relaxed));
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_end_is_given_up_at_the_deadline() {
        let lifecycle = Lifecycle::default();
        lifecycle.track(pending());
        let begun = Instant::now();
        assert!(!lifecycle.end(begun + DRAIN).await);
        assert_eq!(begun.elapsed(), DRAIN);
    }
}
