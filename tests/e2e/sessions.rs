//! Sessions that do not count any more, and what befalls their users.

use chrono::{TimeDelta, Utc};

use crate::parts::{
    presented::{Presented, changed, encoded},
    service::Service,
    settings::Settings,
    signed_in::SignedIn,
    site::Site,
};

/// One service for each strategy that knows sessions; nothing is remembered and raw tokens are accepted.
fn services(site: &Site) -> [Service; 2] {
    ["session_table", "get_session"].map(|strategy| {
        Settings::of(&site.better_auth, &[strategy]).with("better_auth.raw_tokens", true).start()
    })
}

fn forms(session: &SignedIn) -> [Presented; 3] {
    [Presented::cookie(session), Presented::bearer(session), Presented::Bearer(session.token.clone())]
}

/// What is done to a session or its user takes effect on the next request.
async fn effects(site: &Site) {
    let services = services(site);
    let jwt_only = Settings::of(&site.better_auth, &["jwt"]).start();
    let past = site.date(Utc::now() - TimeDelta::seconds(2));
    let future = site.date(Utc::now() + TimeDelta::days(1));

    // What happens, by SQL unless it is empty: then the user signs out; and whether the session still counts.
    let events = [
        (String::new(), false),
        (format!(r#"UPDATE "session" SET "expiresAt" = {past} WHERE "token" = '{{token}}'"#), false),
        (r#"DELETE FROM "session" WHERE "token" = '{token}'"#.to_owned(), false),
        (r#"DELETE FROM "user" WHERE "id" = '{user}'"#.to_owned(), false),
        (r#"UPDATE "user" SET "banned" = TRUE WHERE "id" = '{user}'"#.to_owned(), false),
        (
            format!(r#"UPDATE "user" SET "banned" = TRUE, "banExpires" = {future} WHERE "id" = '{{user}}'"#),
            false,
        ),
        (
            format!(r#"UPDATE "user" SET "banned" = TRUE, "banExpires" = {past} WHERE "id" = '{{user}}'"#),
            true,
        ),
        (
            format!(r#"UPDATE "user" SET "banned" = FALSE, "banExpires" = {future} WHERE "id" = '{{user}}'"#),
            true,
        ),
    ];
    for (event, counts) in events {
        let session = site.ann().await;
        let jwt = Presented::Bearer(site.better_auth.jwt(&session).await);
        for service in &services {
            service.me(&Presented::cookie(&session)).await.accepted();
        }
        if event.is_empty() {
            site.better_auth.sign_out(&session).await;
        } else {
            site.sql(&event.replace("{token}", &session.token).replace("{user}", &session.user_id)).await;
        }
        for service in &services {
            for presented in forms(&session) {
                let answer = service.me(&presented).await;
                assert_eq!(answer.status, if counts { 200 } else { 401 }, "{event}: {presented:?}");
                if !counts {
                    answer.refused();
                }
            }
        }
        // It asks nobody, so it lives on: that is what it is for.
        jwt_only.me(&jwt).await.accepted();
    }
}

#[tokio::test]
async fn a_sign_out_an_end_a_ban_and_a_deletion_take_effect_at_once_on_sqlite() {
    effects(&Site::own_sqlite()).await;
}

#[tokio::test]
async fn a_sign_out_an_end_a_ban_and_a_deletion_take_effect_at_once_on_postgres() {
    effects(Site::postgres()).await;
}

#[tokio::test]
async fn a_sign_out_an_end_a_ban_and_a_deletion_take_effect_at_once_on_mariadb() {
    effects(Site::mariadb()).await;
}

/// A JWT that was made for a banned user says so itself.
#[tokio::test]
async fn a_ban_inside_a_jwt_holds() {
    let site = Site::postgres();
    let session = site.ann().await;
    site.sql(&format!(r#"UPDATE "user" SET "banned" = TRUE WHERE "id" = '{}'"#, session.user_id)).await;
    let service = Settings::of(&site.better_auth, &["jwt"]).start();
    service.me(&Presented::Bearer(site.better_auth.jwt(&session).await)).await.refused();
    assert!(service.log().contains("auth.cause=\"banned\""), "{}", service.log());
}

async fn admin_columns(site: &Site) {
    let session = site.ann().await;
    let (id, token) = (&session.user_id, &session.token);
    site.sql(&format!(r#"UPDATE "user" SET "role" = 'admin,editor' WHERE "id" = '{id}'"#)).await;
    site.sql(&format!(r#"UPDATE "session" SET "impersonatedBy" = 'admin-7' WHERE "token" = '{token}'"#))
        .await;
    for service in services(site) {
        let answer = service.me(&Presented::cookie(&session)).await;
        let body = answer.accepted();
        assert_eq!(body["user"]["role"], "admin,editor");
        assert_eq!(body["session"]["impersonatedBy"], "admin-7");
    }
}

#[tokio::test]
async fn roles_and_impersonation_are_told() {
    for site in [&Site::own_sqlite(), Site::postgres(), Site::mariadb()] {
        admin_columns(site).await;
    }
}

#[tokio::test]
async fn one_changed_character_is_refused() {
    let site = Site::sqlite();
    let session = site.ann().await;
    let signed = &session.bearer_signed;
    let dot = signed.find('.').expect("a signature");
    for service in services(site) {
        service.me(&Presented::bearer(&session)).await.accepted();
        // In the token, in the signature, and where the two meet.
        for at in [0, dot - 1, dot + 1, signed.len() - 3] {
            let wrong = changed(signed, at);
            let cookie = Presented::Cookie(format!("{}={}", session.cookie_name, encoded(&wrong)));
            for presented in [Presented::Bearer(wrong), cookie] {
                service.me(&presented).await.refused();
            }
        }
        for wrong in
            [changed(&session.token, 0), session.token[1..].to_owned(), format!("{}A", session.token)]
        {
            service.me(&Presented::Bearer(wrong)).await.refused();
        }
        // A signature of one session does not sign another.
        let other = site.ann().await;
        let swapped = format!("{}{}", other.token, &signed[dot..]);
        service.me(&Presented::Bearer(swapped)).await.refused();
    }
}
