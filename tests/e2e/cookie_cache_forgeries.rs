//! Cookie caches that prove nothing. The session cookie beside it may be good all the same, and Better Auth itself then looks
//! that up: so does the next strategy. Where there is none, nobody is let in.

use serde_json::{Value, json};

use crate::parts::{
    cookie_cache::{self, FORMS, LONG, cache_of_beside, is_cache, settings},
    presented::{Presented, changed, encoded},
    settings::Settings,
    wait::until,
};

const STRATEGY: &str = "session_cookie_cache";

#[tokio::test]
async fn the_cache_alone_is_no_credential() {
    for site in cookie_cache::sites() {
        let session = site.ann().await;
        let alone = Presented::Cookie(session.cookie_header_of(is_cache));
        settings(site, &[STRATEGY]).start().me(&alone).await.missing();
        // Nor is it one elsewhere: the JWT plugin's keys have signed some of them.
        let (_, cache) = session.cookies.iter().find(|(name, _)| is_cache(name)).expect("a cache");
        let service = settings(site, &["jwt", STRATEGY, "session_table"]).start();
        for presented in [
            Presented::Bearer(cache.clone()),
            Presented::Header(cache.clone()),
            Presented::Cookie(format!("{}={cache}", session.cookie_name)),
        ] {
            service.me(&presented).await.refused();
        }
    }
}

/// Better Auth itself answers whose the session cookie is.
#[tokio::test]
async fn f5_a_cache_that_proves_nothing_leaves_it_to_the_session_cookie() {
    for (form, site) in FORMS.into_iter().zip(cookie_cache::sites()) {
        let (ann, bob) = (site.ann().await, site.ann().await);
        let own = ann.session_cookie_header();
        let (name, cache) = ann.cookies.iter().find(|(name, _)| is_cache(name)).expect("a cache");
        let others = bob.cookie_header_of(is_cache);
        let useless = [
            (cache_of_beside(&bob, &ann), Some("another-session")),
            (format!("{own}; {name}={cache}; {others}"), Some("ambiguous-cookie")),
            (format!("{others}; {own}; {name}={cache}"), Some("ambiguous-cookie")),
            (format!("{own}; {name}=unreadable"), Some("malformed")),
            (format!("{own}; {name}={}", changed(cache, cache.len() / 2)), None),
        ];
        let alone = settings(site, &[STRATEGY]).start();
        let remembering = Settings::of(&site.better_auth, &[STRATEGY, "session_table"])
            .with("session_table.cache.max_age", "10m");
        let chained = [
            ("session_table", settings(site, &[STRATEGY, "session_table"]).start()),
            ("session_table", remembering.start()),
            ("get_session", settings(site, &[STRATEGY, "get_session"]).start()),
        ];
        for (cookies, cause) in &useless {
            let reference = site.better_auth.get_session_of(cookies).await;
            assert_eq!(reference["user"]["id"], ann.user_id, "{form:?} {cause:?}");
            let presented = Presented::Cookie(cookies.clone());
            for (next, service) in &chained {
                for _ in 0..2 {
                    let answer = service.me(&presented).await;
                    assert_eq!(answer.accepted()["user"]["id"], ann.user_id, "{form:?} {cause:?}");
                    assert_eq!(answer.body["strategy"], *next, "{form:?} {cause:?}");
                }
            }
            alone.me(&presented).await.refused();
            if let Some(cause) = cause {
                alone.has_told(STRATEGY, cause);
            }
        }
        // The session cookie is believed no more than without a cache.
        site.better_auth.sign_out(&ann).await;
        for (cookies, cause) in &useless[..1] {
            assert_eq!(site.better_auth.get_session_of(cookies).await, Value::Null, "{form:?} {cause:?}");
            for (next, service) in &chained {
                let presented = Presented::Cookie(cookies.clone());
                until(async || service.me(&presented).await, |answer| answer.status == 401).await.refused();
                service.has_told(next, "unknown-session");
            }
        }
    }
}

