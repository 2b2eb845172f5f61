//! What the service trusts goes away, hangs, talks nonsense and comes back, under constant load. Nobody who is signed
//! in is told otherwise, nobody else is let in, and nobody waits for longer than the time-out.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{
    crowd::plugins,
    figures::Figures,
    load::{Asked, Load},
    mixed::{Kind, Mixed, told},
    upstream::{self, Mood, Upstream},
};
use crate::parts::{
    better_auth::{BetterAuth, extend},
    database::Database,
    postgres::Postgres,
    redis::Redis,
    service::Service,
    settings::Settings,
};

const RATE: u32 = 200;
const TIMEOUT: Duration = Duration::from_millis(500);
/// Beside the time-out, on a machine that does everything else as well.
const SLACK: Duration = Duration::from_millis(50);
/// As long is remembered who was verified: most outages are longer.
const REMEMBERED: Duration = Duration::from_secs(2);
const CALM: Duration = Duration::from_secs(3);
const OUTAGE: Duration = Duration::from_secs(6);
const RECOVERY: Duration = Duration::from_secs(5);
const AFTER: Duration = Duration::from_secs(2);

/// One outage, from shortly before it to well after.
struct Outage {
    name: &'static str,
    load: Load<Kind>,
    began: Instant,
}

impl Outage {
    /// What comes next is the outage itself.
    async fn begin(name: &'static str, service: &Service, mixed: &Arc<Mixed>) -> Self {
        let load = mixed.load(service, RATE);
        sleep(CALM).await;
        Self { name, load, began: Instant::now() }
    }

    /// Now that it is over: all is well again, and was as well meanwhile as it could be.
    async fn ends(self) -> Vec<Asked<Kind>> {
        let ended = Instant::now();
        sleep(RECOVERY + AFTER).await;
        let asked = self.load.stop().await;
        let failed = asked.iter().filter(|asked| asked.due > ended && asked.status != asked.label.status());
        let recovery = failed.map(|asked| asked.due - ended).max().unwrap_or_default();
        let latencies = asked.iter().filter(|asked| asked.due >= self.began && asked.due < ended);
        let latencies: Figures = latencies.map(|asked| asked.latency).collect();
        println!("{}: {}; {latencies}; recovered in {recovery:.1?}", self.name, told(&asked));
        let wrong = asked.iter().find(|asked| {
            // What was due shortly before may have been under way.
            let calm = asked.due + TIMEOUT < self.began || asked.due > ended + RECOVERY;
            asked.status != asked.label.status() && (calm || asked.status != 503)
        });
        assert!(wrong.is_none(), "{}, {:?}: {wrong:?}", self.name, ended - self.began);
        assert!(latencies.percentile(99) < TIMEOUT + SLACK, "{}: {latencies}", self.name);
        asked
    }
}

