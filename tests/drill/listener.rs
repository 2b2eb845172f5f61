//! The connection on which PostgreSQL tells of sign-outs breaks under load. What is remembered must not be believed
//! then: not for longer than it takes to find out.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::{
    crowd::{bearers, plugins},
    figures::{Figures, Statuses},
    line::{Extent, Fault, Line},
    load::{Asked, Load},
    revocation::{REMEMBERED, install_triggers},
    sign_out::lag,
};
use crate::parts::{better_auth::BetterAuth, database::Database, postgres::Postgres, settings::Settings};

const RATE: u32 = 200;
const GOOD: usize = 20;
const SIGNED_OUT: usize = 20;
const TIMEOUT: Duration = Duration::from_millis(500);
const CALM: Duration = Duration::from_secs(3);
const BROKEN: Duration = Duration::from_secs(5);
/// The service has found out by then.
const DETECTION: Duration = Duration::from_millis(1100);
/// All is as before by then.
const RECOVERY: Duration = Duration::from_secs(5);
const INSTANT: Duration = Duration::from_millis(100);

/// Who is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Session {
    Good,
    /// Just after the line broke.
    SignedOut,
}

async fn broken(fault: Fault, extent: Extent) {
    let postgres = Postgres::start();
    let better_auth = BetterAuth::start(&Database::Postgres(postgres.database("listener")), plugins());
    let line = Line::start(better_auth.database_url()).await;
    let settings = Settings::of(&better_auth, &["session_table"])
        .with("session_table.timeout", format!("{}ms", TIMEOUT.as_millis()))
        .with("session_table.cache.max_age", REMEMBERED);
    install_triggers(&settings);
    let service = settings.with("session_table.database_url", line.url()).start();

    let mut later = bearers(&better_auth, GOOD + SIGNED_OUT + GOOD).await;
    let asked: Vec<_> = later.drain(..GOOD + SIGNED_OUT).collect();
    let requests: Vec<Arc<str>> = asked.iter().map(|(_, request)| request.as_str().into()).collect();
    let mut number = 0;
    let load = Load::start(&service, RATE, move || {
        number += 1;
        let at = number % requests.len();
        (if at < GOOD { Session::Good } else { Session::SignedOut }, requests[at].clone())
    });
    sleep(CALM).await;

    line.breaks(fault, extent);
    let broke = Instant::now();
    join_all(asked[GOOD..].iter().map(|(session, _)| better_auth.sign_out(session))).await;
    let signed_out = Instant::now();
    sleep(BROKEN).await;
    line.is_mended();
    let mended = Instant::now();
    sleep(RECOVERY).await;
    let recovered = Instant::now();
    let mut lags = Vec::new();
    for (session, request) in &later {
        lags.push(lag(&service, &better_auth, (session, request)).await);
    }
    let asked = load.stop().await;

    let of = |session| asked.iter().filter(move |asked| asked.label == session);
    let statuses = |session| of(session).map(|asked| asked.status).collect::<Statuses>();
    let accepted = of(Session::SignedOut).filter(|asked| asked.status == 200).map(|asked| asked.due).max();
    let detected = accepted.expect("somebody accepted").saturating_duration_since(broke);
    let failed = of(Session::Good).filter(|asked| asked.status != 200 && asked.due > mended);
    let recovery = failed.map(|asked| asked.due - mended).max().unwrap_or_default();
    let (latencies, lags) =
        (asked.iter().map(|asked| asked.latency).collect::<Figures>(), lags.into_iter().collect::<Figures>());
    println!(
        "{fault:?} of {extent:?}: found out in {detected:.1?} (signed out in {:.1?}); good {}; signed out {}; \
         {latencies}; \
         recovered in {recovery:.1?}; then sign-outs seen after {lags}",
        signed_out - broke,
        statuses(Session::Good),
        statuses(Session::SignedOut),
    );
    assert!(detected < DETECTION);
    let wrong = asked.iter().find(|asked| is_wrong(asked, extent, broke, recovered));
    assert!(wrong.is_none(), "{wrong:?}");
    assert!(lags.percentile(100) < INSTANT, "{lags}");
}

fn is_wrong(asked: &Asked<Session>, extent: Extent, broke: Instant, recovered: Instant) -> bool {
    let permitted: &[u16] = match (asked.label, extent) {
        // What was due shortly before may have been under way.
        (Session::Good, Extent::Everything) if asked.due + TIMEOUT > broke && asked.due < recovered => {
            &[200, 503]
        }
        // Who cannot listen can still ask.
        (Session::Good, _) => &[200],
        (Session::SignedOut, _) if asked.due > recovered => &[401],
        (Session::SignedOut, _) => &[200, 401, 503],
    };
    !permitted.contains(&asked.status)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn the_listener_falls_silent() {
    broken(Fault::Silence, Extent::Listener).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn the_listener_is_cut() {
    broken(Fault::Reset, Extent::Listener).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn everything_falls_silent() {
    broken(Fault::Silence, Extent::Everything).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn everything_is_cut() {
    broken(Fault::Reset, Extent::Everything).await;
}
