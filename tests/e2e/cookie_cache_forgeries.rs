//! Cookie caches that prove nothing. A forged one is refused: it is no reason to look the session up, and whoever sent it
//! is no browser that Better Auth has spoken to.

use serde_json::json;

use crate::parts::{
    cookie_cache::{self, FORMS, LONG, cache_of_beside, is_cache, settings},
    presented::{Presented, changed, encoded},
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

#[tokio::test]
async fn somebody_elses_cache_beside_ones_own_session_is_refused() {
    for site in cookie_cache::sites() {
        let (ann, bob) = (site.ann().await, site.ann().await);
        for strategies in [&[STRATEGY][..], &[STRATEGY, "session_table"]] {
            let service = settings(site, strategies).start();
            for own in [&ann, &bob] {
                service.me(&Presented::cookies(own)).await.accepted();
            }
            service.me(&Presented::Cookie(cache_of_beside(&bob, &ann))).await.refused();
            service.has_told(STRATEGY, "another-session");
        }
    }
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
            // What seems to have expired, or to be of another version, has to be looked up.
            let answer = service.me(&wrong).await;
            assert!(
                answer.status == 401 || answer.body["strategy"] == "session_table",
                "{form:?} {at}: {answer:?}"
            );
        }
        if form.0 != "compact" {
            let wrong = changed(cache, cache.len() - 2);
            service.me(&Presented::Cookie(format!("{own}; {name}={wrong}"))).await.refused();
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
        service.me(&Presented::Cookie(cache_of_beside(&theirs, &own))).await.refused();
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
