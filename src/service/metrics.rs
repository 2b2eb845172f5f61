//! What Prometheus reads.
//!
//! What happens is counted when it happens: by handles that are looked up once and then kept, so that a request costs some
//! atomic additions. How things stand is read when Prometheus asks. Every label has few values: they come from the contract,
//! the configuration or the program, never from a client.

mod judgements;
mod readings;
mod requests;

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, TextEncoder, proto::MetricFamily,
};

pub use self::{
    judgements::{Judgements, verdict},
    readings::Readings,
    requests::Requests,
};

const PREFIX: &str = "better_auth_verifier";
/// The media type of the text that [`Metrics::text`] writes.
pub const CONTENT_TYPE: &str = prometheus::TEXT_FORMAT;

/// Seconds. What a cache answers takes a fraction of a millisecond, what a store is asked some, and what is slower than ten
/// seconds has been given up.
const SECONDS: [f64; 16] =
    [0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// All that is counted. Clones count together.
#[derive(Clone)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    request_seconds: HistogramVec,
    verdicts: IntCounterVec,
    limited: IntCounterVec,
    cache_requests: IntCounterVec,
    look_up_seconds: HistogramVec,
    upstream_seconds: HistogramVec,
    breaker_rejections: IntCounterVec,
}

impl Default for Metrics {
    fn default() -> Self {
        let registry = Registry::new();
        Self {
            requests: counter(
                &registry,
                "http_requests_total",
                "Requests that were answered, by the path of the contract, method and status.",
                &["route", "method", "status"],
            ),
            request_seconds: histogram(
                &registry,
                "http_request_duration_seconds",
                "From the first byte of a request to its answer.",
                &["route", "method"],
            ),
            verdicts: counter(
                &registry,
                "verdicts_total",
                "Requests that needed a caller or took one, by the strategy that decided and what it came to.",
                &["strategy", "verdict", "cause"],
            ),
            limited: counter(&registry, "limited_total", "Requests that were over a limit.", &["limit"]),
            cache_requests: counter(
                &registry,
                "cache_requests_total",
                "What caches answered: hit, shared (another request was asking) or miss (the strategy decided).",
                &["strategy", "result"],
            ),
            look_up_seconds: histogram(
                &registry,
                "lookup_duration_seconds",
                "Look-ups of sessions in the store or service that a strategy asks.",
                &["strategy", "result"],
            ),
            upstream_seconds: histogram(
                &registry,
                "upstream_request_duration_seconds",
                "HTTP requests to Better Auth, by its route and the class of the status.",
                &["endpoint", "status"],
            ),
            breaker_rejections: counter(
                &registry,
                "breaker_rejections_total",
                "Look-ups that an open breaker did not let begin.",
                &["strategy"],
            ),
            registry,
        }
    }
}

impl Metrics {
    /// How many requests this limit has refused.
    pub fn refused_by(&self, limit: &str) -> u64 {
        self.limited.with_label_values(&[limit]).get()
    }

    /// Everything as text: what was counted, and what `readings` say of this moment.
    pub fn text(&self, readings: Vec<MetricFamily>) -> Result<Vec<u8>, prometheus::Error> {
        let mut families = self.registry.gather();
        families.extend(readings);
        families.sort_by(|one, other| one.name().cmp(other.name()));
        let mut text = Vec::new();
        TextEncoder::new().encode(&families, &mut text)?;
        Ok(text)
    }
}

fn full_name(name: &str) -> String {
    format!("{PREFIX}_{name}")
}

fn counter(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    let counter = IntCounterVec::new(Opts::new(full_name(name), help), labels);
    registered(registry, counter.expect("names and labels are in form"))
}

fn histogram(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> HistogramVec {
    let opts = HistogramOpts::new(full_name(name), help).buckets(SECONDS.to_vec());
    registered(registry, HistogramVec::new(opts, labels).expect("names and labels are in form"))
}

fn registered<T: prometheus::core::Collector + Clone + 'static>(registry: &Registry, metric: T) -> T {
    registry.register(Box::new(metric.clone())).expect("each name is registered once");
    metric
}
