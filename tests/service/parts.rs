//! What the tests share.

pub mod auth;
pub mod canned;
pub mod client;
pub mod event;
pub mod fake;
pub mod service;
pub mod signer;

use std::{
    thread,
    time::{Duration, Instant},
};

/// Longer than anything takes on a busy machine; a test that waits so long has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until there is an answer.
#[track_caller]
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begin.elapsed() < PATIENCE, "{what}: not after {PATIENCE:?}");
        thread::sleep(Duration::from_millis(10));
    }
}
