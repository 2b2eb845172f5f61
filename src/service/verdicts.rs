//! The last verdicts, for operators who look at them. Never a token.

use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde::Serialize;
use tokio::time::Instant;

use super::{current_request::CurrentRequest, metrics};
use crate::{
    Clock,
    judgement::{Outcome, Subject},
};

/// As many as somebody reads, and few enough to send all of them at once.
const MOST_FAILURES: usize = 500;
/// Of callers who passed. They have places of their own: however many pass, no failure is forgotten for them.
const MOST_PASSED: usize = 250;
/// Longer than a page waits before it asks again.
const WATCHED_FOR: Duration = Duration::from_secs(15);
/// A reason may be long; its beginning says enough.
const MAX_DETAIL: usize = 300;

/// The last verdicts. Failures are always kept. Callers who passed are kept only while somebody watches: otherwise a request
/// costs one look at a number. Clones keep the same.
#[derive(Clone)]
pub struct Verdicts(Arc<Inner>);

struct Inner {
    clock: Clock,
    began: Instant,
    /// Until when callers who passed are kept, in milliseconds since it began.
    watched_until: AtomicU64,
    /// The number of the last one; they are numbered from 1. It changes only under the lock of the ring that takes the verdict.
    last: AtomicU64,
    failures: Ring,
    passed: Ring,
}

/// The last verdicts of one sort, in the order of their numbers.
struct Ring {
    most: usize,
    verdicts: Mutex<VecDeque<Verdict>>,
}

/// One verdict.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    number: u64,
    at: DateTime<Utc>,
    #[serde(rename = "verdict")]
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    strategy: &'static str,
    carrier: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// What has come since a certain one.
#[derive(Debug, Serialize)]
pub struct News {
    /// The number of the last verdict there is: what to ask from next time.
    last: u64,
    verdicts: Vec<Verdict>,
}

impl Verdicts {
    /// None yet. They are dated by this clock.
    pub fn new(clock: Clock) -> Self {
        Self(Arc::new(Inner {
            clock,
            began: Instant::now(),
            watched_until: AtomicU64::new(0),
            last: AtomicU64::new(0),
            failures: Ring::new(MOST_FAILURES),
            passed: Ring::new(MOST_PASSED),
        }))
    }

    /// Keeps a verdict, if it is to be kept.
    pub fn note(&self, outcome: Outcome<'_>, subject: &Subject<'_>) {
        let Inner { clock, last, failures, passed, .. } = &*self.0;
        let (ring, outcome, cause, user, detail) = match outcome {
            Outcome::TurnedAway(error) => {
                let detail = shortened(error.to_string());
                (failures, metrics::verdict(error), Some(error.cause()), None, Some(detail))
            }
            _ if !self.is_watched() => return,
            Outcome::Passed(identity) => (passed, "verified", None, Some(identity.user.id.clone()), None),
            Outcome::Guest => (passed, "guest", None, None, None),
            Outcome::Abandoned => (passed, "abandoned", None, None, None),
        };
        let (request_id, request) = CurrentRequest::with(|request| {
            (request.id().0.clone(), format!("{} {}", request.method(), request.path()))
        })
        .unzip();
        let verdict = Verdict {
            number: 0,
            at: clock.now(),
            outcome,
            cause,
            strategy: subject.strategy_name(),
            carrier: subject.carrier_name(),
            client: subject.client,
            user,
            request_id,
            request,
            detail,
        };
        ring.keep(verdict, last);
    }

    /// What has come since the one of this number. For a while all verdicts are kept: somebody watches.
    pub fn since(&self, number: u64) -> News {
        self.0.watched_until.store(self.0.now() + milliseconds(WATCHED_FOR), Ordering::Relaxed);
        let Inner { last, failures, passed, .. } = &*self.0;
        let (failures, passed) = (failures.verdicts.lock(), passed.verdicts.lock());
        let last = last.load(Ordering::Relaxed);
        let news = failures.iter().chain(&*passed).filter(|verdict| verdict.number > number);
        let mut verdicts: Vec<_> = news.cloned().collect();
        verdicts.sort_unstable_by_key(|verdict| verdict.number);
        News { last, verdicts }
    }

