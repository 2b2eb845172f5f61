//! What operators read while real parts work, and while they do not.

use std::time::Duration;

use serde_json::json;

use crate::parts::{
    database::Database,
    postgres::Postgres,
    presented::Presented,
    settings::Settings,
    site::Site,
    triggers::{Owned, migrates},
    wait::until,
};

const HIT: &str = r#"result="hit",strategy="session_table""#;
const MISS: &str = r#"result="miss",strategy="session_table""#;

#[tokio::test]
async fn a_hit_a_refusal_and_an_outage_are_counted_on_postgres() {
    let mut postgres = Postgres::start();
    let site = Site::start(&Database::Postgres(postgres.database("operators")), json!({}));
    let (session, other) = (site.ann().await, site.ann().await);
    let (cookie, other) = (Presented::cookie(&session), Presented::cookie(&other));
    let service = Settings::of(&site.better_auth, &["jwt", "session_table"])
        .with("session_table.timeout", "300ms")
        .with("session_table.cache.max_age", "10m")
        .with_admin()
        .start();
    service.becomes_ready().await;
    let jwt = Presented::Bearer(site.better_auth.jwt(&session).await);
    for presented in [&cookie, &cookie, &cookie, &jwt] {
        service.me(presented).await.accepted();
    }
    let counted = async |labels| service.metric("cache_requests_total", labels).await;
    assert_eq!((&*counted(MISS).await, &*counted(HIT).await), ("1", "2"));
    let answered = r#"result="answered",strategy="session_table""#;
    assert_eq!(service.metric("lookup_duration_seconds_count", answered).await, "1");
    let age = service.measured("key_set_age_seconds", r#"strategy="jwt""#).await;
    assert!(age > 0.0 && age < 60.0, "{age}");
    assert!(
        service.measured("upstream_request_duration_seconds_count", r#"endpoint="jwks",status="2xx""#).await
            >= 1.0
    );

    // Another signature.
    let forged = Presented::Bearer(format!("{}A{}", session.token, &session.bearer_signed[32..]));
    service.me(&forged).await.refused();
    let refused = r#"cause="bad-signature",strategy="session_table",verdict="refused""#;
    assert_eq!(service.metric("verdicts_total", refused).await, "1");

    postgres.stop();
    let breaker = async || service.metric("breaker_open", r#"strategy="session_table""#).await;
    let open = async || {
        service.me(&other).await.undecidable();
        breaker().await
    };
    until(open, |open| open == "1").await;
    // Who is remembered passes all the same.
    service.me(&cookie).await.accepted();
    let unanswered = r#"result="unanswered",strategy="session_table""#;
    assert!(service.measured("lookup_duration_seconds_count", unanswered).await >= 5.0);
    let ready = async || service.metric("strategy_ready", r#"strategy="session_table""#).await;
    until(ready, |ready| ready == "0").await;
    let state = service.state().await;
    assert_eq!((&state["strategies"][1]["state"], &state["ready"]), (&json!("unavailable"), &json!(true)));
    assert_eq!(state["strategies"][1]["parts"][0]["guard"]["open"], true);

    postgres.start_again();
    until(async || service.me(&other).await, |answer| answer.status == 200).await;
    assert_eq!(breaker().await, "0");
    until(ready, |ready| ready == "1").await;
    assert!(service.measured("breaker_openings_total", r#"strategy="session_table""#).await >= 1.0);
}

/// With triggers the database tells of ends; then it goes away, and metrics say so.
#[tokio::test]
async fn a_feed_and_its_lag_are_read() {
    let owned = Owned::start("operators_feed", json!({}));
    let service = owned.as_reader.clone().with("session_table.cache.max_age", "10m").with_admin().start();
    let feed = |state: &str| format!(r#"feed="postgresql",state="{state}",strategy="session_table""#);
    let (unsupported, listening) = (feed("unsupported"), feed("listening"));
    until(async || service.metric("feed_state", &unsupported).await, |is_so| is_so == "1").await;
    assert_eq!(service.metric("revocation_lag_seconds", r#"strategy="session_table""#).await, "600");
    migrates(&owned.as_owner, &[]);
    until(async || service.metric("feed_state", &listening).await, |is_so| is_so == "1").await;
    assert_eq!(service.metric("feed_state", &unsupported).await, "0");
    let lag = service.metric("feed_lag_seconds", r#"feed="postgresql",strategy="session_table""#).await;
    let seconds: f64 = lag.parse().expect("a number");
    assert!(seconds > 0.0 && seconds <= 1.0, "{lag}");
    assert_eq!(service.metric("revocation_lag_seconds", r#"strategy="session_table""#).await, lag);

    let before = service.measured("revocations_total", "").await;
    let session = owned.site.ann().await;
    let presented = Presented::cookie(&session);
    service.me(&presented).await.accepted();
    owned.site.better_auth.sign_out(&session).await;
    until(async || service.me(&presented).await, |answer| answer.status == 401).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(service.measured("revocations_total", "").await > before);
}
