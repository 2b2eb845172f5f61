//! The tasks of a running service: all of them are known here, and none outlives it.

use tokio::{
    task::JoinHandle,
    time::{Instant, timeout_at},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use tracing::{Dispatch, instrument::WithSubscriber};

use crate::Spawner;

/// Owns every task of the service. Clones own the same.
#[derive(Clone, Default)]
pub struct Lifecycle {
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Those that have something to finish.
    finishing: TaskTracker,
    /// Whether nothing of what they say is logged.
    is_quiet: bool,
}

impl Lifecycle {
    /// One whose tasks log nothing: they belong to no running service.
    pub fn quiet() -> Self {
        Self { is_quiet: true, ..Self::default() }
    }

    /// One for a part of the service that may end before it. It ends with this one at the latest.
    pub fn child(&self) -> Self {
        let child = Self { stop: self.stop.child_token(), is_quiet: self.is_quiet, ..Self::default() };
        self.finishing.spawn(ended(child.stop.clone(), child.finishing.clone()));
        self.tasks.spawn(ended(child.stop.clone(), child.tasks.clone()));
        child
    }

    /// Ends all tasks, and waits for none. Those that have something to finish do.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Ends all tasks when it is dropped, unless it is disarmed first.
    pub fn drop_guard(&self) -> DropGuard {
        self.stop.clone().drop_guard()
    }

    /// Runs the tasks of the library, too.
    pub fn spawner(&self) -> Spawner {
        let lifecycle = self.clone();
        Spawner::new(move |task| lifecycle.spawn(task))
    }

    /// Runs a task until it ends or the service does.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        let stop = self.stop.clone();
        let task = async move {
            stop.run_until_cancelled(task).await;
        };
        // A subscriber of its own makes every event of the process dearer, so others have none.
        if self.is_quiet {
            self.tasks.spawn(task.with_subscriber(Dispatch::none()))
        } else {
            self.tasks.spawn(task)
        }
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

/// Waits for the stop, and then for the tasks.
async fn ended(stop: CancellationToken, tasks: TaskTracker) {
    stop.cancelled().await;
    tasks.close();
    tasks.wait().await;
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
    async fn a_part_ends_alone_or_with_the_whole() {
        let whole = Lifecycle::default();
        let [one, other] = [(), ()].map(|()| whole.child());
        let [of_whole, of_one, of_other] = [&whole, &one, &other].map(|lifecycle| lifecycle.spawn(pending()));
        assert!(one.end(Instant::now() + DRAIN).await);
        assert_eq!([&of_whole, &of_one, &of_other].map(JoinHandle::is_finished), [false, true, false]);
        let last = other.clone();
        other.spawn_finishing(|stop| async move {
            stop.cancelled().await;
            tokio::time::sleep(DRAIN / 2).await;
            drop(last);
        });
        let begun = Instant::now();
        assert!(whole.end(begun + DRAIN).await);
        assert_eq!(begun.elapsed(), DRAIN / 2, "what a part has to finish is waited for");
        assert!(of_whole.is_finished() && of_other.is_finished());
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
