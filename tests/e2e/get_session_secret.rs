//! get-session where Better Auth's secret is known here, too: forged tokens end here, and a wrong secret is told.

use serde_json::{Value, json};

use crate::parts::{
    better_auth::BetterAuth,
    database::Database,
    presented::{Presented, changed},
    settings::Settings,
    site::Site,
    wait::until,
};

const WARNING: &str = "does not accept a session cookie that better_auth.secret has signed";

/// Better Auth counts what reaches it: of so few requests one more would be too many.
#[tokio::test]
async fn forged_tokens_never_reach_better_auth() {
    let rules =
        json!({ "/get-session": { "window": 60, "max": 2 }, "/sign-up/email": { "window": 1, "max": 1000 } });
    let limit = json!({ "rateLimit": { "enabled": true, "customRules": rules } });
    let site = Site::start(&Database::Sqlite, limit);
    let session = site.ann().await;
    let service = Settings::of(&site.better_auth, &["get_session"])
        .with("server.trusted_proxies", ["127.0.0.1"])
        .start();
    let judge = async |presented: &Presented| {
        let request = service.request(reqwest::Method::GET, "/api/me", presented);
        service.send(request.header("x-forwarded-for", "198.51.100.7")).await
    };
    for _ in 0..50 {
        judge(&Presented::Bearer(changed(&session.bearer_signed, 3))).await.refused();
        judge(&Presented::Cookie(format!("{}={}", session.cookie_name, changed(&session.cookie, 3))))
            .await
            .refused();
    }
    service.has_told("get_session", "bad-signature");
    judge(&Presented::cookie(&session)).await.accepted();
    judge(&Presented::bearer(&session)).await.accepted();
    judge(&Presented::bearer(&session)).await.undecidable();
    service.becomes_ready().await;
    let log = service.stop();
    assert!(!log.contains(WARNING), "{log}");
}

#[tokio::test]
async fn forged_tokens_are_refused_while_better_auth_is_away() {
    let mut site = Site::own_sqlite();
    let session = site.ann().await;
    let service = Settings::of(&site.better_auth, &["get_session"]).start();
    site.better_auth.stop();
    for _ in 0..8 {
        service.me(&Presented::bearer(&session)).await.undecidable();
        service.me(&Presented::Bearer(changed(&session.bearer_signed, 3))).await.refused();
    }
}

async fn wrong_and_right_secret(site: &Site) {
    let session = site.ann().await;
    let right = Settings::of(&site.better_auth, &["get_session"]);
    let wrong = right.clone().with("better_auth.secret", "another-secret-of-the-end-to-end-tests-01").start();
    until(async || wrong.log(), |log| log.contains(WARNING)).await;
    wrong.me(&Presented::cookie(&session)).await.refused();
    let log = wrong.stop();
    let told: Vec<_> = log.lines().filter(|line| line.contains(WARNING)).collect();
    let [told] = told[..] else { panic!("not once:\n{log}") };
    for word in [" WARN ", site.better_auth.url(), "better-auth.session_token", "better_auth.cookie_prefix"] {
        assert!(told.contains(word), "{word}: {told}");
    }
    assert!(!told.contains("another-secret"), "{told}");

    let right = right.start();
    right.becomes_ready().await;
    right.me(&Presented::cookie(&session)).await.accepted();
    let log = right.stop();
    assert!(!log.contains(WARNING), "{log}");
}

#[tokio::test]
async fn a_wrong_secret_is_told_once_and_a_right_one_is_not() {
    let custom = json!({ "plugins": { "admin": {}, "customSession": { "shape": "extended" } } });
    for settings in [json!({}), custom] {
        wrong_and_right_secret(&Site::start(&Database::Sqlite, settings)).await;
    }
}

#[tokio::test]
async fn a_wrong_cookie_name_is_told_as_well() {
    let site = Site::start(&Database::Sqlite, json!({ "advanced": { "cookiePrefix": "acme" } }));
    let service = Settings::of(&site.better_auth, &["get_session"]).start();
    until(async || service.log(), |log| log.contains(WARNING)).await;
    let service =
        Settings::of(&site.better_auth, &["get_session"]).with("better_auth.cookie_prefix", "acme").start();
    service.becomes_ready().await;
    let log = service.stop();
    assert!(!log.contains(WARNING), "{log}");
}

/// What takes a cookie back has been the same in all lines.
#[tokio::test]
async fn every_line_of_better_auth_tells() {
    for version in ["1.3.34", "1.6.34"] {
        let better_auth = BetterAuth::start_version(version, &Database::Sqlite, json!({}));
        wrong_and_right_secret(&Site { better_auth }).await;
    }
}

/// A Better Auth that takes its baseURL from the request knows which hosts it may be asked for.
#[tokio::test]
async fn a_host_that_is_not_allowed_is_named() {
    let options = json!({ "baseURL": { "allowedHosts": ["127.0.0.1:*"] } });
    let site = Site::start(&Database::Sqlite, options);
    let session = site.ann().await;
    let settings = Settings::of(&site.better_auth, &["jwt", "get_session"]);
    let internal = site.better_auth.url().replace("127.0.0.1", "localhost");
    let elsewhere = settings.clone().with("better_auth.internal_url", internal.as_str()).start();
    let jwt = Presented::Bearer(site.better_auth.jwt(&session).await);
    for presented in [Presented::cookie(&session), Presented::bearer(&session), jwt.clone()] {
        elsewhere.me(&presented).await.undecidable();
    }
    let log = elsewhere.stop();
    let host = internal.trim_start_matches("http://");
    for strategy in ["get_session", "jwt"] {
        let mut lines = log.lines().filter(|line| line.contains(strategy));
        assert!(
            lines.any(|line| line.contains(&format!("`{host}`")) && line.contains("allowedHosts")),
            "{strategy}: {log}"
        );
    }
    let named = settings.start();
    for presented in [Presented::cookie(&session), Presented::bearer(&session), jwt] {
        assert_ne!(named.me(&presented).await.accepted()["user"]["id"], Value::Null);
    }
}
