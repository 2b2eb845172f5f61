//! How long to wait before a retry.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// Longer each time, from `first` up to `max`, with a random part so that clients do not retry in step.
pub fn backoff(first: Duration, max: Duration) -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(max)
        .with_jitter()
        .without_max_times()
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_bound_and_are_never_in_step() {
        let first = Duration::from_secs(1);
        let of_one = || backoff(first, first * 8).take(6).collect::<Vec<_>>();
        let (one, other) = (of_one(), of_one());
        assert_ne!(one, other);
        for (at, pause) in one.into_iter().chain(other).enumerate() {
            let least = first * [1, 2, 4, 8, 8, 8][at % 6];
            assert!(least <= pause && pause <= least * 2, "{at}: {pause:?}");
        }
    }
}
