//! What plugins know of a user and a session, the same from each strategy that can know it.

use serde_json::{Value, json};

use crate::parts::{
    database::Database,
    everywhere::{self, known_alike},
    mariadb::MariaDb,
    postgres::Postgres,
    presented::Presented,
    settings::Settings,
    signed_in::SignedIn,
    site::{PASSWORD, Site},
};

fn options() -> Value {
    json!({ "plugins": {
        "admin": {},
        "anonymous": {},
        "multiSession": {},
        "organization": { "teams": { "enabled": true } },
        "phoneNumber": {},
        "twoFactor": { "skipVerificationOnEnable": true },
        "username": {},
    } })
}

/// A POST that may change the cookies.
async fn post(site: &Site, path: &str, session: &mut SignedIn, body: &Value) -> Value {
    let response = site.better_auth.post(path, Some(session), body).await;
    session.keep(&response);
    response.json().await.expect("JSON")
}

async fn alike(database: &Database) {
    let site = everywhere::site(database, options());
    let body = json!({
        "name": "Ann", "email": "ann@example.test", "password": PASSWORD,
        "username": "Ann_Bee",
    });
    let ann = SignedIn::read(site.better_auth.post("/sign-up/email", None, &body).await).await;
    let known = known_alike(&site, &ann).await;
    let user = json!({
        "id": ann.user_id, "email": "ann@example.test", "emailVerified": false, "name": "Ann", "role": "user",
        "isAnonymous": false, "twoFactorEnabled": false, "username": "ann_bee", "displayUsername": "Ann_Bee",
    });
    assert_eq!(known["user"], user);

    // A verified number and a role are given by hand: Better Auth reads them when the next session is made.
    let given = r#"UPDATE "user" SET "phoneNumber" = '+49123456', "phoneNumberVerified" = TRUE,
        "role" = 'editor,translator' WHERE "id" ="#;
    site.sql(&format!("{given} '{}'", ann.user_id)).await;
    let mut ann = site.better_auth.sign_in("ann@example.test", PASSWORD).await;
    let organization = json!({ "name": "Acme", "slug": "acme" });
    let organization = post(&site, "/organization/create", &mut ann, &organization).await;
    let body = json!({ "organizationId": organization["id"] });
    post(&site, "/organization/set-active", &mut ann, &body).await;
    let team = post(&site, "/organization/create-team", &mut ann, &json!({ "name": "Press" })).await;
    let body = json!({ "teamId": team["id"], "userId": ann.user_id });
    post(&site, "/organization/add-team-member", &mut ann, &body).await;
    post(&site, "/organization/set-active-team", &mut ann, &json!({ "teamId": team["id"] })).await;
    let known = known_alike(&site, &ann).await;
    assert_eq!(
        (&known["user"]["phoneNumberVerified"], &known["user"]["role"]),
        (&json!(true), &json!("editor,translator"))
    );
    assert_eq!(known["user"]["phoneNumber"], "+49123456");
    assert_eq!(known["session"]["activeTeamId"], team["id"]);
    assert_eq!(known["session"]["activeOrganizationId"], team["organizationId"]);

    impersonated(&site, &ann.user_id).await;

    // With a second factor; the session is another one then.
    let before = ann.token.clone();
    post(&site, "/two-factor/enable", &mut ann, &json!({ "password": PASSWORD })).await;
    assert_ne!(ann.token, before);
    let known = known_alike(&site, &ann).await;
    assert_eq!(known["user"]["twoFactorEnabled"], true);

    // Nobody: the address is a placeholder.
    let guest = SignedIn::read(site.better_auth.post("/sign-in/anonymous", None, &json!({})).await).await;
    let known = known_alike(&site, &guest).await;
    assert_eq!(known["user"]["isAnonymous"], true);
}

async fn impersonated(site: &Site, user_id: &str) {
    let boss = site.admin().await;
    let acting = site.impersonation(&boss, user_id).await;
    let known = known_alike(site, &acting).await;
    assert_eq!(known["session"]["impersonatedBy"], boss.user_id);
    assert_eq!(known["user"]["id"], user_id);
}

#[tokio::test]
async fn are_alike_on_sqlite() {
    alike(&Database::Sqlite).await;
}

#[tokio::test]
async fn are_alike_on_postgres() {
    alike(&Database::Postgres(Postgres::shared().database("facts"))).await;
}

#[tokio::test]
async fn are_alike_on_mariadb() {
    alike(&Database::MySql(MariaDb::shared().database("facts"))).await;
}

/// Several sessions of one browser: the cookies beside the session's own are not looked at.
#[tokio::test]
async fn the_session_in_use_is_the_one_that_counts() {
    let site = Site::start(&Database::Sqlite, json!({ "plugins": { "admin": {}, "multiSession": {} } }));
    let (mut one, other) = (site.ann().await, site.ann().await);
    assert!(one.cookies.iter().any(|(name, _)| name.contains("_multi-")), "{:?}", one.cookies);
    one.cookies.extend(other.cookies.iter().filter(|(name, _)| name.contains("_multi-")).cloned());
    for strategy in ["session_table", "get_session"] {
        let service = Settings::of(&site.better_auth, &[strategy]).start();
        assert_eq!(service.me(&Presented::cookies(&one)).await.accepted()["user"]["id"], one.user_id);
        let without = one.cookie_header_of(|name| name != one.cookie_name);
        service.me(&Presented::Cookie(without)).await.missing();
    }
}