/// JWTs are asked about beside the sessions that this strategy knows.
fn settings(better_auth: &BetterAuth, strategy: &str) -> Settings {
    Settings::of(better_auth, &["jwt", strategy])
        .with(&format!("{strategy}.timeout"), format!("{}ms", TIMEOUT.as_millis()))
        .with(&format!("{strategy}.cache.max_age"), format!("{}s", REMEMBERED.as_secs()))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn of_better_auth() {
    let mut better_auth = BetterAuth::start(&Database::Sqlite, plugins());
    let upstream = Upstream::start(&better_auth).await;
    let mixed = Mixed::of(&better_auth).await;
    let settings = settings(&better_auth, "get_session");
    let service = settings.clone().with("better_auth.internal_url", upstream.url()).start();
    for (name, mood) in [
        ("Better Auth mute", Mood::Hang),
        ("Better Auth slow", Mood::Slow(2 * TIMEOUT)),
        ("Better Auth answers 500", Mood::Answer(upstream::failure)),
        ("Better Auth answers 429", Mood::Answer(upstream::too_many)),
        ("Better Auth answers garbage", Mood::Answer(upstream::garbage)),
        ("Better Auth answers 1 GB", Mood::Answer(upstream::gigabyte)),
    ] {
        let outage = Outage::begin(name, &service, &mixed).await;
        upstream.is(mood);
        sleep(OUTAGE).await;
        upstream.is(Mood::PassOn);
        outage.ends().await;
    }

    // Without anybody between.
    let service = settings.start();
    let outage = Outage::begin("Better Auth killed", &service, &mixed).await;
    better_auth.process.stop("KILL");
    sleep(OUTAGE).await;
    better_auth.start_again();
    outage.ends().await;

    let outage = Outage::begin("Better Auth paused", &service, &mixed).await;
    better_auth.pause();
    sleep(OUTAGE).await;
    better_auth.resume();
    outage.ends().await;
}

/// Longer than the keys are fresh: a known key goes on to be known.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn of_the_keys() {
    let better_auth = BetterAuth::start(&Database::Sqlite, plugins());
    let upstream = Upstream::start(&better_auth).await;
    let mixed = Mixed::of(&better_auth).await;
    let service = settings(&better_auth, "get_session")
        .with("better_auth.internal_url", upstream.url())
        .with("jwt.refresh", "2s")
        .with("jwt.cooldown", "1s")
        .with("jwt.max_stale", "1h")
        .with("jwt.cache.max_age", "0s")
        .start();
    let outage = Outage::begin("the keys out of reach", &service, &mixed).await;
    let before = upstream.asked("/jwks");
    upstream.is_at("/jwks", Mood::Hang);
    sleep(2 * OUTAGE).await;
    let tried = upstream.asked("/jwks") - before;
    assert!(tried > 1, "nobody looked for new keys");
    upstream.is(Mood::PassOn);
    outage.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn of_postgres() {
    let mut postgres = Postgres::start();
    let better_auth = BetterAuth::start(&Database::Postgres(postgres.database("outages")), plugins());
    let mixed = Mixed::of(&better_auth).await;
    let service = settings(&better_auth, "session_table").start();

    is_stopped("PostgreSQL stopped", &mut postgres, &service, &mixed).await;

    let outage = Outage::begin("PostgreSQL restarted", &service, &mixed).await;
    postgres.stop();
    postgres.start_again();
    outage.ends().await;

    is_paused("PostgreSQL paused", &mut postgres, &service, &mixed).await;
}

async fn is_stopped(
    name: &'static str,
    postgres: &mut Postgres,
    service: &Service,
    mixed: &Arc<Mixed>,
) -> Vec<Asked<Kind>> {
    let outage = Outage::begin(name, service, mixed).await;
    postgres.stop();
    sleep(OUTAGE).await;
    postgres.start_again();
    outage.ends().await
}

async fn is_paused(
    name: &'static str,
    postgres: &mut Postgres,
    service: &Service,
    mixed: &Arc<Mixed>,
) -> Vec<Asked<Kind>> {
    let outage = Outage::begin(name, service, mixed).await;
    postgres.pause();
    sleep(OUTAGE).await;
    postgres.resume();
    outage.ends().await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn of_redis() {
    let mut redis = Redis::start();
    let mut with_redis = plugins();
    extend(&mut with_redis, json!({ "secondaryStorage": { "redis": redis.url() } }));
    let better_auth = BetterAuth::start(&Database::Sqlite, with_redis);
    let mixed = Mixed::of(&better_auth).await;
    let service = settings(&better_auth, "secondary_storage").start();

    let outage = Outage::begin("Redis stopped", &service, &mixed).await;
    // It finds everything again.
    redis.command(&["SAVE"]);
    redis.stop();
    sleep(OUTAGE).await;
    redis.start_again();
    outage.ends().await;

    let outage = Outage::begin("Redis paused", &service, &mixed).await;
    redis.pause();
    sleep(OUTAGE).await;
    redis.resume();
    outage.ends().await;

    is_flushed(&redis, &better_auth, &service, &mixed).await;
}

/// The table is asked only for what Redis does not hold, so nobody who is signed in notices.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn of_the_table_behind_redis() {
    let (redis, mut postgres) = (Redis::start(), Postgres::start());
    let mut options = plugins();
    extend(
        &mut options,
        json!({ "secondaryStorage": { "redis": redis.url() }, "session": { "storeSessionInDatabase": true } }),
    );
    let better_auth = BetterAuth::start(&Database::Postgres(postgres.database("outages")), options);
    let mixed = Mixed::of(&better_auth).await;
    let settings = settings(&better_auth, "secondary_storage");
    let service = settings.with("secondary_storage.store_session_in_database", true).start();

    let stopped = is_stopped("the table behind Redis stopped", &mut postgres, &service, &mixed).await;
    let paused = is_paused("the table behind Redis paused", &mut postgres, &service, &mixed).await;

    let mut sessions = stopped.iter().chain(&paused).filter(|asked| asked.label == Kind::Session);
    let failed = sessions.find(|asked| asked.status != 200);
    assert!(failed.is_none(), "{failed:?}");
}

/// Everybody is signed out, and that is no outage.
async fn is_flushed(redis: &Redis, better_auth: &BetterAuth, service: &Service, mixed: &Arc<Mixed>) {
    let load = mixed.load(service, RATE);
    sleep(CALM).await;
    redis.command(&["FLUSHALL"]);
    let flushed = Instant::now();
    sleep(REMEMBERED).await;
    let since = Mixed::of(better_auth).await.load(service, RATE);
    sleep(AFTER).await;
    let (asked, since) = (load.stop().await, since.stop().await);
    let latencies: Figures = asked.iter().chain(&since).map(|asked| asked.latency).collect();
    println!("Redis flushed: {}; signed in since: {}; {latencies}", told(&asked), told(&since));
    let wrong = asked.iter().chain(&since).find(|asked| {
        asked.status != asked.label.status() && (asked.label != Kind::Session || asked.status != 401)
    });
    assert!(wrong.is_none(), "{wrong:?}");
    let sessions = asked.iter().filter(|asked| asked.label == Kind::Session);
    let late = sessions.filter(|asked| asked.status == 200).map(|asked| asked.due).max();
    assert!(late.is_some_and(|late| late < flushed + REMEMBERED + SLACK), "accepted after the flush");
    assert!(since.iter().all(|asked| asked.status == asked.label.status()), "not signed in");
    assert!(latencies.percentile(99) < TIMEOUT + SLACK, "{latencies}");
}
