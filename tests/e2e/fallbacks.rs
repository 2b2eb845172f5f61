//! `session_table` cannot find out, and `get_session` is asked: Better Auth keeps its sessions in Redis, too, and so can
//! do without the tables for a while.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::parts::{
    answer::Answer, database::Database, everywhere, known::known_by, postgres::Postgres,
    presented::Presented, service::Service, settings::Settings, signed_in::SignedIn, site::Site, wait::until,
};

const TIMEOUT: &str = "1s";
/// Both time-outs, and what a busy machine needs.
const IN_TIME: Duration = Duration::from_secs(4);
/// Nobody waits any more.
const AT_ONCE: Duration = Duration::from_millis(500);

/// A database server of one's own, a Better Auth on it and on Redis, and a service that asks both.
struct Scene {
    postgres: Postgres,
    site: Site,
    service: Service,
}

impl Scene {
    fn start() -> Self {
        let postgres = Postgres::start();
        let settings = json!({
            // It would answer in Better Auth's place.
            "session": { "cookieCache": { "enabled": false } },
            // To sign one of its tokens it reads the tables, too.
            "plugins": { "admin": {}, "jwt": { "disableSettingJwtHeader": true } },
        });
        let site = everywhere::site(&Database::Postgres(postgres.database("sessions")), settings);
        let service = Settings::of(&site.better_auth, &["session_table"])
            .with("session_table.fallback", "get_session")
            .with("session_table.timeout", TIMEOUT)
            .with("get_session.timeout", TIMEOUT)
            .with("log.level", "debug")
            .start();
        Self { postgres, site, service }
    }

    /// Whoever is known, is known by this strategy, with what Better Auth says of them.
    async fn known_by(&self, strategy: &str, session: &SignedIn) {
        let known = known_by(strategy, &self.site.better_auth, session).await;
        for presented in [Presented::cookie(session), Presented::bearer(session)] {
            assert_eq!(self.service.me(&presented).await.accepted(), &known);
        }
    }

    async fn comes_back(&self, session: &SignedIn) {
        let cookie = Presented::cookie(session);
        let by_table = |answer: &Answer| answer.body["strategy"] == "session_table";
        until(async || self.service.me(&cookie).await, by_table).await.accepted();
    }

    /// How often the fallback was asked.
    fn asked(&self) -> usize {
        self.service.log().matches("the fallback is asked").count()
    }
}

/// With the signature of another token.
fn forged(session: &SignedIn) -> Presented {
    Presented::Bearer(session.bearer_signed.replace(&session.token[..8], "AAAAAAAA"))
}

#[tokio::test]
async fn who_is_known_stays_known_without_the_tables() {
    let mut scene = Scene::start();
    let session = scene.site.ann().await;
    let cookie = Presented::cookie(&session);
    scene.known_by("session_table", &session).await;
    assert_eq!(scene.asked(), 0);
    assert!(scene.service.log().contains("get_session is asked if session_table cannot decide"));

    scene.postgres.stop();
    scene.known_by("get_session", &session).await;
    for path in ["/api/public", "/health/ready"] {
        assert_eq!(scene.service.get(path, &cookie).await.status, 200, "{path}");
    }
    // A bad signature needs neither.
    let asked = scene.asked();
    assert!(asked > 0);
    scene.service.me(&forged(&session)).await.refused();
    assert_eq!(scene.asked(), asked);

    scene.postgres.start_again();
    scene.comes_back(&session).await;
    scene.known_by("session_table", &session).await;
}

/// There, and silent. The first who ask wait for it, then nobody does.
#[tokio::test]
async fn tables_that_hang_delay_nobody_for_long() {
    let mut scene = Scene::start();
    let session = scene.site.ann().await;
    let cookie = Presented::cookie(&session);
    scene.known_by("session_table", &session).await;
    scene.postgres.pause();
    let mut times = Vec::new();
    let begin = Instant::now();
    while times.len() < 20 {
        let (answer, time) = scene.service.timed_me(&cookie).await;
        assert_eq!(answer.accepted()["strategy"], "get_session");
        assert!(time < IN_TIME, "{time:?}");
        times.push(time);
    }
    let prompt = times.iter().filter(|time| **time < AT_ONCE).count();
    assert!(prompt >= 10, "{prompt} in {:?}: {times:?}", begin.elapsed());
    scene.postgres.resume();
    scene.comes_back(&session).await;
}

/// The tables say no, and Better Auth, which reads Redis, would say yes.
#[tokio::test]
async fn what_was_refused_stays_refused() {
    let mut scene = Scene::start();
    let (ended, session) = (scene.site.ann().await, scene.site.ann().await);
    let [of_ended, cookie] = [&ended, &session].map(Presented::cookie);
    scene.site.sql(&format!(r#"DELETE FROM "session" WHERE "token" = '{}'"#, ended.token)).await;
    assert_ne!(scene.site.better_auth.get_session(&ended).await, Value::Null);
    scene.service.me(&of_ended).await.refused();
    scene.service.has_told("session_table", "unknown-session");
    assert_eq!(scene.asked(), 0);

    // Nor is it undecidable while the fallback is away: nobody asks it.
    scene.site.better_auth.stop();
    scene.service.me(&of_ended).await.refused();
    assert_eq!(scene.service.me(&cookie).await.accepted()["strategy"], "session_table");
    assert_eq!(scene.asked(), 0);

    // Where neither can be asked, nothing is known.
    scene.postgres.stop();
    for presented in [&of_ended, &cookie] {
        scene.service.me(presented).await.undecidable();
    }
    let ready = async || scene.service.get("/health/ready", &Presented::Nothing).await;
    until(ready, |answer| answer.status == 503).await;
}
