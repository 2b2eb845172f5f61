//! Better Auth limits how often a client may ask for sessions. That is no news about the session: 503, never 401, and
//! only for that client.

use std::time::Duration;

use reqwest::{Method, header::RETRY_AFTER};
use serde_json::json;

use crate::parts::{
    answer::Answer, database::Database, presented::Presented, service::Service, settings::Settings,
    site::Site,
};

const REQUESTS: usize = 3;
/// In seconds; longer than a busy machine needs for the requests between.
const WINDOW: u64 = 6;

fn site() -> Site {
    let rules = json!({
        "/get-session": { "window": WINDOW, "max": REQUESTS },
        "/sign-up/email": { "window": 1, "max": 1000 },
    });
    Site::start(&Database::Sqlite, json!({ "rateLimit": { "enabled": true, "customRules": rules } }))
}

fn settings(site: &Site) -> Settings {
    Settings::of(&site.better_auth, &["get_session"]).with("server.trusted_proxies", ["127.0.0.1"])
}

/// As a proxy passes it on for a client of this address.
async fn from(service: &Service, client: &str, path: &str, presented: &Presented) -> Answer {
    service.send(service.request(Method::GET, path, presented).header("x-forwarded-for", client)).await
}

#[tokio::test]
async fn h4_a_client_over_better_auths_limit_waits_and_nobody_else() {
    let site = site();
    let service = settings(&site).start();
    let (session, other) = (site.ann().await, site.ann().await);
    let (cookie, bearer) = (Presented::cookie(&session), Presented::bearer(&other));
    let [first, second] = ["198.51.100.7", "198.51.100.8"];
    for _ in 0..REQUESTS {
        from(&service, first, "/api/me", &cookie).await.accepted();
    }
    // All of the client, whoever uses it and whatever is asked.
    let mut wait = 0;
    for (path, presented) in
        [("/api/me", &cookie), ("/api/me", &bearer), ("/api/public", &cookie), ("/api/me", &cookie)]
    {
        let answer = from(&service, first, path, presented).await;
        answer.undecidable();
        wait = answer.header(RETRY_AFTER).parse().expect("seconds");
        assert!((1..=WINDOW).contains(&wait), "{answer:?}");
    }
    from(&service, first, "/api/public", &Presented::Nothing).await.accepted();
    for _ in 0..REQUESTS {
        from(&service, second, "/api/me", &cookie).await.accepted();
    }
    from(&service, second, "/api/me", &cookie).await.undecidable();
    from(&service, "2001:db8::1", "/api/me", &bearer).await.accepted();
    service.becomes_ready().await;

    tokio::time::sleep(Duration::from_secs(wait)).await;
    from(&service, first, "/api/me", &cookie).await.accepted();
    site.better_auth.sign_out(&session).await;
    from(&service, first, "/api/me", &cookie).await.refused();
}

/// Twenty clients that are all too many: still no reason to think that Better Auth is away.
#[tokio::test]
async fn many_that_are_limited_keep_nobody_out() {
    let site = site();
    let service = settings(&site).start();
    let cookie = Presented::cookie(&site.ann().await);
    for number in 0..20 {
        let client = format!("203.0.113.{number}");
        for _ in 0..REQUESTS {
            from(&service, &client, "/api/me", &cookie).await.accepted();
        }
        from(&service, &client, "/api/me", &cookie).await.undecidable();
    }
    from(&service, "203.0.113.77", "/api/me", &cookie).await.accepted();
    let log = service.stop();
    assert!(!log.contains("not ready any more"), "{log}");
}

/// What is remembered asks nobody.
#[tokio::test]
async fn what_is_remembered_is_not_limited() {
    let site = site();
    let service = settings(&site).with("get_session.cache.max_age", "10m").start();
    let cookie = Presented::cookie(&site.ann().await);
    for _ in 0..3 * REQUESTS {
        from(&service, "198.51.100.7", "/api/me", &cookie).await.accepted();
    }
}

/// `advanced.ipAddress.ipAddressHeaders` of Better Auth names another header than the usual one.
#[tokio::test]
async fn f6_clients_are_counted_by_the_header_that_better_auth_reads() {
    let options = json!({
        "rateLimit": { "enabled": true, "customRules": {
            "/get-session": { "window": 60, "max": 20 },
            "/sign-up/email": { "window": 1, "max": 1000 },
        } },
        "advanced": { "ipAddress": { "ipAddressHeaders": ["cf-connecting-ip"] } },
    });
    let site = Site::start(&Database::Sqlite, options);
    let cookie = Presented::cookie(&site.ann().await);
    let named = settings(&site).with("get_session.client_address_header", "CF-Connecting-IP").start();
    let unnamed = settings(&site).start();
    let statuses = async |service: &Service, client: &str, requests: usize| {
        let mut statuses = Vec::new();
        for _ in 0..requests {
            statuses.push(from(service, client, "/api/me", &cookie).await.status);
        }
        statuses
    };
    let [first, second] = ["198.51.100.7", "198.51.100.8"];
    let forty = statuses(&named, first, 40).await;
    assert_eq!(forty.iter().filter(|status| **status == 200).count(), 20, "{forty:?}");
    assert_eq!(statuses(&named, second, 5).await, [200; 5]);
    let log = named.stop();
    assert!(!log.contains("count all clients as one"), "{log}");

    // Without the key one client's requests are everybody's, and the log says so.
    statuses(&unnamed, first, 40).await;
    assert_eq!(statuses(&unnamed, second, 5).await, [503; 5]);
    let log = unnamed.stop();
    let told: Vec<_> = log.lines().filter(|line| line.contains("count all clients as one")).collect();
    let [told] = told[..] else { panic!("not once:\n{log}") };
    for word in [" WARN ", "get_session.client_address_header", "ipAddressHeaders", "x-forwarded-for"] {
        assert!(told.contains(word), "{word}: {told}");
    }
}
