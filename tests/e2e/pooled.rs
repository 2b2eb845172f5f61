//! `PgBouncer` between the service and its databases. In transaction mode it lends a connection for one transaction, so that
//! nothing else of a connection can be relied on.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions};

use crate::parts::{
    database::Database,
    pgbouncer::PgBouncer,
    postgres::Postgres,
    presented::{Presented, changed},
    remembering::{PROMPTLY, Remembering},
    service::{self, Service},
    settings::Settings,
    site::Site,
    triggers::{STRATEGY, migrates},
};

const MODES: [&str; 2] = ["transaction", "session"];
const AT_ONCE: usize = 40;
const ROUNDS: usize = 3;

/// Another client of this driver, such as an application of one's own, leaves prepared statements behind whose names are
/// taken from then on.
async fn litter(url: &str) {
    let options: PgConnectOptions = url.parse().expect("a URL");
    for _ in 0..4 {
        let mut connection = options.clone().extra_float_digits(None).connect().await.expect("a connection");
        for _ in 0..6 {
            // The names may be taken for it as well.
            let _ = sqlx::query("SELECT pg_backend_pid()").fetch_one(&mut connection).await;
            let _ = sqlx::query("SELECT 1").fetch_one(&mut connection).await;
        }
        connection.close().await.expect("to close");
    }
}

/// All of them known, and a stranger refused, all at the same time.
async fn knows_all(service: &Service, known: &[Presented], stranger: &Presented) {
    let asked = (0..AT_ONCE).map(|at| service.me(&known[at % known.len()]));
    let (answers, refused) = tokio::join!(join_all(asked), service.me(stranger));
    for answer in answers {
        answer.accepted();
    }
    refused.refused();
}

#[tokio::test]
async fn f4_sessions_are_looked_up_through_a_pooler_and_after_every_restart() {
    for mode in MODES {
        let url = Postgres::shared().database(&format!("pooled_{mode}"));
        let site = Site::start(&Database::Postgres(url.clone()), json!({}));
        let pgbouncer = PgBouncer::start(&url, mode);
        litter(&pgbouncer.url()).await;
        let settings = Settings::of(&site.better_auth, &["session_table"])
            .with("session_table.database_url", pgbouncer.url());
        let [ann, bob, gone] = [site.ann().await, site.ann().await, site.ann().await];
        let known = [&ann, &bob].map(Presented::cookie);
        let stranger = Presented::Bearer(changed(&ann.bearer_signed, 3));
        for _ in 0..ROUNDS {
            // Two beside each other: each counts its statements from one.
            let services = [settings.start(), settings.start()];
            for service in &services {
                knows_all(service, &known, &stranger).await;
            }
            tokio::join!(
                knows_all(&services[0], &known, &stranger),
                knows_all(&services[1], &known, &stranger),
            );
            for service in services {
                let log = service.stop();
                assert!(!log.contains("prepared statement"), "{mode}:\n{log}");
            }
        }
        let service = settings.start();
        service.me(&Presented::cookie(&gone)).await.accepted();
        site.better_auth.sign_out(&gone).await;
        service.me(&Presented::cookie(&gone)).await.refused();
    }
}

/// A pooler that passes no notification on does not matter: the service asks what has ended.
#[tokio::test]
async fn f4_what_has_ended_is_seen_through_a_pooler() {
    for mode in MODES {
        let url = Postgres::shared().database(&format!("pooled_feed_{mode}"));
        let site = Site::start(&Database::Postgres(url.clone()), json!({}));
        migrates(&Settings::of(&site.better_auth, &[STRATEGY]), &[]);
        let pgbouncer = PgBouncer::start(&url, mode);
        let settings =
            Settings::of(&site.better_auth, &[STRATEGY]).with("session_table.database_url", pgbouncer.url());
        let remembering = Remembering::start(&settings, STRATEGY, PROMPTLY);
        remembering.listens_to(&["postgresql"]).await;
        let session = site.ann().await;
        let presented = Presented::cookie(&session);
        remembering.knows(&presented).await;
        site.better_auth.sign_out(&session).await;
        remembering.sees_the_end_of(&presented).await;
    }
}

#[tokio::test]
async fn f4_own_tables_are_made_and_used_through_a_pooler() {
    for mode in MODES {
        let url = Postgres::shared().database(&format!("pooled_todos_{mode}"));
        Postgres::shared().sql(&format!("pooled_todos_{mode}"), "CREATE SCHEMA app");
        let site = Site::sqlite();
        let pgbouncer = PgBouncer::start(&url, mode);
        let pooled = pgbouncer.url();
        litter(&pooled).await;
        for own in [pooled.clone(), format!("{pooled}?schema=app&pgbouncer=true")] {
            let settings = Settings::of(&site.better_auth, &["session_table"])
                .with_todos(&own)
                .with("revocation.persist", true);
            for _ in 0..2 {
                let migrated = service::run(&["migrate"], &settings.toml());
                assert_eq!(migrated.code, Some(0), "{mode}: {migrated:?}");
                litter(&pooled).await;
            }
            for round in 1..=ROUNDS {
                let service = settings.start();
                let ann = Presented::bearer(&site.ann().await);
                let titles: Vec<_> =
                    (0..AT_ONCE).map(|at| json!({ "title": format!("{round} {at} ' \\ ü") })).collect();
                let created =
                    join_all(titles.iter().map(|todo| service.post("/api/todos", &ann, todo))).await;
                for (answer, todo) in created.iter().zip(&titles) {
                    assert_eq!(
                        (answer.status, &answer.body["title"]),
                        (201, &todo["title"]),
                        "{mode}: {answer:?}"
                    );
                }
                let path = format!("/api/todos/{}", created[0].body["id"].as_str().expect("an id"));
                let change = service.request(Method::PATCH, &path, &ann).json(&json!({ "completed": true }));
                assert_eq!(service.send(change).await.accepted()["completed"], true);
                assert_eq!(service.send(service.request(Method::DELETE, &path, &ann)).await.status, 204);
                let left = service.get("/api/todos?limit=100", &ann).await;
                assert_eq!(left.accepted()["items"].as_array().map(Vec::len), Some(AT_ONCE - 1));
                service.stop();
            }
        }
        let count = |schema: &str| {
            let count = format!("SELECT count(*) FROM {schema}.verifier_todo");
            Postgres::shared().sql(&format!("pooled_todos_{mode}"), &count)
        };
        let expected = (ROUNDS * (AT_ONCE - 1)).to_string();
        assert_eq!([count("public"), count("app")], [expected.clone(), expected], "{mode}");
    }
}
