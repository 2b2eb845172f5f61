use std::time::Duration;

use tokio::time::Instant;

use super::{TARGET, WINDOW};

/// This many windows in a row mean an attack, or a client that never gives up.
const WINDOWS: u32 = 30;
/// A window that closes later than this after the last one starts a new count.
const GAP: Duration = WINDOW.saturating_mul(3);

/// Notices a long series of refusals, which no single window shows.
#[derive(Default)]
pub struct Sustained {
    windows: u32,
    suppressed: u64,
    last: Option<Instant>,
}

impl Sustained {
    /// Takes a closed window and the number of its suppressed lines. Warns after many windows in a row, then after as many more.
    pub fn hear(&mut self, suppressed: u64) {
        let now = Instant::now();
        let goes_on = suppressed > 0 && self.last.is_none_or(|last| now - last <= GAP);
        if !goes_on {
            *self = Self::default();
        }
        if suppressed == 0 {
            return;
        }
        self.last = Some(now);
        self.windows += 1;
        self.suppressed += suppressed;
        if self.windows < WINDOWS {
            return;
        }
        tracing::warn!(
            target: TARGET,
            suppressed = self.suppressed,
            "for {WINDOWS} seconds credentials were refused faster than the log shows: somebody is guessing tokens, or a \
             client repeats a refused one. The lines with `suppressed` name cause and client; rate_limit.failed limits the \
             attempts of one address"
        );
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    /// The number of windows until the count starts anew.
    fn windows(sustained: &Sustained) -> u32 {
        sustained.windows
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_goes_on_is_sustained() {
        let mut sustained = Sustained::default();
        for heard in 1..WINDOWS {
            sustained.hear(5);
            assert_eq!(windows(&sustained), heard);
            advance(WINDOW).await;
        }
        sustained.hear(5);
        assert_eq!((windows(&sustained), sustained.suppressed), (0, 0), "it was said, and is counted anew");
        sustained.hear(5);
        advance(GAP * 2).await;
        sustained.hear(5);
        assert_eq!(windows(&sustained), 1, "the last was long ago");
        sustained.hear(0);
        assert_eq!(windows(&sustained), 0, "nothing was suppressed");
    }
}
