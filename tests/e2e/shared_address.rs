//! Many behind one address, one of whom forges: the others are served.

use std::{cell::Cell, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use tokio::time::{interval, sleep};

use crate::parts::{
    cookie_cache::is_cache,
    database::Database,
    everywhere,
    presented::{Presented, changed},
    service::Service,
    settings::Settings,
    signed_in::SignedIn,
    site::Site,
};

/// What is asked of the forger: twenty a second.
const FORGED_EVERY: Duration = Duration::from_millis(50);
const NEIGHBOUR_EVERY: Duration = Duration::from_millis(200);
const ASKED: usize = 20;
/// The default, after which nothing unknown is judged.
const FAILURES: usize = 100;

/// As it is by default, but for the limit of all requests, which the test itself would reach.
fn limited(site: &Site, strategies: &[&str]) -> Settings {
    Settings::of(&site.better_auth, strategies)
        .with("rate_limit.enabled", true)
        .with("rate_limit.client.requests", 100_000)
        .with("rate_limit.user.requests", 100_000)
        .with("session_cookie_cache.cache.max_age", "0s")
        .with("jwt.cache.max_age", "0s")
}

/// The token of a session with another signature each time.
fn forged(session: &SignedIn, number: usize) -> Presented {
    let mut signature = [7; 32];
    signature[..size_of::<usize>()].copy_from_slice(&number.to_le_bytes());
    Presented::Bearer(format!("{}.{}", session.token, BASE64_STANDARD.encode(signature)))
}

/// How often somebody was served, of [`ASKED`] times, while a stranger behind the same address forges.
async fn served(service: &Service, neighbour: &Presented, forge: impl Fn(usize) -> Presented) -> usize {
    let mut number = 0;
    while service.me(&forge(number)).await.status != 429 {
        number += 1;
        assert!(number < 2 * FAILURES, "nobody is kept out");
    }
    let is_over = Cell::new(false);
    let forger = async {
        let mut pace = interval(FORGED_EVERY);
        while !is_over.get() {
            pace.tick().await;
            number += 1;
            service.me(&forge(number)).await;
        }
    };
    let asking = async {
        let mut served = 0;
        for _ in 0..ASKED {
            served += usize::from(service.me(neighbour).await.status == 200);
            sleep(NEIGHBOUR_EVERY).await;
        }
        is_over.set(true);
        served
    };
    let ((), served) = tokio::join!(forger, asking);
    served
}

#[tokio::test]
async fn r4_who_has_to_be_looked_up_is_served_where_the_form_is_proven_here() {
    let site = everywhere::site(&Database::Sqlite, json!({}));
    let session = site.ann().await;
    let jwt = site.better_auth.jwt(&session).await;
    for strategy in ["session_table", "secondary_storage", "get_session"] {
        let service = limited(&site, &[strategy]).start();
        let served = served(&service, &Presented::bearer(&session), |number| forged(&session, number)).await;
        println!("{strategy}: {served} of {ASKED}");
        assert_eq!(served, ASKED, "{strategy}\n{}", service.log());
    }
    let service = limited(&site, &["jwt"]).start();
    service.me(&Presented::Bearer(jwt.clone())).await.accepted();
    let end = jwt.len() - 60;
    let forge = |number: usize| Presented::Bearer(changed(&jwt, end + number % 50));
    let by_key = served(&service, &Presented::Bearer(jwt.clone()), forge).await;
    println!("jwt: {by_key} of {ASKED}");
    assert_eq!(by_key, ASKED, "{}", service.log());
    let service = limited(&site, &["session_cookie_cache"]).start();
    let own = session.session_cookie_header();
    let (name, cache) = session.cookies.iter().find(|(name, _)| is_cache(name)).expect("a cache");
    let forge =
        |number: usize| Presented::Cookie(format!("{own}; {name}={}", changed(cache, 100 + number % 100)));
    let by_cache = served(&service, &Presented::cookies(&session), forge).await;
    println!("session_cookie_cache: {by_cache} of {ASKED}");
    assert_eq!(by_cache, ASKED, "{}", service.log());
}

#[tokio::test]
async fn r4_who_is_remembered_is_served_every_time() {
    let site = everywhere::site(&Database::Sqlite, json!({}));
    let session = site.ann().await;
    for strategy in ["session_table", "secondary_storage", "get_session"] {
        let service = limited(&site, &[strategy]).with(&format!("{strategy}.cache.max_age"), "10m").start();
        let neighbour = Presented::bearer(&session);
        service.me(&neighbour).await.accepted();
        let served = served(&service, &neighbour, |number| forged(&session, number)).await;
        println!("{strategy}, remembered: {served} of {ASKED}");
        assert_eq!(served, ASKED, "{strategy}\n{}", service.log());
    }
}
