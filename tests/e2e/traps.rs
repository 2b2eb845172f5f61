//! What others have fallen into. More of it: `dates` that do not end, `credentials` with ids that are no texts,
//! `secondary_storage` with tokens that are other keys.

use serde_json::{Value, json};

use crate::parts::{
    database::Database,
    everywhere,
    presented::{Presented, swapped},
    redis::Redis,
    settings::Settings,
    signed_in::SignedIn,
    site::Site,
    sql,
};

/// Whoever asks Better Auth by bearer, or with the session cookie alone, has it lengthen an hour to a week.
#[tokio::test]
async fn an_impersonation_is_never_lengthened() {
    let site = everywhere::site(&Database::Sqlite, json!({ "plugins": { "admin": {} } }));
    let (ann, boss) = (site.ann().await, site.admin().await);
    let acting = site.impersonation(&boss, &ann.user_id).await;
    let before = ends(&site, &acting).await;
    for strategy in everywhere::STRATEGIES {
        let settings = Settings::of(&site.better_auth, &[strategy]).with("better_auth.raw_tokens", true);
        let service = settings.start();
        for presented in [
            Presented::cookies(&acting),
            Presented::cookie(&acting),
            Presented::bearer(&acting),
            Presented::Bearer(acting.token.clone()),
        ] {
            for path in ["/api/me", "/api/public"] {
                let answer = service.get(path, &presented).await;
                assert!(!answer.headers.contains_key("set-cookie"), "{answer:?}");
                assert_eq!(ends(&site, &acting).await, before, "{strategy} {presented:?}");
            }
        }
        let by_cookie = service.me(&Presented::cookies(&acting)).await;
        if strategy != "jwt" {
            assert_eq!(by_cookie.accepted()["session"]["impersonatedBy"], boss.user_id, "{strategy}");
            assert_eq!(by_cookie.body["session"]["expiresAt"], before[1], "{strategy}");
        }
    }
    // Proof that it would have been.
    let url = format!("{}/api/auth/get-session", site.better_auth.url());
    let bearer = format!("Bearer {}", acting.bearer_signed);
    reqwest::Client::new().get(url).header("authorization", bearer).send().await.expect("an answer");
    assert_ne!(ends(&site, &acting).await, before);
}

/// When the session ends, as the database and Redis have it.
async fn ends(site: &Site, session: &SignedIn) -> [String; 2] {
    let row = format!(r#"SELECT "expiresAt" FROM "session" WHERE "token" = '{}'"#, session.token);
    let entry = Redis::shared().command(&["GET", &session.token]);
    let entry: Value = serde_json::from_str(&entry).expect("JSON");
    let end = entry["session"]["expiresAt"].as_str().expect("a date").to_owned();
    [sql::text(site.better_auth.database_url(), &row).await, end]
}

/// `MariaDB` finds a token in whatever case it is asked for.
#[tokio::test]
async fn a_token_in_another_case_is_refused() {
    let site = Site::mariadb();
    let session = site.ann().await;
    let swapped = swapped(&session.token);
    assert_ne!(swapped, session.token);
    let [table, asks] = ["session_table", "get_session"].map(|strategy| {
        Settings::of(&site.better_auth, &[strategy]).with("better_auth.raw_tokens", true).start()
    });
    for service in [&table, &asks] {
        service.me(&Presented::Bearer(session.token.clone())).await.accepted();
    }
    for presented in [Presented::Bearer(swapped.clone()), Presented::Header(swapped)] {
        table.me(&presented).await.refused();
        // Better Auth itself takes it for the session.
        let answer = asks.me(&presented).await;
        assert!([401, 503].contains(&answer.status), "{answer:?}");
    }
}

/// Whoever can read the database, a backup or a log could act as anybody if the token alone were enough.
#[tokio::test]
async fn a_cookie_without_signature_is_refused_however_lax_the_rest_is() {
    let site = Site::redis();
    let session = site.ann().await;
    let signature = session.bearer_signed.split_once('.').expect("a signature").1;
    for strategy in ["secondary_storage", "get_session", "session_cookie_cache"] {
        let settings = Settings::of(&site.better_auth, &[strategy]).with("better_auth.raw_tokens", true);
        let service = settings.start();
        for unsigned in [
            session.token.clone(),
            format!("{}.", session.token),
            format!("{}.{}", session.token, "A".repeat(43) + "="),
            format!(".{signature}"),
        ] {
            let cookie = format!("{}={unsigned}", session.cookie_name);
            service.me(&Presented::Cookie(cookie)).await.refused();
        }
    }
}

/// Better Auth looks at a ban only when a session is made.
#[tokio::test]
async fn a_ban_written_by_hand_is_seen_where_better_auth_itself_does_not_look() {
    let site = Site::postgres();
    let session = site.ann().await;
    let services =
        ["session_table", "get_session"].map(|strategy| Settings::of(&site.better_auth, &[strategy]).start());
    for service in &services {
        service.me(&Presented::cookie(&session)).await.accepted();
    }
    site.sql(&format!(r#"UPDATE "user" SET "banned" = TRUE WHERE "id" = '{}'"#, session.user_id)).await;
    let known = site.better_auth.get_session(&session).await;
    assert_eq!(known["user"]["banned"], true);
    for service in &services {
        service.me(&Presented::cookie(&session)).await.refused();
    }
}
