//! Connections to where the sessions are fall silent under load, without an end that anybody is told of. New ones
//! work, and the service has to find its way to them by itself.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::parts::{
    presented::Presented, proxy::Proxy, redis::Redis, service::Service, settings::Settings, site::Site,
};

/// More than the service opens connections, so that each of those is in use.
const CLIENTS: usize = 40;
/// Between two requests of one client: what else runs on this machine needs some of it, too.
const PAUSE: Duration = Duration::from_millis(20);
const TIMEOUT: &str = "1s";
/// The time-out and what a machine needs that is busy with so many clients.
const IN_TIME: Duration = Duration::from_secs(8);
const BEFORE: Duration = Duration::from_secs(2);
const RECOVERY: Duration = Duration::from_secs(10);
const AFTER: Duration = Duration::from_secs(2);

/// A request by when it began and ended, and whether it was accepted.
struct Asked {
    begin: Instant,
    end: Instant,
    accepted: bool,
}

/// Asks until `end`. Every answer is about this user or says that none can be given, and comes in time.
async fn ask(service: &Service, (user, cookie): &(String, Presented), end: Instant) -> Vec<Asked> {
    let mut all = Vec::new();
    while Instant::now() < end {
        let begin = Instant::now();
        let (answer, time) = service.timed_me(cookie).await;
        assert!(time < IN_TIME, "{time:?}: {answer:?}");
        let accepted = answer.status == 200;
        if accepted {
            assert_eq!(answer.accepted()["user"]["id"], **user);
        } else {
            answer.undecidable();
        }
        all.push(Asked { begin, end: begin + time, accepted });
        sleep(PAUSE).await;
    }
    all
}

/// `server` is the address that the strategy is told under `key`.
async fn are_given_up(site: &Site, strategy: &str, key: &str, server: &str) {
    let proxy = Proxy::start(server).await;
    let service = Settings::of(&site.better_auth, &[strategy])
        .with(&format!("{strategy}.{key}"), proxy.url())
        .with(&format!("{strategy}.timeout"), TIMEOUT)
        .start();
    let (one, other) = (site.ann().await, site.ann().await);
    let users = [&one, &other].map(|session| (session.user_id.clone(), Presented::cookie(session)));
    service.me(&users[0].1).await.accepted();

    let end = Instant::now() + BEFORE + RECOVERY + AFTER;
    let clients = join_all(users.iter().cycle().take(CLIENTS).map(|user| ask(&service, user, end)));
    let freezing = async {
        sleep(BEFORE).await;
        proxy.freeze();
        let frozen = Instant::now();
        sleep(PAUSE).await;
        (frozen, proxy.held())
    };
    let (asked, (frozen, held)) = tokio::join!(clients, freezing);
    let asked: Vec<_> = asked.into_iter().flatten().collect();

    assert!(held > 0, "nothing fell silent");
    let before = asked.iter().filter(|asked| asked.end < frozen);
    let after = asked.iter().filter(|asked| asked.begin > frozen + RECOVERY);
    for window in [before.collect::<Vec<_>>(), after.collect()] {
        // One or another may be late on a busy machine, also where nothing is silent.
        let undecidable = window.iter().filter(|asked| !asked.accepted).count();
        assert!(undecidable * 50 <= window.len(), "{undecidable} of {} are undecidable", window.len());
    }
    assert_eq!(proxy.held(), 0, "silent connections are kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_postgres_are_given_up() {
    let site = Site::postgres();
    are_given_up(site, "session_table", "database_url", site.better_auth.database_url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_mariadb_are_given_up() {
    let site = Site::mariadb();
    are_given_up(site, "session_table", "database_url", site.better_auth.database_url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_redis_are_given_up() {
    are_given_up(Site::redis(), "secondary_storage", "url", &Redis::shared().url()).await;
}
