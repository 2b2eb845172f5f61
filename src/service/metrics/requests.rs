use std::{sync::OnceLock, time::Duration};

use poem::http::{Method, StatusCode};
use prometheus::{Histogram, IntCounter};

use super::Metrics;
use crate::service::middleware::AllowedMethods;

/// What no path of the contract, no page and no profile leads to.
const UNKNOWN: &str = "unknown";
/// Names of methods; the last stands for all others.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];
/// Statuses have three digits (RFC 9110 section 15).
const FIRST_STATUS: u16 = 100;
const STATUSES: usize = 500;

/// Counts requests by route, method and status. A handle is looked up when it is first needed.
pub struct Requests {
    metrics: Metrics,
    /// Paths that are written out, then templates such as `/api/todos/{id}`.
    routes: Vec<Route>,
    unknown: Route,
}

/// The requests of one route.
pub struct Route {
    template: String,
    methods: [OnceLock<Box<Counts>>; METHODS.len()],
}

/// The requests of one route with one method.
struct Counts {
    statuses: [OnceLock<IntCounter>; STATUSES],
    seconds: Histogram,
}

impl Requests {
    /// For the requests of these paths and templates.
    pub fn new(metrics: Metrics, templates: impl IntoIterator<Item = String>) -> Self {
        let mut routes: Vec<_> = templates.into_iter().map(Route::new).collect();
        routes.sort_by_key(|route| route.template.contains('{'));
        Self { metrics, routes, unknown: Route::new(UNKNOWN.to_owned()) }
    }

    /// The route that a path leads to.
    pub fn route(&self, path: &str) -> &Route {
        let found = self.routes.iter().find(|route| route.template == path);
        let by_template = || self.routes.iter().find(|route| AllowedMethods::matches(&route.template, path));
        found.or_else(by_template).unwrap_or(&self.unknown)
    }

    /// Counts a request that was answered.
    pub fn answered(&self, route: &Route, method: &Method, status: StatusCode, took: Duration) {
        let name = METHODS.iter().position(|name| *name == method.as_str()).unwrap_or(METHODS.len() - 1);
        let counts = route.methods[name].get_or_init(|| {
            let labels = [&*route.template, METHODS[name]];
            Box::new(Counts {
                statuses: [const { OnceLock::new() }; STATUSES],
                seconds: self.metrics.request_seconds.with_label_values(&labels),
            })
        });
        counts.seconds.observe(took.as_secs_f64());
        let Some(counter) = counts.statuses.get(usize::from(status.as_u16() - FIRST_STATUS)) else { return };
        let look_up = || {
            let labels = [&*route.template, METHODS[name], status.as_str()];
            self.metrics.requests.with_label_values(&labels)
        };
        counter.get_or_init(look_up).inc();
    }
}

impl Route {
    fn new(template: String) -> Self {
        Self { template, methods: [const { OnceLock::new() }; METHODS.len()] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_cannot_make_series() {
        let metrics = Metrics::default();
        let templates = ["/api/todos/{id}", "/api/todos", "/"].map(str::to_owned);
        let requests = Requests::new(metrics.clone(), templates);
        let made_up: Method = "BREW".parse().expect("a method");
        let status = |status| StatusCode::from_u16(status).expect("a status");
        for (method, path, code) in [
            (Method::GET, "/api/todos", 200),
            (Method::GET, "/api/todos/1", 200),
            (Method::GET, "/api/todos/2", 200),
            (Method::GET, "/api/todos/2/3", 404),
            (made_up, "/%2e%2e/secret", 405),
            (Method::GET, "/", 999),
        ] {
            requests.answered(requests.route(path), &method, status(code), Duration::from_micros(300));
        }
        let text = String::from_utf8(metrics.text(Vec::new()).expect("text")).expect("UTF-8");
        let counted: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("better_auth_verifier_http_requests_total{"))
            .collect();
        let expected = [
            r#"{method="GET",route="/api/todos",status="200"} 1"#,
            r#"{method="GET",route="/api/todos/{id}",status="200"} 2"#,
            r#"{method="GET",route="unknown",status="404"} 1"#,
            r#"{method="other",route="unknown",status="405"} 1"#,
        ];
        assert_eq!(counted, expected.map(|line| format!("better_auth_verifier_http_requests_total{line}")));
        assert!(text.contains(r#"duration_seconds_bucket{method="GET",route="/",le="0.0005"} 1"#), "{text}");
    }
}
