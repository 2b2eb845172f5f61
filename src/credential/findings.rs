use std::{any::Any, fmt, ptr, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::time::Instant;

/// After this time findings are made anew: a live session may have ended meanwhile. Counted from the first finding, so that
/// keeping another does not extend it.
const KEPT_FOR: Duration = Duration::from_secs(5);

/// The findings of one judgement about a credential so far, so that nothing is read or verified twice.
///
/// Only facts that no revocation changes: a user may be cut off between one look and the next.
///
/// A copy of the credential begins without findings: it may be judged at another time or beside other cookies.
#[derive(Default)]
pub(crate) struct Findings {
    found: Mutex<Found>,
    decider: Mutex<Option<&'static str>>,
}

#[derive(Default)]
struct Found {
    /// When the first was kept.
    since: Option<Instant>,
    all: Vec<Finding>,
}

struct Finding {
    /// The keys or settings that it depends on. Held, so that nothing else gets its address meanwhile.
    by: Arc<dyn Any + Send + Sync>,
    what: Box<dyn Any + Send>,
}

impl Findings {
    /// Keeps a finding made with these keys or settings.
    pub fn keep<B: Any + Send + Sync, T: Any + Send>(&self, by: &Arc<B>, what: T) {
        let mut found = self.found.lock();
        found.since.get_or_insert_with(Instant::now);
        found.all.push(Finding { by: by.clone(), what: Box::new(what) });
    }

    /// Takes a finding made with exactly these keys or settings; equal ones do not count.
    pub fn take<B, T: Any>(&self, by: &Arc<B>) -> Option<T> {
        let mut found = self.found.lock();
        if found.since.is_some_and(|since| since.elapsed() >= KEPT_FOR) {
            *found = Found::default();
        }
        let is_it = |finding: &Finding| {
            ptr::addr_eq(Arc::as_ptr(&finding.by), Arc::as_ptr(by)) && finding.what.is::<T>()
        };
        let at = found.all.iter().position(is_it)?;
        found.all.swap_remove(at).what.downcast().ok().map(|what| *what)
    }

    /// Sets the strategy that reached the verdict: a fallback, or `None` for the strategy that was asked.
    pub fn keep_decider(&self, strategy: Option<&'static str>) {
        *self.decider.lock() = strategy;
    }

    /// The strategy that reached the last verdict, if it was a fallback.
    pub fn take_decider(&self) -> Option<&'static str> {
        self.decider.lock().take()
    }
}

impl Clone for Findings {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Findings")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_belongs_to_what_it_was_found_by_and_is_taken_once() {
        let findings = Findings::default();
        let (one, other) = (Arc::new("settings"), Arc::new("settings"));
        findings.keep(&one, 1_u8);
        assert_eq!(findings.take::<_, u8>(&other), None, "equal is not the same");
        assert_eq!(findings.take::<_, u16>(&one), None, "another kind of finding");
        assert_eq!(findings.clone().take::<_, u8>(&one), None, "a copy begins anew");
        assert_eq!(findings.take::<_, u8>(&one), Some(1));
        assert_eq!(findings.take::<_, u8>(&one), None);
    }

    #[tokio::test(start_paused = true)]
    async fn s7_a_finding_is_no_longer_believed_when_a_token_may_have_ended_since() {
        let by = Arc::new(());
        for (age, expected) in [(Duration::from_secs(4), Some("alive")), (KEPT_FOR, None)] {
            let findings = Findings::default();
            findings.keep(&by, "alive");
            tokio::time::advance(age).await;
            assert_eq!(findings.take::<_, &str>(&by), expected, "{age:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn s7_a_finding_that_is_kept_again_lives_no_longer() {
        let (findings, by) = (Findings::default(), Arc::new(()));
        findings.keep(&by, "alive");
        tokio::time::advance(Duration::from_secs(4)).await;
        let found = findings.take::<_, &str>(&by).expect("recent");
        findings.keep(&by, found);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(findings.take::<_, &str>(&by), None);
        findings.keep(&by, "found anew");
        tokio::time::advance(Duration::from_secs(4)).await;
        assert_eq!(findings.take::<_, &str>(&by), Some("found anew"));
    }

    #[test]
    fn settings_that_change_have_found_nothing() {
        let findings = Findings::default();
        let mut settings = Arc::new(1);
        findings.keep(&settings, "by 1");
        *Arc::make_mut(&mut settings) = 2;
        assert_eq!(findings.take::<_, &str>(&settings), None);
    }
}
