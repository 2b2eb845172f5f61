//! What Prometheus reads, asked of the program as it runs.

use std::time::Duration;

use crate::parts::{
    auth::{ANN, EXPIRED},
    client::{ask, get},
    fake::BetterAuth,
    service::{Service, Setup},
    until,
};

/// All series, each with its value.
struct Series(Vec<(String, f64)>);

impl Series {
    #[track_caller]
    fn read(service: &Service) -> Self {
        let answer = service.get_admin("/metrics");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("Content-Type"), Some("text/plain; version=0.0.4"));
        let lines = answer.body.lines().filter(|line| !line.starts_with('#'));
        let series = lines.map(|line| {
            let (name, value) = line.rsplit_once(' ').expect("a name and a value");
            (name.to_owned(), value.parse().expect("a number"))
        });
        Self(series.collect())
    }

    fn find(&self, name: &str) -> Option<f64> {
        let full = format!("better_auth_verifier_{name}");
        self.0.iter().find(|(series, _)| *series == full).map(|(_, value)| *value)
    }

    #[track_caller]
    fn get(&self, name: &str) -> f64 {
        self.find(name).unwrap_or_else(|| panic!("{name}: {:#?}", self.0))
    }
}

#[test]
fn requests_verdicts_and_caches_are_counted() {
    let service = Setup::with_sessions()
        .with_admin()
        .variable("VERIFIER_SESSION_TABLE__CACHE__MAX_AGE", "1m")
        .config("rate_limit.user.requests = 4")
        .start();
    until("the feed", || {
        let feed = r#"feed_state{feed="sqlite",state="listening",strategy="session_table"}"#;
        Series::read(&service).find(feed).filter(|listening| *listening > 0.5)
    });
    for _ in 0..3 {
        assert_eq!(service.send(&get("/api/me").by(ANN)).status, 200);
    }
    assert_eq!(service.send(&get("/api/todos/no-such").by(ANN)).status, 404);
    assert_eq!(service.send(&get("/api/me").by(ANN)).status, 429);
    assert_eq!(service.send(&get("/api/me").by(EXPIRED)).status, 401);
    assert_eq!(service.send(&ask("DELETE", "/api/me")).status, 405);
    assert_eq!(service.get("/api/public").status, 200);
    assert_eq!(service.get("/nowhere").status, 404);
    let metrics = Series::read(&service);
    for (name, expected) in [
        (r#"http_requests_total{method="GET",route="/api/me",status="200"}"#, 3.0),
        (r#"http_requests_total{method="GET",route="/api/me",status="401"}"#, 1.0),
        (r#"http_requests_total{method="GET",route="/api/me",status="429"}"#, 1.0),
        (r#"http_requests_total{method="DELETE",route="/api/me",status="405"}"#, 1.0),
        (r#"http_requests_total{method="GET",route="/api/todos/{id}",status="404"}"#, 1.0),
        (r#"http_requests_total{method="GET",route="unknown",status="404"}"#, 1.0),
        (r#"http_request_duration_seconds_count{method="GET",route="/api/me"}"#, 5.0),
        (r#"verdicts_total{cause="",strategy="session_table",verdict="verified"}"#, 4.0),
        (r#"verdicts_total{cause="",strategy="none",verdict="guest"}"#, 1.0),
        (r#"verdicts_total{cause="expired",strategy="session_table",verdict="refused"}"#, 1.0),
        (r#"verdicts_total{cause="limited",strategy="session_table",verdict="limited"}"#, 1.0),
        (r#"limited_total{limit="user"}"#, 1.0),
        (r#"cache_requests_total{result="miss",strategy="session_table"}"#, 2.0),
        (r#"cache_requests_total{result="hit",strategy="session_table"}"#, 4.0),
        (r#"lookup_duration_seconds_count{result="answered",strategy="session_table"}"#, 2.0),
        (r#"strategy_ready{strategy="session_table"}"#, 1.0),
        (r#"feed_lag_seconds{feed="sqlite",strategy="session_table"}"#, 0.1),
        (r#"revocation_lag_seconds{strategy="session_table"}"#, 0.1),
        (r#"breaker_open{strategy="session_table"}"#, 0.0),
        (r#"cache_capacity{strategy="session_table"}"#, 100_000.0),
    ] {
        assert!(
            (metrics.get(name) - expected).abs() < 1e-9,
            "{name}: {}, expected {expected}",
            metrics.get(name)
        );
    }
    assert!(metrics.get("connections_max") >= 1.0);
    assert!(metrics.get(r#"http_request_duration_seconds_sum{method="GET",route="/api/me"}"#) > 0.0);
    let version = concat!(r#"build_info{version=""#, env!("CARGO_PKG_VERSION"), r#""}"#);
    assert!(metrics.get(version) > 0.5);
}

#[test]
fn an_outage_opens_a_breaker_and_a_call_is_timed() {
    let better_auth = BetterAuth::start();
    let service = Setup::asking(&better_auth)
        .with_admin()
        .config("get_session.timeout = '100ms'")
        .config("rate_limit.enabled = false")
        .start();
    until("an answer", || (service.send(&get("/api/me").by(ANN)).status == 200).then_some(()));
    let answered = r#"upstream_request_duration_seconds_count{endpoint="get-session",status="2xx"}"#;
    assert!(Series::read(&service).get(answered) >= 1.0);
    better_auth.hold();
    let open = r#"breaker_open{strategy="get_session"}"#;
    until("an open breaker", || {
        assert_eq!(service.send(&get("/api/me").by(ANN)).status, 503);
        (Series::read(&service).get(open) > 0.5).then_some(())
    });
    let metrics = Series::read(&service);
    assert!(metrics.get(r#"breaker_openings_total{strategy="get_session"}"#) >= 1.0);
    let unanswered = r#"lookup_duration_seconds_count{result="unanswered",strategy="get_session"}"#;
    assert!(metrics.get(unanswered) >= 5.0);
    let undecidable = r#"verdicts_total{cause="undecidable",strategy="get_session",verdict="undecidable"}"#;
    assert!(metrics.get(undecidable) >= 5.0);
    until("a rejection", || {
        assert_eq!(service.send(&get("/api/me").by(ANN)).status, 503);
        Series::read(&service).find(r#"breaker_rejections_total{strategy="get_session"}"#)
    });
    better_auth.release();
    until("a closed breaker", || {
        std::thread::sleep(Duration::from_millis(50));
        service.send(&get("/api/me").by(ANN));
        (Series::read(&service).get(open) < 0.5).then_some(())
    });
}

/// Whatever strangers send makes no series of its own.
#[test]
fn labels_do_not_grow_with_what_is_sent() {
    let service = Setup::with_sessions().with_admin().config("rate_limit.enabled = false").start();
    let send = |numbers: std::ops::Range<u32>| {
        for number in numbers {
            service.get(&format!("/made/up/{number}"));
            service.send(&get(&format!("/api/todos/{number}")).by(ANN));
            service.send(&get("/api/me").header("Authorization", format!("Bearer made-up-{number}")));
            service.send(&ask(&format!("BREW{number}"), "/api/me"));
        }
    };
    send(0..1);
    let before = Series::read(&service).0.len();
    send(1..30);
    assert_eq!(Series::read(&service).0.len(), before);
}
