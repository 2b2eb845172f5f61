//! `explain` beside a real Better Auth: what it says of live and ended credentials, and that it changes nothing there.

use chrono::{TimeDelta, Utc};
use serde_json::Value;

use crate::parts::{service::run_with, settings::Settings, signed_in::SignedIn, site::Site, sql};

/// What it says of this input.
#[track_caller]
fn explained(settings: &Settings, input: &str) -> Value {
    let ended = run_with(&["explain", "--json"], &settings.clone().with("log.level", "error").toml(), input);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    serde_json::from_str(&ended.output).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

#[track_caller]
fn expect(said: &Value, outcome: &str, strategy: &str, cause: Option<&str>) {
    let verdict = &said["verdict"];
    assert_eq!(
        (verdict["outcome"].as_str(), verdict["strategy"].as_str()),
        (Some(outcome), Some(strategy)),
        "{said:#}"
    );
    assert_eq!(verdict["cause"].as_str(), cause, "{said:#}");
}

/// A live session in each form, then the same after its end.
async fn live_and_ended(site: &Site, strategy: &str) {
    let session = site.ann().await;
    let settings = Settings::of(&site.better_auth, &["jwt", strategy]);
    let inputs = |session: &SignedIn| {
        [
            format!("Cookie: {}", session.cookie_header()),
            session.bearer_signed.clone(),
            format!(
                "curl {}/api/me -H 'Authorization: Bearer {}'",
                site.better_auth.url(),
                session.bearer_signed
            ),
        ]
    };
    for input in inputs(&session) {
        let said = explained(&settings, &input);
        expect(&said, "verified", strategy, None);
        assert_eq!(said["identity"]["userId"], session.user_id.as_str(), "{said:#}");
        let all = said.to_string();
        assert!(!all.contains(&session.token) && !all.contains(site.better_auth.secret()), "{said:#}");
    }
    let jwt = site.better_auth.jwt(&session).await;
    expect(&explained(&settings, &jwt), "verified", "jwt", None);
    site.better_auth.sign_out(&session).await;
    for input in inputs(&session) {
        expect(&explained(&settings, &input), "refused", strategy, Some("unknown-session"));
    }
    let elsewhere = settings.with("better_auth.secret", "another secret of at least thirty-two bytes");
    expect(&explained(&elsewhere, &session.bearer_signed), "refused", strategy, Some("bad-signature"));
}

#[tokio::test]
async fn of_the_session_table() {
    live_and_ended(Site::sqlite(), "session_table").await;
    live_and_ended(Site::postgres(), "session_table").await;
}

#[tokio::test]
async fn of_get_session() {
    live_and_ended(Site::sqlite(), "get_session").await;
}

#[tokio::test]
async fn of_redis() {
    live_and_ended(Site::redis(), "secondary_storage").await;
}

/// Better Auth extends a session that it is asked for six days before its end, unless it is told not to.
#[tokio::test]
async fn no_session_is_extended() {
    let site = Site::own_sqlite();
    let session = site.ann().await;
    let url = site.better_auth.database_url();
    let end = sql::date(url, Utc::now() + TimeDelta::days(2));
    let of_session = format!("WHERE \"token\" = '{}'", session.token);
    sql::execute(url, &format!("UPDATE \"session\" SET \"expiresAt\" = {end} {of_session}")).await;
    let row = format!("SELECT \"expiresAt\" || \"updatedAt\" FROM \"session\" {of_session}");
    let before = sql::text(url, &row).await;
    let settings = Settings::of(&site.better_auth, &["get_session"]);
    let input = format!("Cookie: {}", session.cookie_header());
    let said = explained(&settings, &input);
    expect(&said, "verified", "get_session", None);
    assert!(said["remarks"].to_string().contains("disableRefresh"), "{said:#}");
    assert_eq!(sql::text(url, &row).await, before);
    // It would have been due: asked as a browser asks, Better Auth extends it.
    site.better_auth.get_session(&session).await;
    assert_ne!(sql::text(url, &row).await, before);
}
