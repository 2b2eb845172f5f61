//! A JWT names no session, yet it ends with any of its user's: what the tables tell, cuts it off.

use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use crate::parts::{
    database::Database,
    endings,
    mariadb::MariaDb,
    postgres::Postgres,
    presented::Presented,
    remembering::{PROMPTLY, Remembering},
    service,
    settings::Settings,
    signed_in::SignedIn,
    site::Site,
    triggers::{Owned, STRATEGY, migrates},
    wait::until,
};

/// Until the clock shows another second than the one in which a token was issued.
const A_SECOND: Duration = Duration::from_millis(1100);

async fn jwt(site: &Site, session: &SignedIn) -> Presented {
    Presented::Bearer(site.better_auth.jwt(session).await)
}

async fn are_cut_off(site: &Site, remembering: &Remembering) {
    let admin = site.admin().await;
    let bystander = jwt(site, &site.ann().await).await;
    remembering.knows(&bystander).await;
    for (event, body) in [("/sign-out", false), ("/admin/set-role", true)] {
        let [one, other] = endings::two_sessions(site).await;
        let (cookie, before) = (Presented::cookie(&one), jwt(site, &one).await);
        for presented in [&cookie, &before] {
            remembering.knows(presented).await;
        }
        if body {
            let body = json!({ "userId": one.user_id, "role": "admin" });
            site.better_auth.post(event, Some(&admin), &body).await;
        } else {
            site.better_auth.post(event, Some(&one), &json!({})).await;
        }
        remembering.sees_the_end_of(&before).await;
        remembering.service.has_told("jwt", "revoked");
        // Whoever still has a session fetches a new one.
        sleep(A_SECOND).await;
        let after = jwt(site, &other).await;
        remembering.knows(&after).await;
        remembering.service.me(&before).await.refused();
    }
    // What is no right of the user's cuts off nothing.
    let session = site.ann().await;
    let (cookie, token) = (Presented::cookie(&session), jwt(site, &session).await);
    for presented in [&cookie, &token] {
        remembering.knows(presented).await;
    }
    site.better_auth.post("/update-user", Some(&session), &json!({ "name": "Bea" })).await;
    remembering.sees(&cookie, "/user/name", |name| name == Some(&json!("Bea"))).await;
    remembering.knows(&token).await;
    remembering.knows(&bystander).await;
}

#[tokio::test]
async fn by_what_postgres_tells() {
    let owned = Owned::start("tokens_cut_off", json!({ "plugins": endings::plugins() }));
    migrates(&owned.as_owner, &[]);
    let settings = owned.as_reader.clone().with("strategies", ["jwt", STRATEGY]);
    let remembering = Remembering::start(&settings, STRATEGY, PROMPTLY);
    remembering.listens_to(&["postgresql"]).await;
    are_cut_off(&owned.site, &remembering).await;
}

#[tokio::test]
async fn by_what_is_found_in_mariadb() {
    let options = json!({ "plugins": endings::plugins() });
    let site = Site::start(&Database::MySql(MariaDb::shared().database("tokens_cut_off")), options);
    let settings = Settings::of(&site.better_auth, &["jwt", STRATEGY]);
    let remembering = Remembering::start(&settings, STRATEGY, Duration::from_secs(2));
    remembering.listens_to(&["mysql"]).await;
    are_cut_off(&site, &remembering).await;
}

/// With `revocation.persist` a restart forgets none, and without it all.
#[tokio::test]
async fn and_stay_so_after_a_restart() {
    let owned = Owned::start("cut_offs_kept", json!({}));
    migrates(&owned.as_owner, &[]);
    let own = Postgres::shared().url_of("cut_offs_kept_owner", owned.name);
    let without = owned.as_reader.clone().with("strategies", ["jwt", STRATEGY]);
    let with = without.clone().with("revocation.persist", true).with("database.url", own);
    assert_eq!(service::run(&["migrate"], &with.toml()).code, Some(0));
    for (settings, keeps) in [(&with, true), (&without, false)] {
        let remembering = Remembering::start(settings, STRATEGY, PROMPTLY);
        remembering.listens_to(&["postgresql"]).await;
        let session = owned.site.ann().await;
        let presented = jwt(&owned.site, &session).await;
        remembering.knows(&presented).await;
        owned.site.better_auth.sign_out(&session).await;
        remembering.sees_the_end_of(&presented).await;
        let kept = async || {
            let of_user = "SELECT count(*) FROM verifier_cut_off WHERE user_id =";
            owned.sql(&format!("{of_user} '{}'", session.user_id))
        };
        if keeps {
            until(kept, |kept| kept == "1").await;
        }
        remembering.service.stop();
        let again = settings.start();
        let answer = again.me(&presented).await;
        assert_eq!(answer.status, if keeps { 401 } else { 200 }, "{answer:?}");
    }
}
