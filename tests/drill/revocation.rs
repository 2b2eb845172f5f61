//! How late a sign-out is seen by a service that remembers sessions for long: only being told of it can end one in
//! time.

use std::time::Duration;

use sea_orm::ConnectionTrait;
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::{
    connection::{self, Connection},
    crowd::{bearers, crowd, jwts, plugins},
    figures::Figures,
    sign_out::lag,
};
use crate::parts::{
    better_auth::{BetterAuth, extend},
    database::Database,
    mariadb::MariaDb,
    postgres::Postgres,
    presented::Presented,
    redis::Redis,
    service::{self, Service},
    settings::Settings,
    signed_in::SignedIn,
    sql,
};

const SESSIONS: usize = 200;
const AT_ONCE: Duration = Duration::from_millis(100);
/// Longer than a test runs: what is remembered does not age.
pub const REMEMBERED: &str = "60s";
/// Less than it takes to find out that a server is held.
const HELD: Duration = Duration::from_millis(200);
/// What a service needs to begin to listen, and to hear of what was before.
const SETTLING: Duration = Duration::from_secs(2);
const HOOK_SECRET: &str = "the-secret-of-the-hook-of-the-drills-0123456789";

/// Signs everybody out, one after the other. Nearly each is seen within `bound`.
async fn sign_outs(
    name: &str,
    (service, better_auth): (&Service, &BetterAuth),
    all: Vec<(SignedIn, String)>,
    bound: Duration,
) {
    sleep(SETTLING).await;
    let mut lags = Vec::new();
    for (session, request) in &all {
        lags.push(lag(service, better_auth, (session, request)).await);
    }
    let lags: Figures = lags.into_iter().collect();
    println!("{name}: {} sign-outs, seen after {lags}", all.len());
    assert!(lags.percentile(99) < bound, "{lags}");
}

fn settings(better_auth: &BetterAuth, strategy: &str) -> Settings {
    Settings::of(better_auth, &[strategy]).with(&format!("{strategy}.cache.max_age"), REMEMBERED)
}

/// What one who is signed in sends.
async fn one(better_auth: &BetterAuth) -> String {
    bearers(better_auth, 1).await.remove(0).1
}

/// The service does remember: who was accepted once is accepted while nobody can be asked. Then lags mean something.
async fn remembers(service: &Service, request: &str, mut hold: impl AsyncFnMut(bool)) {
    let mut connection = Connection::open(service.url()).await.expect("a connection");
    sleep(SETTLING).await;
    assert_eq!(connection.ask(request).await.expect("an answer"), 200);
    hold(true).await;
    let answer = timeout(HELD, connection.ask(request)).await;
    hold(false).await;
    assert_eq!(answer.expect("an answer at once").expect("an answer"), 200);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn by_postgres() {
    let mut postgres = Postgres::start();
    let better_auth = BetterAuth::start(&Database::Postgres(postgres.database("revocation")), plugins());
    let settings = settings(&better_auth, "session_table");
    install_triggers(&settings);
    let service = settings.start();
    let all = bearers(&better_auth, SESSIONS).await;
    sign_outs("PostgreSQL", (&service, &better_auth), all, AT_ONCE).await;
    let request = one(&better_auth).await;
    remembers(&service, &request, async |on| if on { postgres.pause() } else { postgres.resume() }).await;
}

/// What tells of a sign-out in PostgreSQL.
pub fn install_triggers(settings: &Settings) {
    let migrated = service::run(&["migrate", "--revocation-triggers"], &settings.toml());
    assert_eq!(migrated.code, Some(0), "{}", migrated.output);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn by_sqlite() {
    let better_auth = BetterAuth::start(&Database::Sqlite, plugins());
    let service = settings(&better_auth, "session_table").start();
    let all = bearers(&better_auth, SESSIONS).await;
    sign_outs("SQLite", (&service, &better_auth), all, Duration::from_millis(250)).await;
    let request = one(&better_auth).await;
    let holder = sql::connect(better_auth.database_url()).await;
    remembers(&service, &request, async |on| {
        let statement = if on { "BEGIN EXCLUSIVE" } else { "ROLLBACK" };
        holder.execute_unprepared(statement).await.expect("the lock");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn by_mariadb() {
    let mut mariadb = MariaDb::start();
    let better_auth = BetterAuth::start(&Database::MySql(mariadb.database("revocation")), plugins());
    let service = settings(&better_auth, "session_table").start();
    let all = bearers(&better_auth, SESSIONS).await;
    // It tells nobody, so the service looks again and again.
    sign_outs("MariaDB", (&service, &better_auth), all, Duration::from_secs(2)).await;
    let request = one(&better_auth).await;
    remembers(&service, &request, async |on| if on { mariadb.pause() } else { mariadb.resume() }).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn by_redis() {
    let mut redis = Redis::start();
    let mut with_redis = plugins();
    extend(&mut with_redis, json!({ "secondaryStorage": { "redis": redis.url() } }));
    let better_auth = BetterAuth::start(&Database::Sqlite, with_redis);
    let service = settings(&better_auth, "secondary_storage").start();
    let all = bearers(&better_auth, SESSIONS).await;
    sign_outs("Redis", (&service, &better_auth), all, AT_ONCE).await;
    let request = one(&better_auth).await;
    remembers(&service, &request, async |on| if on { redis.pause() } else { redis.resume() }).await;
}

/// A service that Better Auth's plugin tells; its address is not known before it runs.
fn hooked(better_auth: &mut BetterAuth, strategy: &str) -> Service {
    let service = settings(better_auth, strategy).with("revocation.hook_secret", HOOK_SECRET).start();
    let hook = json!({ "url": format!("{}/hooks/better-auth", service.url()), "secret": HOOK_SECRET });
    better_auth.change(json!({ "plugins": { "anonymous": {}, "verifier": hook } }));
    service
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn by_the_hook() {
    let mut better_auth = BetterAuth::start(&Database::Sqlite, plugins());
    let service = hooked(&mut better_auth, "get_session");
    let all = bearers(&better_auth, SESSIONS).await;
    sign_outs("the hook, get_session", (&service, &better_auth), all, AT_ONCE).await;
    let request = one(&better_auth).await;
    remembers(&service, &request, async |on| if on { better_auth.pause() } else { better_auth.resume() })
        .await;
}

/// A token says nothing of the session it was made for, and ends with it all the same.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn of_tokens_by_the_hook() {
    let mut better_auth = BetterAuth::start(&Database::Sqlite, plugins());
    let service = hooked(&mut better_auth, "jwt");
    let sessions = crowd(&better_auth, SESSIONS).await;
    let requests = jwts(&better_auth, &sessions).await.into_iter();
    let requests = requests.map(|jwt| connection::me(&Presented::Bearer(jwt)));
    let all = sessions.into_iter().zip(requests).collect();
    sign_outs("the hook, jwt", (&service, &better_auth), all, AT_ONCE).await;
}
