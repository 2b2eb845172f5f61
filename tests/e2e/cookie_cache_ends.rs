//! How long a cookie cache is believed: that a session has ended is not seen before.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::parts::{
    cookie_cache::{self, FORMS, settings},
    presented::Presented,
    service::Service,
    settings::Settings,
    site::Site,
    wait::until,
};

const STRATEGY: &str = "session_cookie_cache";
/// Longer than a busy machine needs between two lines of a test.
const MAX_AGE: u32 = 4;

/// Told by the documentation, and the same at Better Auth itself.
#[tokio::test]
async fn a_sign_out_is_seen_when_the_cache_ends() {
    let sites = FORMS.map(|form| cookie_cache::site(form, MAX_AGE, json!({})));
    let services: Vec<[Service; 3]> = sites
        .iter()
        .map(|site| {
            [
                settings(site, &[STRATEGY]).start(),
                settings(site, &[STRATEGY, "session_table"]).start(),
                // Also where verdicts are remembered for longer than that.
                Settings::of(&site.better_auth, &[STRATEGY, "session_table"]).start(),
            ]
        })
        .collect();
    join_all(sites.iter().zip(&services).map(|(site, services)| signs_out(site, services))).await;
}

async fn signs_out(site: &Site, services: &[Service]) {
    let session = site.ann().await;
    let cookies = Presented::cookies(&session);
    site.better_auth.sign_out(&session).await;
    for service in services {
        assert_eq!(service.me(&cookies).await.accepted()["strategy"], STRATEGY);
    }
    assert_ne!(site.better_auth.get_session(&session).await, Value::Null);
    tokio::time::sleep(Duration::from_secs(MAX_AGE.into())).await;
    for service in services {
        until(async || service.me(&cookies).await, |answer| answer.status != 200).await.refused();
    }
    services[1].has_told("session_table", "unknown-session");
}

#[tokio::test]
async fn a_live_session_is_looked_up_when_the_cache_has_ended() {
    let site = cookie_cache::site(FORMS[0], 1, json!({}));
    let mut session = site.ann().await;
    let service = settings(&site, &[STRATEGY, "session_table"]).start();
    let by = async |presented: Presented| service.me(&presented).await.accepted()["strategy"].clone();
    let old = session.cookie_header();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(by(Presented::Cookie(old)).await, "session_table");
    // A page that asks Better Auth is given a new one.
    let page = reqwest::Client::new().get(format!("{}/api/auth/get-session", site.better_auth.url()));
    let answer = page.header("cookie", session.cookie_header()).send().await.expect("Better Auth answers");
    session.keep(&answer);
    assert_eq!(by(Presented::cookies(&session)).await, STRATEGY);
}

/// A cache that says more than its session: the session was ended by hand, and the cache was made before that.
#[tokio::test]
async fn the_cache_never_outlives_its_session() {
    let site = cookie_cache::site(
        FORMS[0],
        300,
        json!({
            "session": { "expiresIn": MAX_AGE, "cookieCache": { "enabled": true, "maxAge": 300 } },
        }),
    );
    let service = settings(&site, &[STRATEGY]).start();
    let cookies = Presented::cookies(&site.ann().await);
    let known = service.me(&cookies).await;
    assert_eq!(known.accepted()["expiresAt"], known.body["session"]["expiresAt"]);
    tokio::time::sleep(Duration::from_secs(MAX_AGE.into())).await;
    until(async || service.me(&cookies).await, |answer| answer.status != 200).await.refused();
}
