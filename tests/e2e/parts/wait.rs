//! Waiting for what comes by itself.

use std::{
    fmt::Debug,
    time::{Duration, Instant},
};

/// Longer than anything takes to come back, also on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Asks again and again until the answer `pleases`.
#[track_caller]
pub fn until<T: Debug>(ask: impl AsyncFn() -> T, pleases: impl Fn(&T) -> bool) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        let begin = Instant::now();
        loop {
            let answer = ask().await;
            if pleases(&answer) {
                return answer;
            }
            assert!(begin.elapsed() < PATIENCE, "{caller}: still after {PATIENCE:?}: {answer:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
