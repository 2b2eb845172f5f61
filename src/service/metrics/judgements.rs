use std::sync::OnceLock;

use prometheus::IntCounter;

use super::Metrics;
use crate::{
    AuthError, Limited, Unverified,
    judgement::{Call, Observer, Outcome, Step, Subject},
    service::verdicts::Verdicts,
};

/// Counts verdicts, cache answers, look-ups and requests to Better Auth, and hands each verdict to those that the operators'
/// page shows.
pub struct Judgements {
    metrics: Metrics,
    strategies: Vec<Counts>,
    guests: OnceLock<IntCounter>,
    verdicts: Verdicts,
}

/// What a cached request counts, by strategy. Handles are looked up when they are first needed.
struct Counts {
    strategy: &'static str,
    verified: OnceLock<IntCounter>,
    hits: OnceLock<IntCounter>,
}

impl Judgements {
    /// Counts for these strategies without a look-up. Others are counted as well.
    pub fn new(
        metrics: Metrics,
        strategies: impl IntoIterator<Item = &'static str>,
        verdicts: Verdicts,
    ) -> Self {
        let counts = |strategy| Counts { strategy, verified: OnceLock::new(), hits: OnceLock::new() };
        let strategies = strategies.into_iter().map(counts).collect();
        Self { metrics, strategies, guests: OnceLock::new(), verdicts }
    }

    fn counts(&self, strategy: &str) -> Option<&Counts> {
        self.strategies.iter().find(|counts| counts.strategy == strategy)
    }

    fn verified(&self, strategy: &'static str) {
        let look_up = || self.metrics.verdicts.with_label_values(&[strategy, "verified", ""]);
        match self.counts(strategy) {
            Some(counts) => counts.verified.get_or_init(look_up).inc(),
            None => look_up().inc(),
        }
    }

    fn hit(&self, strategy: &'static str) {
        let look_up = || self.metrics.cache_requests.with_label_values(&[strategy, "hit"]);
        match self.counts(strategy) {
            Some(counts) => counts.hits.get_or_init(look_up).inc(),
            None => look_up().inc(),
        }
    }

    fn turned_away(&self, error: &AuthError, strategy: &'static str) {
        self.metrics.verdicts.with_label_values(&[strategy, verdict(error), error.cause()]).inc();
        if let AuthError::Limited(Limited { limit, .. }) = error {
            self.metrics.limited.with_label_values(&[*limit]).inc();
        }
    }
}

impl Observer for Judgements {
    fn hears_details(&self) -> bool {
        false
    }

    fn step(&self, step: &Step<'_>) {
        let Metrics { cache_requests, look_up_seconds, breaker_rejections, .. } = &self.metrics;
        match step {
            Step::Remembered { strategy, .. } => self.hit(strategy),
            Step::Shared { strategy, .. } => cache_requests.with_label_values(&[*strategy, "shared"]).inc(),
            Step::NotRemembered { strategy } => {
                cache_requests.with_label_values(&[*strategy, "miss"]).inc();
            }
            Step::LookedUp { strategy, verdict, took } => {
                let is_undecidable =
                    matches!(verdict.as_ref().map_err(Unverified::alone), Err(Unverified::Undecidable(_)));
                let result = if is_undecidable { "unanswered" } else { "answered" };
                look_up_seconds.with_label_values(&[*strategy, result]).observe(took.as_secs_f64());
            }
            Step::BreakerOpen { strategy, .. } => breaker_rejections.with_label_values(&[*strategy]).inc(),
            _ => {}
        }
    }

    fn ended(&self, outcome: Outcome<'_>, subject: &Subject<'_>) {
        match outcome {
            Outcome::Passed(identity) => self.verified(identity.strategy),
            Outcome::Guest => {
                let look_up = || self.metrics.verdicts.with_label_values(&["none", "guest", ""]);
                self.guests.get_or_init(look_up).inc();
            }
            Outcome::TurnedAway(error) => self.turned_away(error, subject.strategy_name()),
            Outcome::Abandoned => {
                let labels = [subject.strategy_name(), "abandoned", ""];
                self.metrics.verdicts.with_label_values(&labels).inc();
            }
        }
        self.verdicts.note(outcome, subject);
    }

    fn called(&self, call: &Call) {
        let class = match call.status.map(|status| status.as_u16()) {
            None => "none",
            // Better Auth's own limit, which is no fault of the request.
            Some(429) => "429",
            Some(..300) => "2xx",
            Some(300..400) => "3xx",
            Some(400..500) => "4xx",
            Some(500..) => "5xx",
        };
        let labels = [call.endpoint, class];
        self.metrics.upstream_seconds.with_label_values(&labels).observe(call.took.as_secs_f64());
    }
}

/// What a failure is, in the words of the contract.
pub fn verdict(error: &AuthError) -> &'static str {
    match error {
        AuthError::Missing | AuthError::OtherScheme => "missing",
        AuthError::Malformed(_) => "malformed",
        AuthError::Denied { .. } | AuthError::UntrustedOrigin => "denied",
        AuthError::Undecided { .. } => "undecidable",
        AuthError::MissingPolicy(_) => "failed",
        AuthError::Limited(_) => "limited",
        AuthError::Unverified(unverified) => match unverified.alone() {
            Unverified::Refused(_) => "refused",
            Unverified::Undecidable(_) | Unverified::PassedOver(_) => "undecidable",
        },
    }
}
