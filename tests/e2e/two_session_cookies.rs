//! Two session cookies in one request: staging's for the parent domain beside the own, an old host's beside the new one's.

use serde_json::json;

use crate::parts::{
    database::Database, presented::Presented, settings::Settings, signed_in::SignedIn, site::Site,
};

/// Another deployment whose cookie the same browser sends.
fn staging() -> Site {
    Site::start(&Database::Sqlite, json!({ "secret": "the-secret-of-another-deployment-0123456789-AB" }))
}

fn beside(one: &str, other: &str) -> Presented {
    Presented::Cookie(format!("{one}; {other}"))
}

/// As it is sent where Better Auth runs on https.
fn secure(session: &SignedIn) -> String {
    format!("__Secure-{}", session.session_cookie_header())
}

#[tokio::test]
async fn f11_the_one_that_the_deployment_has_signed_is_judged() {
    let (site, staging) = (Site::sqlite(), staging());
    let (own, other, theirs) = (site.ann().await, site.ann().await, staging.ann().await);
    assert_eq!(own.cookie_name, theirs.cookie_name);
    let [ours, another, theirs_sent] = [&own, &other, &theirs].map(SignedIn::session_cookie_header);
    // Better Auth takes the first, whichever that is.
    let reference = site.better_auth.get_session_of(&format!("{ours}; {theirs_sent}")).await;
    assert_eq!(reference["user"]["id"], own.user_id);
    for strategy in ["session_table", "get_session"] {
        let service = Settings::of(&site.better_auth, &[strategy]).start();
        for presented in [
            beside(&ours, &theirs_sent),
            beside(&theirs_sent, &ours),
            beside(&ours, &ours),
            beside(&ours, "better-auth.session_token=planted"),
            // Of the two names the safer one comes first, if it is worth anything.
            beside(&secure(&theirs), &ours),
        ] {
            let answer = service.me(&presented).await;
            assert_eq!(answer.accepted()["user"]["id"], own.user_id, "{strategy} {presented:?}");
        }
        if strategy == "session_table" {
            // Better Auth itself, on http, does not read that name.
            let answer = service.me(&beside(&secure(&own), &another)).await;
            assert_eq!(answer.accepted()["user"]["id"], own.user_id);
        }
        // Both are the deployment's own: nobody can tell who is meant.
        service.me(&beside(&ours, &another)).await.refused();
        service.has_told("none", "ambiguous-cookie");
        let log = service.log();
        let told =
            ["ambiguous-cookie", "auth.carrier=\"cookie\"", "auth.cookie=\"better-auth.session_token\""];
        assert!(log.lines().any(|line| told.iter().all(|word| line.contains(word))), "{log}");
        service.me(&beside(&theirs_sent, "better-auth.session_token=planted")).await.refused();
        // Alone it is judged as ever.
        service.me(&Presented::Cookie(theirs_sent.clone())).await.refused();
    }
}

#[tokio::test]
async fn f11_who_does_not_know_the_secret_cannot_tell() {
    let (site, staging) = (Site::sqlite(), staging());
    let (own, theirs) = (site.ann().await, staging.ann().await);
    let unknowing = Settings::of(&site.better_auth, &["get_session"]).with("better_auth.secret", "").start();
    unknowing.me(&Presented::cookie(&own)).await.accepted();
    unknowing.me(&beside(&own.session_cookie_header(), &theirs.session_cookie_header())).await.refused();
    unknowing.has_told("none", "ambiguous-cookie");
}