/// Nobody else claims a session cookie there.
#[tokio::test]
async fn f5_a_cache_that_proves_nothing_is_refused_where_only_jwts_come_next() {
    let site = cookie_cache::compact();
    let (ann, bob) = (site.ann().await, site.ann().await);
    let service = settings(site, &[STRATEGY, "jwt"]).start();
    service.me(&Presented::cookies(&ann)).await.accepted();
    service.me(&Presented::Cookie(cache_of_beside(&bob, &ann))).await.refused();
    service.has_told(STRATEGY, "another-session");
}

#[tokio::test]
async fn one_changed_character_is_not_believed() {
    for (form, site) in FORMS.into_iter().zip(cookie_cache::sites()) {
        let session = site.ann().await;
        let alone = settings(site, &[STRATEGY]).start();
        let service = settings(site, &[STRATEGY, "session_table"]).start();
        let (name, cache) = session.cookies.iter().find(|(name, _)| is_cache(name)).expect("a cache");
        let own = session.session_cookie_header();
        // In every part of it, and not the last letter: that has bits that say nothing.
        for at in (0..cache.len() - 2).step_by(cache.len() / 23) {
            let wrong = Presented::Cookie(format!("{own}; {name}={}", changed(cache, at)));
            alone.me(&wrong).await.refused();
            assert_eq!(service.me(&wrong).await.accepted()["strategy"], "session_table", "{form:?} {at}");
        }
        // Not the session's signature either, however right its cache is.
        let signed = encoded(&changed(&session.bearer_signed, 40));
        let wrong = format!("{}={signed}; {name}={cache}", session.cookie_name);
        service.me(&Presented::Cookie(wrong)).await.refused();
        service.has_told(STRATEGY, "bad-signature");
        // Nor is a session without a signature one.
        let wrong = format!("{}={}; {name}={cache}", session.cookie_name, session.token);
        service.me(&Presented::Cookie(wrong)).await.refused();
    }
}

/// A second Better Auth that says it is the first, with a secret and keys of its own.
#[tokio::test]
async fn an_impostors_cache_is_refused() {
    for (form, site) in FORMS.into_iter().zip(cookie_cache::sites()) {
        let options = json!({ "baseURL": site.better_auth.url(), "secret": "another-secret-of-the-end-to-end-tests-01" });
        let impostor = cookie_cache::site(form, LONG, options);
        let service = settings(site, &[STRATEGY, "session_table"]).start();
        let own = site.ann().await;
        service.me(&Presented::cookies(&own)).await.accepted();
        let theirs = impostor.ann().await;
        service.me(&Presented::cookies(&theirs)).await.refused();
        let beside = service.me(&Presented::Cookie(cache_of_beside(&theirs, &own))).await;
        assert_eq!(beside.accepted()["user"]["id"], own.user_id);
        assert_eq!(beside.body["strategy"], "session_table");
    }
}

/// What the same browser may hold of a deployment that was configured otherwise.
#[tokio::test]
async fn no_form_is_taken_for_another() {
    for site in cookie_cache::sites() {
        let session = site.ann().await;
        let service = settings(site, &[STRATEGY]).start();
        let own = session.session_cookie_header();
        let (name, cache) = session.cookies.iter().find(|(name, _)| is_cache(name)).expect("a cache");
        for wrong in [
            format!("{cache}."),
            format!(".{cache}"),
            format!("{cache}.{cache}"),
            cache.replace('.', ""),
            "e30".to_owned(),
            "..".to_owned(),
            "e30.e30.e30".to_owned(),
        ] {
            if wrong != *cache {
                service.me(&Presented::Cookie(format!("{own}; {name}={wrong}"))).await.refused();
            }
        }
        // Two that differ.
        let other = site.ann().await.cookie_header_of(is_cache);
        service.me(&Presented::Cookie(format!("{own}; {name}={cache}; {other}"))).await.refused();
    }
}
