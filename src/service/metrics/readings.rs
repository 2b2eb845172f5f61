use prometheus::{
    GaugeVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    core::{Atomic, Collector, GenericGauge},
    proto::MetricFamily,
};

use super::full_name;
use crate::{
    app::readiness::Standing,
    revocation::Hearing,
    service::server::Occupancy,
    strategy::{Freshness, Vitals},
};

/// How things stand at one moment, as metrics. A strategy may be there twice, for itself and as a fallback: what counts something is
/// then added, of all else the larger is shown.
#[derive(Default)]
pub struct Readings(Vec<MetricFamily>);

impl Readings {
    /// How the service stands as a whole: `revocations` were heard of since it began.
    pub fn of(strategies: &[Standing], occupancy: &Occupancy, revocations: u64) -> Vec<MetricFamily> {
        let mut readings = Self::default();
        readings.version();
        readings.readiness(strategies);
        readings.feeds(strategies);
        let vitals: Vec<_> = strategies.iter().flat_map(|standing| &standing.vitals).collect();
        readings.caches(&vitals);
        readings.guards(&vitals);
        readings.keys(&vitals);
        readings.total(
            "revocations_total",
            "Ends and changes of sessions and users that were heard of.",
            revocations,
        );
        readings.connections(occupancy);
        readings.0
    }

    fn version(&mut self) {
        let info = int_gauges("build_info", "The version that runs; always 1.", &["version"]);
        info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        self.add(&[info]);
    }

    fn readiness(&mut self, strategies: &[Standing]) {
        let ready = int_gauges("strategy_ready", "Whether a strategy can decide now.", &["strategy"]);
        let within = gauges(
            "revocation_lag_seconds",
            "A sign-out is seen within this time, as things are now. Absent where only the credential's expiry ends it.",
            &["strategy"],
        );
        for Standing { name, is_ready, freshness, .. } in strategies {
            ready.with_label_values(&[*name]).set((*is_ready).into());
            if let Some(lag) = freshness.within {
                within.with_label_values(&[*name]).set(lag.as_secs_f64());
            }
        }
        self.add(&[ready]);
        self.add(&[within]);
    }

    fn feeds(&mut self, strategies: &[Standing]) {
        let states = int_gauges(
            "feed_state",
            "1 for the state that a feed of revocations is in: listening, lost or unsupported.",
            &["strategy", "feed", "state"],
        );
        let lag = gauges(
            "feed_lag_seconds",
            "The time within which a feed that listens tells.",
            &["strategy", "feed"],
        );
        for Standing { name, freshness: Freshness { feeds, .. }, .. } in strategies {
            for feed in feeds {
                for state in ["listening", "lost", "unsupported"] {
                    let is_so = i64::from(state == feed.hearing.name());
                    raise(&states.with_label_values(&[*name, feed.name, state]), is_so);
                }
                if let Hearing::Listening(within) = feed.hearing {
                    raise(&lag.with_label_values(&[*name, feed.name]), within.as_secs_f64());
                }
            }
        }
        self.add(&[states]);
        self.add(&[lag]);
    }

    fn caches(&mut self, vitals: &[&Vitals]) {
        let labels = &["strategy"];
        let entries = int_gauges("cache_entries", "Identities that a cache holds, a moment old.", labels);
        let weight =
            int_gauges("cache_weight", "What they count for: a large one once for each KiB.", labels);
        let capacity = int_gauges("cache_capacity", "The most that they may count for.", labels);
        for (strategy, cache) in vitals.iter().filter_map(|one| Some((one.strategy, one.cache.as_ref()?))) {
            entries.with_label_values(&[strategy]).add(whole(cache.entries));
            weight.with_label_values(&[strategy]).add(whole(cache.weight));
            capacity.with_label_values(&[strategy]).add(whole(cache.capacity));
        }
        self.add(&[entries, weight, capacity]);
    }

    fn guards(&mut self, vitals: &[&Vitals]) {
        let labels = &["strategy"];
        let open = int_gauges(
            "breaker_open",
            "Whether what a strategy asks was out of reach so often that requests are answered without asking.",
            labels,
        );
        let openings = IntCounterVec::new(
            Opts::new(full_name("breaker_openings_total"), "How often a breaker has opened."),
            labels,
        );
        let openings = openings.expect("names and labels are in form");
        let under_way = int_gauges("lookups_under_way", "Look-ups that have begun and not ended.", labels);
        let waiting = int_gauges("lookups_waiting", "Look-ups that wait for their turn.", labels);
        for (strategy, guard) in vitals.iter().filter_map(|one| Some((one.strategy, one.guard.as_ref()?))) {
            raise(&open.with_label_values(&[strategy]), guard.is_open.into());
            openings.with_label_values(&[strategy]).inc_by(guard.openings);
            under_way.with_label_values(&[strategy]).add(whole(guard.under_way));
            waiting.with_label_values(&[strategy]).add(whole(guard.waiting));
        }
        self.add(&[openings]);
        self.add(&[open, under_way, waiting]);
    }

