//! The connection on which PostgreSQL tells what ends falls silent or breaks. From then on nothing that is remembered may
//! be believed.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::parts::{
    database::Database,
    postgres::Postgres,
    presented::Presented,
    proxy::{Fault, Proxy},
    remembering::{PROMPTLY, Remembering},
    settings::Settings,
    site::Site,
    triggers::{Owned, STRATEGY, migrates},
    wait::{until, within},
};

const FEED: [&str; 1] = ["postgresql"];
/// That nothing is heard any more is noticed by then.
const NOTICED: Duration = Duration::from_secs(4);
/// Time for several attempts to listen again.
const ATTEMPTS: Duration = Duration::from_secs(3);

async fn broken(name: &'static str, fault: Fault) {
    let owned = Owned::start(name, json!({}));
    migrates(&owned.as_owner, &[]);
    let reader = Postgres::shared().url_of(&format!("{name}_reader"), name);
    let proxy = Proxy::start(&reader).await;
    let settings = owned.as_reader.clone().with("session_table.database_url", proxy.url());
    let remembering = Remembering::start(&settings, STRATEGY, PROMPTLY);
    remembering.listens_to(&FEED).await;
    let [ann, bob] = [owned.site.ann().await, owned.site.ann().await];
    let [of_ann, of_bob] = [&ann, &bob].map(Presented::cookie);
    for presented in [&of_ann, &of_bob] {
        remembering.knows(presented).await;
    }

    let broke = Instant::now();
    proxy.break_listeners(fault);
    owned.site.better_auth.sign_out(&ann).await;
    let left = NOTICED.saturating_sub(broke.elapsed());
    assert!(remembering.turns("lost", &FEED, left).await.abs() < 1e-9, "every request is asked anew");
    remembering.service.me(&of_ann).await.refused();
    // Who cannot listen can ask.
    let lost = Instant::now();
    while lost.elapsed() < ATTEMPTS {
        remembering.service.me(&of_bob).await.accepted();
        assert_eq!(remembering.freshness().await["feeds"][0]["state"], "lost");
        sleep(Duration::from_millis(100)).await;
    }
    owned.sql(&format!("DELETE FROM session WHERE token = '{}'", bob.token));
    remembering.service.me(&of_bob).await.refused();

    proxy.mend_listeners();
    remembering.listens_to(&FEED).await;
    for presented in [&of_ann, &of_bob] {
        remembering.service.me(presented).await.refused();
    }
    let later = owned.site.ann().await;
    let presented = Presented::cookie(&later);
    remembering.knows(&presented).await;
    owned.site.better_auth.sign_out(&later).await;
    remembering.sees_the_end_of(&presented).await;
    let log = remembering.service.log();
    for told in ["the revocation feed is down", "ended sessions are seen within"] {
        assert!(log.contains(told), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn falls_silent() {
    broken("silent_listener", Fault::Silence).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn is_cut() {
    broken("cut_listener", Fault::End).await;
}

/// All connections that there are fall silent, as when a firewall forgets them; new ones work.
#[tokio::test(flavor = "multi_thread")]
async fn falls_silent_with_all_others() {
    let name = "silent_lines";
    let owned = Owned::start(name, json!({}));
    migrates(&owned.as_owner, &[]);
    let proxy = Proxy::start(&Postgres::shared().url_of("silent_lines_reader", name)).await;
    let settings = owned.as_reader.clone().with("session_table.database_url", proxy.url());
    let remembering = Remembering::start(&settings, STRATEGY, PROMPTLY);
    remembering.listens_to(&FEED).await;
    let (ann, bob) = (owned.site.ann().await, owned.site.ann().await);
    let [of_ann, of_bob] = [&ann, &bob].map(Presented::cookie);
    for presented in [&of_ann, &of_bob] {
        remembering.knows(presented).await;
    }
    proxy.freeze();
    let frozen = Instant::now();
    owned.site.better_auth.sign_out(&ann).await;
    let left = NOTICED.saturating_sub(frozen.elapsed());
    within(left, async || remembering.service.me(&of_ann).await, |answer| answer.status != 200).await;
    until(async || remembering.service.me(&of_bob).await, |answer| answer.status == 200).await;
    remembering.listens_to(&FEED).await;
    remembering.service.me(&of_ann).await.refused();
    assert!(remembering.service.log().contains("the revocation feed is down"));
    owned.site.better_auth.sign_out(&bob).await;
    remembering.sees_the_end_of(&of_bob).await;
}

/// PostgreSQL itself goes and comes back.
#[tokio::test]
async fn ends_with_its_server() {
    let mut postgres = Postgres::start();
    let site = Site::start(&Database::Postgres(postgres.database("restarted")), json!({}));
    let settings = Settings::of(&site.better_auth, &[STRATEGY]);
    migrates(&settings, &[]);
    let remembering = Remembering::start(&settings, STRATEGY, PROMPTLY);
    remembering.listens_to(&FEED).await;
    let (ann, bob) = (site.ann().await, site.ann().await);
    let [of_ann, of_bob] = [&ann, &bob].map(Presented::cookie);
    for presented in [&of_ann, &of_bob] {
        remembering.knows(presented).await;
    }
    postgres.stop();
    // Nobody could tell that they have ended.
    within(PROMPTLY, async || remembering.service.me(&of_ann).await, |answer| answer.status != 200)
        .await
        .undecidable();
    postgres.start_again();
    postgres.sql("restarted", &format!("DELETE FROM session WHERE token = '{}'", ann.token));
    until(async || remembering.service.me(&of_bob).await, |answer| answer.status == 200).await;
    remembering.service.me(&of_ann).await.refused();
    remembering.listens_to(&FEED).await;
    site.better_auth.sign_out(&bob).await;
    remembering.sees_the_end_of(&of_bob).await;
}
