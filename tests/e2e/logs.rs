//! What the log says, and what it never says. That no credential stands in it is checked at the end of each
//! [`Service`](crate::parts::service::Service).

use serde_json::{Value, json};

use crate::parts::{
    database::Database,
    everywhere,
    presented::{Presented, changed},
    settings::{ALL, Settings},
    site::Site,
};

/// Every line is one JSON object.
fn lines(log: &str) -> Vec<Value> {
    let line = |line| serde_json::from_str(line).unwrap_or_else(|fault| panic!("{fault}: {line}\n{log}"));
    let lines: Vec<Value> = log.lines().map(line).collect();
    assert!(
        lines.iter().all(|line| line["timestamp"].as_str().is_some_and(|time| time.ends_with('Z'))),
        "{log}"
    );
    lines
}

fn has(lines: &[Value], expected: &[(&str, &str)]) -> bool {
    lines.iter().any(|line| expected.iter().all(|(name, value)| line[*name] == *value))
}

#[tokio::test]
async fn refusals_and_outages_are_told_with_their_cause() {
    let mut site = Site::own_sqlite();
    let session = site.ann().await;
    let jwt = site.better_auth.jwt(&session).await;
    let signed = &session.bearer_signed;
    let forged = [
        ("session_table", "authorization", "bad-signature", Presented::Bearer(changed(signed, 0))),
        ("none", "header", "unclaimed", Presented::Header(session.token.clone())),
        ("jwt", "authorization", "bad-signature", Presented::Bearer(changed(&jwt, jwt.len() - 2))),
        ("session_table", "cookie", "unknown-session", Presented::cookie(&session)),
    ];
    let json_lines = Settings::of(&site.better_auth, &ALL).with("log.format", "json").start();
    let text_lines = Settings::of(&site.better_auth, &ALL).start();
    for service in [&json_lines, &text_lines] {
        service.me(&Presented::cookie(&session)).await.accepted();
        service.me(&Presented::Bearer(jwt.clone())).await.accepted();
    }
    let asks = Settings::of(&site.better_auth, &["get_session"]).with("log.format", "json").start();
    site.better_auth.sign_out(&session).await;
    asks.me(&Presented::cookie(&session)).await.refused();
    site.better_auth.stop();
    asks.me(&Presented::bearer(&session)).await.undecidable();
    for (.., presented) in &forged {
        json_lines.me(presented).await.refused();
        text_lines.me(presented).await.refused();
    }

    let (log, text) = (json_lines.stop(), text_lines.stop());
    for (strategy, carrier, cause, _) in &forged {
        let expected = [
            ("level", "INFO"),
            ("auth.strategy", strategy),
            ("auth.carrier", carrier),
            ("auth.cause", cause),
        ];
        assert!(has(&lines(&log), &expected), "{expected:?}\n{log}");
        let of_raw = [
            ("auth.cause", *cause),
            (
                "hint",
                "it looks like an unsigned session token; these are read only with better_auth.raw_tokens = true",
            ),
        ];
        assert_eq!(has(&lines(&log), &of_raw), *cause == "unclaimed", "{log}");
        let mut text = text.lines().filter(|line| line.contains(" INFO "));
        let expected = [
            format!("auth.strategy=\"{strategy}\""),
            format!("auth.carrier=\"{carrier}\""),
            format!("auth.cause=\"{cause}\""),
        ];
        assert!(text.any(|line| expected.iter().all(|word| line.contains(word))), "{expected:?}");
    }
    let log = asks.stop();
    let told = lines(&log);
    assert!(
        has(&told, &[("level", "INFO"), ("auth.strategy", "get_session"), ("auth.cause", "unknown-session")]),
        "{log}"
    );
    assert!(
        has(&told, &[("level", "WARN"), ("auth.strategy", "get_session"), ("auth.carrier", "authorization")]),
        "{log}"
    );
    // The request a client complains of can be found.
    assert!(told.iter().any(|line| line["requestId"].is_string() && line["path"] == "/api/me"), "{log}");
}

/// However much is asked for: this program's own lines and those of what it is built on.
#[tokio::test]
async fn no_level_shows_a_credential() {
    for site in [Site::sqlite(), Site::postgres(), Site::mariadb()] {
        for strategies in [&ALL[..], &["get_session"]] {
            let session = site.ann().await;
            let jwt = site.better_auth.jwt(&session).await;
            let settings = Settings::of(&site.better_auth, strategies).with("log.level", "trace");
            let service = settings.with("better_auth.raw_tokens", true).start();
            let all = [
                Presented::cookie(&session),
                Presented::bearer(&session),
                Presented::Bearer(session.token.clone()),
                Presented::Header(session.token.clone()),
                Presented::Bearer(jwt.clone()),
                Presented::Bearer(changed(&jwt, jwt.len() - 2)),
                Presented::Bearer(changed(&session.bearer_signed, 0)),
            ];
            for presented in &all {
                service.me(presented).await;
            }
            site.better_auth.sign_out(&session).await;
            service.me(&all[0]).await.refused();
            let log = service.log();
            assert!(log.contains("TRACE"), "{log}");
            assert!(!log.contains(site.better_auth.secret()), "{log}");
        }
    }
}

/// Nor do the strategies that are told their own keys and cookies by Better Auth.
#[tokio::test]
async fn no_level_shows_what_redis_and_cookies_hold() {
    let site = everywhere::site(&Database::Sqlite, json!({}));
    for strategies in [&["secondary_storage"][..], &["session_cookie_cache", "secondary_storage"]] {
        let session = site.ann().await;
        let settings = Settings::of(&site.better_auth, strategies).with("log.level", "trace");
        let service = settings.with("better_auth.raw_tokens", true).start();
        let forged = changed(&session.cookie_header(), session.cookie_header().len() - 2);
        for presented in [
            Presented::cookies(&session),
            Presented::cookie(&session),
            Presented::Bearer(session.token.clone()),
            Presented::Cookie(forged),
        ] {
            service.me(&presented).await;
        }
        site.better_auth.sign_out(&session).await;
        service.me(&Presented::cookie(&session)).await.refused();
        let log = service.log();
        assert!(log.contains("DEBUG"), "{log}");
        assert!(!log.contains(site.better_auth.secret()), "{log}");
    }
}

/// The check at the end of each service can fail.
#[tokio::test]
#[should_panic(expected = "stands in the log")]
async fn a_credential_in_the_log_is_found() {
    let service = Settings::of(&Site::sqlite().better_auth, &["jwt"]).with("log.level", "debug").start();
    let token = "AbCdEfGhIjKlMnOpQrStUvWxYz012345";
    service.get(&format!("/api/{token}"), &Presented::Bearer(token.into())).await;
}

/// A fault of the configuration is told without the secret that stands in it.
#[test]
fn a_fault_shows_no_secret() {
    let toml = "strategies = [\"session_table\"]\nbetter_auth.secret = 123456789123456789\n\
                session_table.database_url = \"postgres://ann:hunter2@db.example.test/app?sslmode=none\"\n";
    let ended = crate::parts::service::run(&["serve"], toml);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for key in ["better_auth.secret", "session_table.database_url"] {
        assert!(ended.output.lines().any(|line| line.contains(key)), "{ended:?}");
    }
    for secret in ["123456789123456789", "hunter2"] {
        assert!(!ended.output.contains(secret), "{ended:?}");
    }
}
