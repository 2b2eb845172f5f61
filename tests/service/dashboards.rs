//! The rules and the dashboard in examples/prometheus ask only for what a running service has, and docs/metrics.md lists it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use serde_json::Value;

use crate::parts::{
    auth::{ANN, BOB},
    client::get,
    fake::BetterAuth,
    service::{Service, Setup},
    until,
};

const PREFIX: &str = "better_auth_verifier_";
/// What Prometheus itself adds to every series.
const OF_PROMETHEUS: [&str; 2] = ["instance", "job"];

/// The labels of each metric.
type Metrics = BTreeMap<String, BTreeSet<String>>;

fn file(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn metrics(service: &Service) -> Metrics {
    let mut metrics = Metrics::new();
    for line in service.get_admin("/metrics").body.lines().filter(|line| line.starts_with(PREFIX)) {
        let (series, _) = line.rsplit_once(' ').expect("a name and a value");
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let labels =
            labels.split("\",").filter_map(|label| label.split_once('=')).map(|(name, _)| name.to_owned());
        metrics.entry(name.to_owned()).or_default().extend(labels);
    }
    metrics
}

/// A service to which everything has happened that is counted.
fn everything() -> Metrics {
    let better_auth = BetterAuth::start();
    let service = Setup::bare()
        .with_admin()
        .config("strategies = ['jwt', 'get_session']")
        .config(&format!("better_auth.url = '{}'", better_auth.url()))
        .config("get_session = { timeout = '100ms', cache = { max_age = '1m' } }")
        .config("rate_limit.user.requests = 2")
        .start();
    let ask = |token: &str| service.send(&get("/api/me").by(token)).status;
    until("an answer", || (ask(ANN) == 200).then_some(()));
    until("a limit", || (ask(ANN) == 429).then_some(()));
    better_auth.hold();
    until("an outage", || {
        assert_eq!(ask(BOB), 503);
        let metrics = metrics(&service);
        let of_outage = ["breaker_rejections_total", "key_set_age_seconds"];
        of_outage.iter().all(|name| metrics.contains_key(&format!("{PREFIX}{name}"))).then_some(metrics)
    })
}

/// The metrics that a query asks for, each with the labels that it selects by; and the labels that it groups by.
fn asked(query: &str) -> (Metrics, BTreeSet<String>) {
    let is_of_name = |one: char| one.is_ascii_alphanumeric() || one == '_';
    let mut metrics = Metrics::new();
    for (at, _) in query.match_indices(PREFIX) {
        let rest = &query[at..];
        let end = rest.find(|one| !is_of_name(one)).unwrap_or(rest.len());
        let selected = rest[end..].strip_prefix('{').and_then(|selectors| selectors.split('}').next());
        let labels = selected.unwrap_or_default().split(',').filter_map(|selector| {
            let name = selector.trim().split(|one| !is_of_name(one)).next()?;
            (!name.is_empty()).then(|| name.to_owned())
        });
        metrics.entry(rest[..end].to_owned()).or_default().extend(labels);
    }
    let groups = query.match_indices("by (").flat_map(|(at, found)| {
        let list = query[at + found.len()..].split(')').next().unwrap_or_default();
        list.split(',').map(|label| label.trim().to_owned())
    });
    (metrics, groups.collect())
}

#[track_caller]
fn expect_there(query: &str, there: &Metrics) {
    let (metrics, groups) = asked(query);
    let is_known = |labels: &BTreeSet<String>, label: &String| {
        labels.contains(label) || OF_PROMETHEUS.contains(&label.as_str())
    };
    for (name, labels) in &metrics {
        let known = there.get(name).unwrap_or_else(|| panic!("{query}: there is no {name}"));
        for label in labels.iter().chain(&groups) {
            assert!(is_known(known, label), "{query}: {name} has no label {label}, but {known:?}");
        }
    }
}

#[test]
fn every_query_asks_for_what_is_there() {
    let there = everything();
    let rules: Value = serde_saphyr::from_str(&file("examples/prometheus/alerts.yml")).expect("YAML");
    let rules = rules["groups"][0]["rules"].as_array().expect("rules").clone();
    assert!(rules.len() > 10);
    for rule in &rules {
        let query = rule["expr"].as_str().expect("a query");
        expect_there(query, &there);
        for text in ["summary", "description"] {
            let text = rule["annotations"][text].as_str().expect("a text");
            // A label that the query does not keep would be empty in the text.
            let (metrics, groups) = asked(query);
            for label in text.split("$labels.").skip(1) {
                let label: String =
                    label.chars().take_while(|one| one.is_ascii_alphanumeric() || *one == '_').collect();
                let is_kept = if groups.is_empty() {
                    label == "instance" || metrics.keys().all(|name| there[name].contains(&label))
                } else {
                    groups.contains(&label)
                };
                assert!(is_kept, "{text}: {query} has no {label}");
            }
        }
    }

    let dashboard: Value = serde_json::from_str(&file("examples/prometheus/dashboard.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let queries: Vec<_> = targets.map(|target| target["expr"].as_str().expect("a query")).collect();
    assert!(queries.len() > 20);
    for query in &queries {
        expect_there(query, &there);
    }

    // The page lists every metric, and the labels of each, and no other.
    let page = file("docs/metrics.md");
    let rows =
        page.lines().filter(|line| line.starts_with("| `")).map(|line| line.split('|').collect::<Vec<_>>());
    let ticked =
        |cell: &str| -> BTreeSet<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let listed: Metrics = rows
        .filter(|cells| cells.len() == 5)
        .flat_map(|cells| ticked(cells[1]).into_iter().map(move |name| (name, ticked(cells[2]))))
        .filter(|(name, _)| name.contains('_') || name == "connections")
        .collect();
    let of_histogram = ["_bucket", "_sum", "_count"];
    let mut documented = Metrics::new();
    for (name, mut labels) in there {
        let name = name.strip_prefix(PREFIX).expect("the prefix");
        let base = of_histogram
            .iter()
            .find_map(|end| name.strip_suffix(end))
            .filter(|base| base.ends_with("_seconds"));
        labels.remove("le");
        documented.entry(base.unwrap_or(name).to_owned()).or_default().extend(labels);
    }
    assert_eq!(listed, documented);
}
