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
    within(PATIENCE, ask, pleases)
}

/// As [`until`], but whoever asks when `bound` is over has to be pleased.
#[track_caller]
pub fn within<T: Debug>(
    bound: Duration,
    ask: impl AsyncFn() -> T,
    pleases: impl Fn(&T) -> bool,
) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    let pause = (bound / 100).min(Duration::from_millis(50));
    async move {
        let begin = Instant::now();
        loop {
            let asked = begin.elapsed();
            let answer = ask().await;
            if pleases(&answer) {
                return answer;
            }
            assert!(asked < bound, "{caller}: still after {bound:?}: {answer:?}");
            tokio::time::sleep(pause).await;
        }
    }
}