    fn is_watched(&self) -> bool {
        // Most of the time nobody watches: then nobody reads the time.
        let until = self.0.watched_until.load(Ordering::Relaxed);
        if until == 0 || self.0.now() < until {
            return until != 0;
        }
        let _ = self.0.watched_until.compare_exchange(until, 0, Ordering::Relaxed, Ordering::Relaxed);
        false
    }
}

impl Ring {
    fn new(most: usize) -> Self {
        Self { most, verdicts: Mutex::default() }
    }

    /// Numbers a verdict and keeps it, if need be in place of the oldest.
    fn keep(&self, verdict: Verdict, last: &AtomicU64) {
        let mut verdicts = self.verdicts.lock();
        let number = last.fetch_add(1, Ordering::Relaxed) + 1;
        if verdicts.len() == self.most {
            verdicts.pop_front();
        }
        verdicts.push_back(Verdict { number, ..verdict });
    }
}

impl Inner {
    fn now(&self) -> u64 {
        milliseconds(self.began.elapsed())
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn shortened(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MAX_DETAIL));
    text
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::{AuthError, Identity, Refusal, User};

    fn numbers(news: &News) -> Vec<u64> {
        news.verdicts.iter().map(|verdict| verdict.number).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn callers_who_pass_are_kept_while_somebody_watches() {
        let verdicts = Verdicts::new(Clock::System);
        let identity = Identity::new(User::new("ann"), Utc::now());
        let pass = || verdicts.note(Outcome::Passed(&identity), &Subject::default());
        pass();
        assert_eq!(numbers(&verdicts.since(0)), [0_u64; 0]);
        pass();
        advance(WATCHED_FOR / 2).await;
        pass();
        assert_eq!(numbers(&verdicts.since(1)), [2]);
        advance(WATCHED_FOR).await;
        pass();
        assert_eq!(verdicts.since(0).last, 2);
    }

    fn refuse(verdicts: &Verdicts) {
        let error = AuthError::from(Refusal::Expired);
        verdicts.note(Outcome::TurnedAway(&error), &Subject::default());
    }

    /// While somebody watches, a busy service has many more of these than of failures.
    #[test]
    fn callers_who_pass_push_no_failure_out() {
        let verdicts = Verdicts::new(Clock::System);
        let identity = Identity::new(User::new("ann"), Utc::now());
        verdicts.since(0);
        for _ in 0..2 {
            refuse(&verdicts);
            for _ in 0..MOST_FAILURES {
                verdicts.note(Outcome::Passed(&identity), &Subject::default());
            }
        }
        let news = verdicts.since(0);
        let refused: Vec<_> = news
            .verdicts
            .iter()
            .filter(|verdict| verdict.outcome == "refused")
            .map(|one| one.number)
            .collect();
        assert_eq!((refused, news.verdicts.len(), news.last), (vec![1, 502], MOST_PASSED + 2, 1002));
        assert!(news.verdicts.is_sorted_by_key(|verdict| verdict.number), "{news:?}");
    }

    #[test]
    fn failures_are_kept_and_not_too_many() {
        let verdicts = Verdicts::new(Clock::System);
        for _ in 0..MOST_FAILURES + 10 {
            refuse(&verdicts);
        }
        let news = verdicts.since(0);
        assert_eq!((news.verdicts.len(), news.verdicts[0].number, news.last), (MOST_FAILURES, 11, 510));
        let first = serde_json::to_value(&news.verdicts[0]).expect("JSON");
        assert_eq!((&first["verdict"], &first["cause"]), (&"refused".into(), &"expired".into()));
        assert_eq!((&first["strategy"], first.get("client")), (&"none".into(), None));
    }
}
