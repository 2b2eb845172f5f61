//! `revocation.persist`: whose tokens are refused stands in a database, which may be away.

use std::time::Duration;

use serde_json::json;

use crate::parts::{
    database::Database,
    hook::{hearing, plugin, ports, tell},
    mariadb::MariaDb,
    postgres::Postgres,
    presented::{Presented, swapped},
    service,
    settings::Settings,
    signed_in::SignedIn,
    site::Site,
    wait::until,
};

/// Better Auth on a SQLite file, the cut-offs in a PostgreSQL of one's own.
fn scene() -> (Site, Settings, Postgres, u16) {
    let [port] = ports();
    let plugins = json!({ "admin": {}, "verifier": plugin(&[port]) });
    let site = Site::start(&Database::Sqlite, json!({ "plugins": plugins }));
    let postgres = Postgres::start();
    let settings = hearing(Settings::of(&site.better_auth, &["jwt"]))
        .with("revocation.persist", true)
        .with("database.url", postgres.database("own"));
    assert_eq!(service::run(&["migrate"], &settings.toml()).code, Some(0));
    (site, settings, postgres, port)
}

/// Whose tokens are refused.
fn kept(postgres: &Postgres) -> String {
    postgres.sql("own", "SELECT user_id FROM verifier_cut_off")
}

async fn jwt(site: &Site, session: &SignedIn) -> Presented {
    Presented::Bearer(site.better_auth.jwt(session).await)
}

#[tokio::test]
async fn h4_what_was_kept_is_waited_for() {
    let (site, settings, mut postgres, port) = scene();
    let mut service = settings.start_at(port);
    let (ended, session) = (site.ann().await, site.ann().await);
    let (of_ended, token) = (jwt(&site, &ended).await, jwt(&site, &session).await);
    for presented in [&of_ended, &token] {
        service.me(presented).await.accepted();
    }
    site.better_auth.sign_out(&ended).await;
    until(async || service.me(&of_ended).await, |answer| answer.status != 200).await.refused();
    until(async || kept(&postgres), |kept| *kept == ended.user_id).await;

    service.process.stop("TERM");
    postgres.stop();
    service.start_again();
    // Neither good nor bad; and not all that asks is in its way.
    for presented in [&of_ended, &token] {
        service.me(presented).await.undecidable();
    }
    service.get("/health/ready", &Presented::Nothing).await.problem(503, "unavailable");
    assert_eq!(service.get("/health/live", &Presented::Nothing).await.status, 200);
    service.get("/api/public", &Presented::Nothing).await.accepted();

    postgres.start_again();
    until(async || service.me(&token).await, |answer| answer.status == 200).await;
    service.me(&of_ended).await.refused();
    service.becomes_ready().await;
}

/// The same while it runs: what it knows it knows, and what it hears takes effect before it can be kept.
#[tokio::test]
async fn what_is_told_while_the_store_is_away_is_kept_when_it_is_back() {
    let (site, settings, mut postgres, port) = scene();
    let mut service = settings.start_at(port);
    let (ended, session) = (site.ann().await, site.ann().await);
    let (of_ended, token) = (jwt(&site, &ended).await, jwt(&site, &session).await);
    service.me(&of_ended).await.accepted();

    postgres.stop();
    // Whoever tells is asked to come again, and the plugin does.
    tell(&service, "user.updated", &json!({ "userId": "nobody" })).await.undecidable();
    site.better_auth.sign_out(&ended).await;
    until(async || service.me(&of_ended).await, |answer| answer.status != 200).await.refused();
    service.me(&token).await.accepted();
    postgres.start_again();
    until(async || kept(&postgres), |kept| *kept == ended.user_id).await;
    service.process.stop("KILL");
    service.start_again();
    until(async || service.me(&token).await, |answer| answer.status == 200).await;
    service.me(&of_ended).await.refused();
}

/// Ids are compared byte for byte there, too.
#[tokio::test]
async fn mariadb_tells_users_apart_that_differ_in_case() {
    let site = Site::sqlite();
    let settings = hearing(Settings::of(&site.better_auth, &["jwt"]))
        .with("revocation.persist", true)
        .with("database.url", MariaDb::shared().database("cut_offs"));
    assert_eq!(service::run(&["migrate"], &settings.toml()).code, Some(0));
    let mut service = settings.start();
    let session = site.ann().await;
    let token = jwt(site, &session).await;
    let other = json!({ "userId": swapped(&session.user_id) });
    // Of two the later is kept.
    for _ in 0..2 {
        assert_eq!(tell(&service, "user.updated", &other).await.status, 204);
        tokio::time::sleep(Duration::from_millis(1100)).await;
    }
    service.process.stop("TERM");
    service.start_again();
    service.me(&token).await.accepted();
    assert_eq!(tell(&service, "user.updated", &json!({ "userId": session.user_id })).await.status, 204);
    service.process.stop("KILL");
    service.start_again();
    until(async || service.me(&token).await, |answer| answer.status != 503).await.refused();
    assert_eq!(MariaDb::shared().sql("cut_offs", "SELECT count(*) FROM verifier_cut_off"), "2");
}

/// What the tables of the sessions tell is kept like what the hook tells.
#[tokio::test]
async fn what_a_feed_has_heard_is_kept_too() {
    let postgres = Postgres::start();
    let site = Site::start(&Database::Postgres(postgres.database("auth")), json!({}));
    let settings = Settings::of(&site.better_auth, &["jwt", "session_table"])
        .with("session_table.cache.max_age", "10m")
        .with("revocation.persist", true)
        .with("database.url", postgres.database("own"))
        .with_admin();
    for arguments in [&["migrate"][..], &["migrate", "--revocation-triggers"]] {
        assert_eq!(service::run(arguments, &settings.toml()).code, Some(0));
    }
    let mut service = settings.start();
    let (ended, session) = (site.ann().await, site.ann().await);
    let (of_ended, token) = (jwt(&site, &ended).await, jwt(&site, &session).await);
    service.me(&of_ended).await.accepted();
    service.me(&Presented::cookie(&ended)).await.accepted();
    until(async || service.state().await, |state| state.to_string().contains("\"listening\"")).await;
    site.better_auth.sign_out(&ended).await;
    until(async || service.me(&of_ended).await, |answer| answer.status != 200).await.refused();
    until(async || kept(&postgres), |kept| *kept == ended.user_id).await;
    service.process.stop("KILL");
    service.start_again();
    until(async || service.me(&token).await, |answer| answer.status == 200).await;
    service.me(&of_ended).await.refused();
}
