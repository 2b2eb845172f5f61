//! Better Auth's cookie cache, in each form it is written in.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::parts::{
    answer::Answer,
    better_auth::BetterAuth,
    cookie_cache::{self, FORMS, LONG, is_cache, settings},
    database::Database,
    known::known_by,
    presented::Presented,
    settings::Settings,
    site::PASSWORD,
    sql,
    wait::until,
};

const STRATEGY: &str = "session_cookie_cache";

/// The same as Better Auth says, until the cache ends.
#[track_caller]
fn is_cached(answer: &Answer, known: &Value) {
    let mut answered = answer.accepted().clone();
    let end: DateTime<Utc> = answered["expiresAt"].as_str().expect("a date").parse().expect("a date");
    let left = end - Utc::now();
    assert!(left > TimeDelta::zero() && left <= TimeDelta::seconds(LONG.into()), "{answer:?}");
    answered["expiresAt"] = known["expiresAt"].clone();
    assert_eq!(&answered, known);
}

#[tokio::test]
async fn is_believed_in_every_form() {
    for site in cookie_cache::sites() {
        let session = site.ann().await;
        let known = known_by(STRATEGY, &site.better_auth, &session).await;
        let service = settings(site, &[STRATEGY]).start();
        is_cached(&service.me(&Presented::cookies(&session)).await, &known);
        // In another order, and among others.
        let header = session.cookie_header();
        let turned: Vec<_> = ["theme=dark"].into_iter().chain(header.split("; ")).collect();
        let turned = turned.into_iter().rev().collect::<Vec<_>>().join("; ");
        is_cached(&service.me(&Presented::Cookie(turned)).await, &known);
        // Whether or not it is remembered.
        let remembering = Settings::of(&site.better_auth, &[STRATEGY]).start();
        for _ in 0..2 {
            is_cached(&remembering.me(&Presented::cookies(&session)).await, &known);
        }
        // It belongs to the cookie; a bearer, or the session cookie alone, has none.
        for alone in [Presented::cookie(&session), Presented::bearer(&session)] {
            service.me(&alone).await.refused();
        }
        service.has_told("none", "unclaimed");
    }
}

/// More than a cookie can hold is split by Better Auth.
#[tokio::test]
async fn is_believed_in_parts() {
    for (number, site) in cookie_cache::sites().enumerate() {
        let email = format!("ann-in-parts-{number}@example.test");
        let name = "Ann 🦀 \u{7} \" </script> ".repeat(300);
        let session = site.better_auth.sign_up(&name, &email, PASSWORD).await;
        let parts: Vec<_> = session.cookies.iter().filter(|(name, _)| is_cache(name)).collect();
        assert!(parts.len() > 1, "{parts:?}");
        let known = known_by(STRATEGY, &site.better_auth, &session).await;
        assert_eq!(known["user"]["name"], name);
        let service = settings(site, &[STRATEGY, "session_table"]).start();
        is_cached(&service.me(&Presented::cookies(&session)).await, &known);
        // A browser has thrown one away: as if there were none.
        for (lost, _) in &parts[..parts.len() - 1] {
            let rest = session.cookie_header_of(|name| name != lost);
            let answer = service.me(&Presented::Cookie(rest)).await;
            assert_eq!(answer.accepted()["strategy"], "session_table", "{lost}");
        }
    }
}

/// Nothing but cookies: there is no database that anybody could ask.
#[tokio::test]
async fn is_all_there_is_without_a_database() {
    let better_auth = BetterAuth::start(&Database::Stateless, json!({}));
    let session = better_auth.sign_up("Ann", "ann@example.test", PASSWORD).await;
    let service = Settings::of(&better_auth, &[STRATEGY, "jwt"]).start();
    let known = better_auth.get_session(&session).await;
    let answer = service.me(&Presented::cookies(&session)).await;
    for (table, member) in [("user", "id"), ("user", "email"), ("session", "id"), ("session", "expiresAt")] {
        assert_eq!(answer.accepted()[table][member], known[table][member], "{table} {member}");
    }
    assert_eq!(answer.body["strategy"], STRATEGY);
    let jwt = Presented::Bearer(better_auth.jwt(&session).await);
    assert_eq!(service.me(&jwt).await.accepted()["user"]["id"], session.user_id);
    service.becomes_ready().await;
}

/// Nobody reads the table while there is a cache.
#[tokio::test]
async fn spares_the_look_up() {
    let site = cookie_cache::site(FORMS[0], LONG, json!({}));
    let session = site.ann().await;
    let service = settings(&site, &[STRATEGY, "session_table"]).with("session_table.timeout", "1s").start();
    let (with, without) = (Presented::cookies(&session), Presented::cookie(&session));
    assert_eq!(service.me(&with).await.accepted()["strategy"], STRATEGY);
    assert_eq!(service.me(&without).await.accepted()["strategy"], "session_table");

    let holder = sql::connect(site.better_auth.database_url()).await;
    holder.execute_unprepared("BEGIN EXCLUSIVE").await.expect("the lock");
    assert_eq!(service.me(&with).await.accepted()["strategy"], STRATEGY);
    service.me(&without).await.undecidable();
    holder.execute_unprepared("ROLLBACK").await.expect("the end of the lock");
}