    fn keys(&mut self, vitals: &[&Vitals]) {
        let labels = &["strategy"];
        let keys = int_gauges("key_set_keys", "Keys in the last good key set of Better Auth.", labels);
        let age =
            gauges("key_set_age_seconds", "The time since it was fetched. Absent before the first.", labels);
        let max_age =
            gauges("key_set_max_age_seconds", "The age at which it is not believed any more.", labels);
        let failing = int_gauges("key_set_failing", "Whether the last fetch failed.", labels);
        for (strategy, of) in vitals.iter().filter_map(|one| Some((one.strategy, one.keys.as_ref()?))) {
            raise(&keys.with_label_values(&[strategy]), whole(of.keys));
            raise(&max_age.with_label_values(&[strategy]), of.max_age.as_secs_f64());
            raise(&failing.with_label_values(&[strategy]), of.failure.is_some().into());
            if let Some(time) = of.age {
                raise(&age.with_label_values(&[strategy]), time.as_secs_f64());
            }
        }
        self.add(&[keys, failing]);
        self.add(&[age, max_age]);
    }

    fn connections(&mut self, occupancy: &Occupancy) {
        self.value("connections", "Connections of clients that are open.", occupancy.connections);
        self.value("connections_max", "The most that may be open at once.", occupancy.most);
        self.value("connection_clients", "Addresses that have connections.", occupancy.clients);
        let counter = |name, help| {
            let counter = IntCounterVec::new(Opts::new(full_name(name), help), &["cap"]);
            counter.expect("names and labels are in form")
        };
        let closed =
            counter("connections_closed_total", "Connections that a cap closed, often for a newer one.");
        let refused = counter("connections_refused_total", "New connections that a cap kept out.");
        for cap in &occupancy.caps {
            closed.with_label_values(&[cap.name]).inc_by(cap.closed);
            refused.with_label_values(&[cap.name]).inc_by(cap.refused);
        }
        self.add(&[closed, refused]);
    }

    fn value(&mut self, name: &str, help: &str, value: usize) {
        let gauge = IntGauge::new(full_name(name), help).expect("names are in form");
        gauge.set(whole(value));
        self.add(&[gauge]);
    }

    fn total(&mut self, name: &str, help: &str, value: u64) {
        let counter = IntCounter::new(full_name(name), help).expect("names are in form");
        counter.inc_by(value);
        self.add(&[counter]);
    }

    /// What has no value at all is left out.
    fn add(&mut self, metrics: &[impl Collector]) {
        let families = metrics.iter().flat_map(Collector::collect);
        self.0.extend(families.filter(|family| !family.get_metric().is_empty()));
    }
}

/// Sets a gauge to a value, unless it has a larger one. A gauge begins with zero.
fn raise<P: Atomic>(gauge: &GenericGauge<P>, value: P::T) {
    if value > gauge.get() {
        gauge.set(value);
    }
}

fn gauges(name: &str, help: &str, labels: &[&str]) -> GaugeVec {
    GaugeVec::new(Opts::new(full_name(name), help), labels).expect("names and labels are in form")
}

fn int_gauges(name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    IntGaugeVec::new(Opts::new(full_name(name), help), labels).expect("names and labels are in form")
}

/// A gauge counts no further.
fn whole(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::strategy::{CacheVitals, GuardVitals, KeyVitals};

    /// A strategy by itself, and the same once more as a fallback.
    #[test]
    fn a_strategy_that_is_there_twice_is_shown_whole() {
        let with = |entries, is_open, waiting, keys, age: u64| Vitals {
            cache: Some(CacheVitals {
                entries,
                weight: entries,
                capacity: 100,
                max_age: Duration::from_mins(1),
            }),
            guard: Some(GuardVitals { is_open, openings: 1, under_way: 2, waiting }),
            keys: Some(KeyVitals {
                keys,
                age: Some(Duration::from_secs(age)),
                max_age: Duration::from_hours(1),
                failure: is_open.then(|| "away".to_owned()),
            }),
            ..Vitals::of("twice")
        };
        let (busy, idle) = (with(30, true, 5, 2, 60), with(4, false, 0, 1, 7));
        let mut readings = Readings::default();
        readings.caches(&[&busy, &idle]);
        readings.guards(&[&busy, &idle]);
        readings.keys(&[&busy, &idle]);
        let text = prometheus::TextEncoder::new().encode_to_string(&readings.0).expect("text");
        for line in [
            "cache_entries{strategy=\"twice\"} 34",
            "cache_capacity{strategy=\"twice\"} 200",
            "breaker_open{strategy=\"twice\"} 1",
            "breaker_openings_total{strategy=\"twice\"} 2",
            "lookups_under_way{strategy=\"twice\"} 4",
            "lookups_waiting{strategy=\"twice\"} 5",
            "key_set_keys{strategy=\"twice\"} 2",
            "key_set_age_seconds{strategy=\"twice\"} 60",
            "key_set_failing{strategy=\"twice\"} 1",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }
}
