//! Connections to where the sessions are fall silent under load, without an end that anybody is told of. New ones
//! work, and the service has to find its way to them by itself.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::parts::{
    presented::Presented, proxy::Proxy, redis::Redis, service::Service, settings::Settings, site::Site,
    wait::until,
};

/// More than the service opens connections, so that each of those is in use.
const CLIENTS: usize = 40;
/// Between two requests of one client: what else runs on this machine needs some of it, too.
const PAUSE: Duration = Duration::from_millis(20);
const TIMEOUT: &str = "1s";
/// The time-out and what a machine needs that is busy with so many clients.
const IN_TIME: Duration = Duration::from_secs(8);
const WHILE: Duration = Duration::from_secs(2);
const RECOVERY: Duration = Duration::from_secs(10);

/// How many answers could not be given, and how many there were.
type Undecidable = (usize, usize);

/// Asks again and again for this long. Every answer is about this user or says that none can be given, and comes in time.
async fn ask(service: &Service, (user, cookie): &(String, Presented), period: Duration) -> Undecidable {
    let begin = Instant::now();
    let (mut undecidable, mut all) = (0, 0);
    while begin.elapsed() < period {
        let (answer, time) = service.timed_me(cookie).await;
        assert!(time < IN_TIME, "{time:?}: {answer:?}");
        if answer.status == 200 {
            assert_eq!(answer.accepted()["user"]["id"], **user);
        } else {
            answer.undecidable();
            undecidable += 1;
        }
        all += 1;
        sleep(PAUSE).await;
    }
    (undecidable, all)
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
    let all_ask = async |period| {
        let clients = users.iter().cycle().take(CLIENTS);
        let counts = join_all(clients.map(|user| ask(&service, user, period))).await;
        counts.into_iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1))
    };
    // One or another may be late on a busy machine, also where nothing is silent, and many where something else keeps all
    // of it for a moment: that passes, and silent connections that are kept do not.
    let few = |(undecidable, all): &Undecidable| undecidable * 50 <= *all;

    until(|| all_ask(WHILE), few).await;
    let freezing = async {
        sleep(WHILE).await;
        proxy.freeze();
        sleep(PAUSE).await;
        proxy.held()
    };
    let (_, held) = tokio::join!(all_ask(WHILE + RECOVERY), freezing);
    assert!(held > 0, "nothing fell silent");
    until(|| all_ask(WHILE), few).await;
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
