//! Many ask at once, and what stands behind the service is asked once, or not at all.

use std::{fs, time::Duration};

use tokio::time::{Instant, sleep, sleep_until};

use super::{
    connection,
    crowd::{crowd, jwts, plugins},
    figures::Statuses,
    forged,
    storm::storm,
    upstream::{Mood, Upstream},
};
use crate::parts::{
    better_auth::BetterAuth, database::Database, postgres::Postgres, presented::Presented,
    settings::Settings, sql,
};

const MANY: usize = 5000;
/// A look-up takes so long that all have come before it ends.
const SLOW: Duration = Duration::from_secs(1);

/// The service's queries for sessions in the database's log, by their token: it writes each letter of a value as a number.
fn queries(postgres: &Postgres) -> Vec<String> {
    let log = fs::read_to_string(postgres.process.folder().join("log")).expect("the log");
    let value = |line: &str| {
        let letters = line.split_once("= E'")?.1.split('\'').next()?.split("\\x").skip(1);
        letters.map(|letter| u8::from_str_radix(letter, 16).ok().map(char::from)).collect::<Option<String>>()
    };
    // The service asks for nobody to learn whether it would be answered.
    log.lines().filter_map(value).filter(|token| !token.is_empty()).collect()
}

/// All of them come from one address.
fn with_room_for_many(settings: Settings) -> Settings {
    settings.with("server.max_connections_per_client", 10_000)
}

/// Better Auth on a PostgreSQL that writes down every statement.
fn on_postgres(postgres: &Postgres) -> BetterAuth {
    let database = postgres.database("stampede");
    postgres.sql("postgres", "ALTER DATABASE stampede SET log_statement = 'all'");
    BetterAuth::start(&Database::Postgres(database), plugins())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn one_cold_session_is_looked_up_once_at_better_auth() {
    let better_auth = BetterAuth::start(&Database::Sqlite, plugins());
    let upstream = Upstream::start(&better_auth).await;
    let service = with_room_for_many(Settings::of(&better_auth, &["get_session"]))
        .with("better_auth.internal_url", upstream.url())
        .with("get_session.cache.max_age", "60s")
        .start();
    let session = &crowd(&better_auth, 1).await[0];
    // Before, the service has asked on its own: whether Better Auth accepts what its secret signs.
    service.becomes_ready().await;
    let before = upstream.asked("/get-session");
    upstream.is(Mood::Slow(SLOW));
    let request = connection::me(&Presented::bearer(session));
    let begin = Instant::now();
    let statuses: Statuses = storm(&service, MANY, vec![request; MANY]).await.into_iter().collect();
    let (time, asked) = (begin.elapsed(), upstream.asked("/get-session") - before);
    println!("{MANY} requests with one cold session, get_session: {statuses} in {time:.1?}, {asked} look-up");
    assert_eq!((statuses.other_than(&[200]), asked), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn one_cold_session_is_looked_up_once_in_its_table() {
    let postgres = Postgres::start();
    let better_auth = on_postgres(&postgres);
    let service = with_room_for_many(Settings::of(&better_auth, &["session_table"]))
        .with("session_table.cache.max_age", "60s")
        .start();
    let session = &crowd(&better_auth, 1).await[0];
    let before = queries(&postgres).iter().filter(|token| **token == session.token).count();
    let request = connection::me(&Presented::bearer(session));
    // One transaction: nobody reads the table before it ends.
    let hold = format!("LOCK TABLE session; SELECT pg_sleep({})", SLOW.as_secs());
    let begin = Instant::now();
    let ((), statuses) = tokio::join!(sql::execute(better_auth.database_url(), &hold), async {
        sleep(SLOW / 5).await;
        storm(&service, MANY, vec![request; MANY]).await
    });
    let statuses: Statuses = statuses.into_iter().collect();
    let (time, all) = (begin.elapsed(), queries(&postgres));
    let asked = all.iter().filter(|token| **token == session.token).count() - before;
    println!("{MANY} requests with one cold session, session_table: {statuses} in {time:.1?}, {asked} query");
    assert_eq!((statuses.other_than(&[200]), asked), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn unknown_keys_cause_one_fetch_in_a_cooldown() {
    const COOLDOWN: Duration = Duration::from_secs(10);
    let better_auth = BetterAuth::start(&Database::Sqlite, plugins());
    let upstream = Upstream::start(&better_auth).await;
    let service =
        Settings::of(&better_auth, &["jwt"]).with("better_auth.internal_url", upstream.url()).start();
    let session = crowd(&better_auth, 1).await;
    let jwt = &jwts(&better_auth, &session).await[0];
    service.me(&Presented::Bearer(jwt.clone())).await.accepted();
    let wave = async |name, first: usize| {
        let before = upstream.asked("/jwks");
        let unknown = (first..first + MANY).map(|number| forged::jwt_of_unknown_key(jwt, number));
        let requests = unknown.map(|presented| connection::me(&presented)).collect();
        let statuses: Statuses = storm(&service, 100, requests).await.into_iter().collect();
        let fetches = upstream.asked("/jwks") - before;
        println!("{MANY} JWTs of unknown keys, {name}: {statuses}, {fetches} fetches");
        assert_eq!(statuses.other_than(&[401, 503]), 0, "{name}");
        service.me(&Presented::Bearer(jwt.clone())).await.accepted();
        fetches
    };
    let begin = Instant::now();
    assert_eq!(wave("the first", 0).await, 1);
    let rested = Instant::now() + COOLDOWN;
    assert_eq!(wave("at once again", MANY).await, 0);
    assert!(begin.elapsed() < COOLDOWN, "too slow to tell");
    sleep_until(rested).await;
    assert_eq!(wave("after the cool-down", 2 * MANY).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn bad_signatures_cost_nobody_else_anything() {
    let postgres = Postgres::start();
    let better_auth = on_postgres(&postgres);
    let upstream = Upstream::start(&better_auth).await;
    let service = Settings::of(&better_auth, &["jwt", "session_table"])
        .with("better_auth.internal_url", upstream.url())
        .start();
    let sessions = crowd(&better_auth, 1).await;
    let (session, jwt) = (&sessions[0], &jwts(&better_auth, &sessions).await[0]);
    for good in [Presented::bearer(session), Presented::Bearer(jwt.clone())] {
        service.me(&good).await.accepted();
    }
    let before = (upstream.asked(""), queries(&postgres).len());
    assert!(before.0 > 0 && before.1 > 0, "nothing is counted");
    let bad = (0..MANY).flat_map(|n| [forged::session(session, n), forged::jwt(jwt, n)]);
    let begin = Instant::now();
    let statuses = storm(&service, 100, bad.map(|presented| connection::me(&presented)).collect()).await;
    let statuses: Statuses = statuses.into_iter().collect();
    let (fetches, queried) = (upstream.asked("") - before.0, queries(&postgres).len() - before.1);
    println!(
        "{} bad signatures: {statuses} in {:.1?}, {fetches} requests to Better Auth, {queried} queries",
        2 * MANY,
        begin.elapsed()
    );
    assert_eq!((statuses.other_than(&[401]), fetches, queried), (0, 0, 0));
}
