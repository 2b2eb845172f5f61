//! Which credential is known by which strategy, and as whom.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::parts::{
    database::Database,
    everywhere::{self, known_alike},
    known::{known_by, known_by_jwt},
    mariadb::MariaDb,
    postgres::Postgres,
    presented::{Presented, changed, encoded},
    settings::{ALL, Settings},
    signed_in::SignedIn,
    site::Site,
    sql,
};

struct Case {
    name: &'static str,
    presented: Presented,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Jwt,
    Signed,
    Raw,
    RawCookie,
}

fn cases(session: &SignedIn, jwt: &str) -> Vec<Case> {
    let (signed, raw) = (&session.bearer_signed, &session.token);
    let raw_cookie = Presented::Cookie(format!("{}={raw}", session.cookie_name));
    [
        ("cookie as received", Kind::Signed, Presented::cookie(session)),
        ("signed bearer", Kind::Signed, Presented::Bearer(signed.clone())),
        ("signed bearer, encoded", Kind::Signed, Presented::Bearer(encoded(signed))),
        ("signed header", Kind::Signed, Presented::Header(signed.clone())),
        ("signed header, encoded", Kind::Signed, Presented::Header(encoded(signed))),
        ("raw bearer", Kind::Raw, Presented::Bearer(raw.clone())),
        ("raw header", Kind::Raw, Presented::Header(raw.clone())),
        ("raw cookie", Kind::RawCookie, raw_cookie),
        ("JWT as bearer", Kind::Jwt, Presented::Bearer(jwt.to_owned())),
        ("JWT as header", Kind::Jwt, Presented::Header(jwt.to_owned())),
    ]
    .map(|(name, kind, presented)| Case { name, presented, kind })
    .into()
}

/// Every credential, by every strategy and by all of them, with raw tokens and without.
async fn every_credential(site: &Site) {
    let session = site.ann().await;
    let id = &session.user_id;
    let full =
        r#"UPDATE "user" SET "emailVerified" = TRUE, "image" = 'https://example.test/a.png' WHERE "id" ="#;
    site.sql(&format!("{full} '{id}'")).await;
    let jwt = site.better_auth.jwt(&session).await;
    let expected = known_by("", &site.better_auth, &session).await;
    let user = &expected["user"];
    assert_eq!(
        (&user["name"], &user["emailVerified"], &user["role"]),
        (&json!("Ann"), &json!(true), &json!("user"))
    );
    assert_eq!(user["image"], "https://example.test/a.png");

    for strategies in [&ALL[..1], &ALL[1..2], &ALL[2..], &ALL] {
        for raw_tokens in [false, true] {
            let settings = Settings::of(&site.better_auth, strategies);
            let service = settings.with("better_auth.raw_tokens", raw_tokens).start();
            let of_sessions = strategies.iter().find(|strategy| **strategy != "jwt");
            for Case { name, presented, kind } in cases(&session, &jwt) {
                let what = format!("{name}, strategies {strategies:?}, raw tokens {raw_tokens}");
                let answer = service.me(&presented).await;
                let expected = match (kind, of_sessions) {
                    (Kind::Jwt, _) if strategies.contains(&"jwt") => known_by_jwt(&jwt),
                    (Kind::Raw, _) if !raw_tokens => Value::Null,
                    (Kind::Signed | Kind::Raw, Some(strategy)) => {
                        known_by(strategy, &site.better_auth, &session).await
                    }
                    _ => Value::Null,
                };
                if expected.is_null() {
                    assert_eq!(answer.status, 401, "{what}");
                    answer.refused();
                } else {
                    assert_eq!(answer.status, 200, "{what}: {answer:?}\n{}", service.log());
                    assert_eq!(answer.accepted(), &expected, "{what}");
                }
            }
        }
    }
}

#[tokio::test]
async fn on_sqlite() {
    every_credential(&Site::own_sqlite()).await;
}

#[tokio::test]
async fn on_postgres() {
    every_credential(Site::postgres()).await;
}

#[tokio::test]
async fn on_mariadb() {
    every_credential(Site::mariadb()).await;
}

/// Ids that the database makes, and that are no texts in it.
async fn other_ids(generate_id: &str) {
    let databases = [
        Database::Sqlite,
        Database::Postgres(Postgres::shared().database(&format!("ids_{generate_id}"))),
        Database::MySql(MariaDb::shared().database(&format!("ids_{generate_id}"))),
    ];
    for database in databases {
        let options = json!({ "advanced": { "database": { "generateId": generate_id } } });
        let site = everywhere::site(&database, options);
        let session = site.ann().await;
        let is_number = session.user_id.parse::<u32>().is_ok();
        assert_eq!(is_number, generate_id == "serial", "{}", session.user_id);
        known_alike(&site, &session).await;
        let service = Settings::of(&site.better_auth, &["session_table"]).start();
        let expected = known_by("session_table", &site.better_auth, &session).await;
        for presented in [Presented::cookie(&session), Presented::bearer(&session)] {
            assert_eq!(service.me(&presented).await.accepted(), &expected);
        }
        site.better_auth.sign_out(&session).await;
        service.me(&Presented::cookie(&session)).await.refused();
    }
}

#[tokio::test]
async fn with_uuids() {
    other_ids("uuid").await;
}