#[tokio::test]
async fn of_another_version_is_passed_over() {
    let written = json!({ "session": { "cookieCache": { "enabled": true, "version": "2" } } });
    let other = cookie_cache::site(FORMS[0], LONG, written);
    for (site, version) in [(cookie_cache::compact(), "1"), (&other, "2")] {
        let cookies = Presented::cookies(&site.ann().await);
        for expected in ["1", "2", "3"] {
            let service = settings(site, &[STRATEGY, "session_table"])
                .with("session_cookie_cache.version", expected)
                .start();
            let strategy = if version == expected { STRATEGY } else { "session_table" };
            assert_eq!(service.me(&cookies).await.accepted()["strategy"], strategy, "{version} {expected}");
            // Whoever has turned the cache on for nothing is told, once.
            service.me(&cookies).await.accepted();
            let alone = settings(site, &[STRATEGY]).with("session_cookie_cache.version", expected).start();
            if version != expected {
                alone.me(&cookies).await.refused();
                alone.has_told("none", "unclaimed");
            }
            for log in [service.log(), alone.log()] {
                let told = log.lines().filter(|line| line.contains("session_cookie_cache.version"));
                assert_eq!(told.count(), usize::from(version != expected), "{log}");
            }
        }
    }
}

/// Signed with published keys it is believed by whoever has those; who has none yet asks for them, and then the next strategy.
#[tokio::test]
async fn f5_signed_with_published_keys_is_left_to_the_next_until_they_are_there() {
    let mut site = cookie_cache::site(("jwt", true), LONG, json!({}));
    let session = site.ann().await;
    let cookies = Presented::cookies(&session);
    let settings = settings(&site, &[STRATEGY, "session_table"]);
    let early = settings.start();
    assert_eq!(early.me(&cookies).await.accepted()["strategy"], STRATEGY);
    site.better_auth.stop();
    assert_eq!(early.me(&cookies).await.accepted()["strategy"], STRATEGY);
    let (late, alone) = (settings.start(), settings.clone().with("strategies", [STRATEGY]).start());
    for presented in [&cookies, &Presented::cookie(&session)] {
        assert_eq!(late.me(presented).await.accepted()["strategy"], "session_table");
    }
    alone.me(&cookies).await.undecidable();
    site.better_auth.start_again();
    for service in [late, alone] {
        until(async || service.me(&cookies).await, |answer| answer.body["strategy"] == STRATEGY).await;
    }
}

/// Names that Better Auth gives the two cookies, by its options, and what the service has to be told.
#[tokio::test]
async fn has_the_names_that_it_is_given() {
    let names = |session: &str, data: &str| json!({ "cookies": { "session_token": { "name": session }, "session_data": { "name": data } } });
    for (url, advanced, expected, told) in [
        (
            "",
            json!({ "cookiePrefix": "acme" }),
            ["acme.session_token", "acme.session_data"],
            [("better_auth.cookie_prefix", "acme")].as_slice(),
        ),
        (
            "",
            names("sid", "sdata"),
            ["sid", "sdata"],
            &[("better_auth.cookie_name", "sid"), ("session_cookie_cache.cookie_name", "sdata")],
        ),
        (
            "https://a.example.test",
            json!({}),
            ["__Secure-better-auth.session_token", "__Secure-better-auth.session_data"],
            &[],
        ),
        (
            "https://a.example.test",
            names("sid", "sdata"),
            ["__Secure-sid", "__Secure-sdata"],
            &[("better_auth.cookie_name", "sid"), ("session_cookie_cache.cookie_name", "sdata")],
        ),
    ] {
        let mut options = json!({ "advanced": advanced });
        if !url.is_empty() {
            options["baseURL"] = url.into();
        }
        let site = cookie_cache::site(FORMS[0], LONG, options);
        let session = site.ann().await;
        let sent: Vec<_> = session.cookies.iter().map(|(name, _)| name.as_str()).collect();
        assert!(expected.iter().all(|name| sent.contains(name)), "{sent:?}");
        let mut settings = settings(&site, &[STRATEGY]);
        if !url.is_empty() {
            settings = settings
                .with("better_auth.url", url)
                .with("better_auth.internal_url", site.better_auth.url());
        }
        let settings = told.iter().fold(settings, |settings, (key, name)| settings.with(key, *name));
        let known = settings.start().me(&Presented::cookies(&session)).await;
        assert_eq!(known.accepted()["user"]["id"], session.user_id);
    }
}

/// Two sessions of one browser, one after the other: the cache of the last one counts.
#[tokio::test]
async fn follows_the_session_it_was_made_for() {
    let site = cookie_cache::compact();
    let mut browser = site.ann().await;
    let other = site.ann().await;
    let service = settings(site, &[STRATEGY]).start();
    assert_eq!(service.me(&Presented::cookies(&browser)).await.accepted()["user"]["id"], browser.user_id);
    let name = json!({ "name": "Ann Other" });
    let response = site.better_auth.post("/update-user", Some(&browser), &name).await;
    // What it was before is still believed by who presents it.
    assert_eq!(service.me(&Presented::cookies(&browser)).await.accepted()["user"]["name"], "Ann");
    browser.keep(&response);
    assert_eq!(service.me(&Presented::cookies(&browser)).await.accepted()["user"]["name"], "Ann Other");
    assert_eq!(service.me(&Presented::cookies(&other)).await.accepted()["user"]["name"], "Ann");
}