#[tokio::test]
async fn with_serial_numbers() {
    other_ids("serial").await;
}

/// Behind a proxy that ends TLS: another address from inside, the `__Secure-` cookie, and names of one's own.
#[tokio::test]
async fn behind_https() {
    let url = "https://auth.example.test/accounts/auth";
    let options = json!({ "baseURL": url, "advanced": { "cookiePrefix": "acme" } });
    let site = Site::start(&Database::Sqlite, options);
    let session = site.ann().await;
    assert_eq!(session.cookie_name, "__Secure-acme.session_token");
    let plain = Presented::Cookie(format!("acme.session_token={}", session.cookie));
    let jwt = site.better_auth.jwt(&session).await;
    for (strategies, strategy) in [(&ALL[..], "session_table"), (&ALL[2..], "get_session")] {
        let settings = Settings::of(&site.better_auth, strategies)
            .with("better_auth.url", url)
            .with("better_auth.internal_url", site.better_auth.url())
            .with("better_auth.cookie_prefix", "acme");
        let service = settings.start();
        for presented in [Presented::cookie(&session), Presented::bearer(&session)] {
            let expected = known_by(strategy, &site.better_auth, &session).await;
            assert_eq!(service.me(&presented).await.accepted(), &expected, "{presented:?}");
        }
        // A sibling site could have planted it: as if it were not there.
        service.me(&plain).await.missing();
        if strategies.contains(&"jwt") {
            let known = service.me(&Presented::Bearer(jwt.clone())).await;
            assert_eq!(known.accepted(), &known_by_jwt(&jwt));
        }
    }
}

/// Of several credentials the first in the contract's order is judged; the others are as if they were not there.
#[tokio::test]
async fn the_first_carrier_decides() {
    let site = Site::sqlite();
    let (ann, bob) = (site.ann().await, site.ann().await);
    let cookie_of = |session: &SignedIn| format!("{}={}", session.cookie_name, session.cookie);
    for strategies in [&ALL[1..2], &ALL[2..]] {
        let service = Settings::of(&site.better_auth, strategies).start();
        let send = async |headers: &[(&'static str, String)]| {
            let request = service.request(Method::GET, "/api/me", &Presented::Nothing);
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
            service.send(request).await
        };
        let bearer = ("authorization", format!("bEARER   {}", bob.bearer_signed));
        let header = ("x-session-token", ann.bearer_signed.clone());
        let cookie = ("cookie", format!("theme=dark; {}; lang=de", cookie_of(&ann)));
        let answer = send(&[cookie.clone(), header.clone(), bearer.clone()]).await;
        assert_eq!(answer.accepted()["user"]["id"], bob.user_id);
        assert_eq!(send(&[cookie.clone(), header.clone()]).await.accepted()["user"]["id"], ann.user_id);
        // Better Auth itself would fall back to the cookie.
        let wrong = ("authorization", format!("Bearer {}", changed(&bob.bearer_signed, 0)));
        send(&[cookie.clone(), wrong.clone()]).await.refused();
        send(&[bearer.clone(), bearer.clone()]).await.problem(400, "bad-request");
        send(&[header.clone(), header]).await.problem(400, "bad-request");
        send(&[("cookie", format!("{}; {}", cookie_of(&ann), cookie_of(&ann)))]).await.accepted();
        send(&[("cookie", format!("{}; {}", cookie_of(&ann), cookie_of(&bob)))]).await.refused();
        let query = format!("/api/me?token={0}&access_token={0}", bob.bearer_signed);
        service.get(&query, &Presented::Nothing).await.missing();
    }
}

/// SQLite's write-ahead log, which many turn on: what is in it counts, and a file without one is read all the same.
#[tokio::test]
async fn on_sqlite_with_a_write_ahead_log() {
    let mut site = Site::own_sqlite();
    let url = site.better_auth.database_url();
    assert_eq!(sql::text(url, "PRAGMA journal_mode = WAL").await, "wal");
    let settings = Settings::of(&site.better_auth, &["session_table"]);
    let (before, after) = (site.ann().await, site.ann().await);
    let service = settings.start();
    for session in [&before, &after] {
        service.me(&Presented::cookie(session)).await.accepted();
    }
    site.better_auth.sign_out(&before).await;
    service.me(&Presented::cookie(&before)).await.refused();
    drop(service);
    // The last to leave takes the log with it.
    site.better_auth.stop();
    let service = settings.start();
    service.me(&Presented::cookie(&after)).await.accepted();
    site.better_auth.start_again();
    site.better_auth.sign_out(&after).await;
    service.me(&Presented::cookie(&after)).await.refused();
}

/// What was verified is remembered as long as configured, and no longer, where nobody tells of its end.
#[tokio::test]
async fn a_sign_out_is_seen_after_max_age() {
    let site = Site::sqlite();
    let session = site.ann().await;
    let settings = Settings::of(&site.better_auth, &["get_session"]);
    let service = settings.with("get_session.cache.max_age", "2s").start();
    service.me(&Presented::bearer(&session)).await.accepted();
    site.better_auth.sign_out(&session).await;
    service.me(&Presented::bearer(&session)).await.accepted();
    tokio::time::sleep(Duration::from_millis(2100)).await;
    service.me(&Presented::bearer(&session)).await.refused();
}
