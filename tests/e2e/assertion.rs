//! The keys of assertions in a database that several instances share.

use std::{collections::BTreeSet, thread};

use crate::parts::{
    mariadb::MariaDb,
    pgbouncer::PgBouncer,
    postgres::Postgres,
    presented::Presented,
    service::{self, Service},
    settings::Settings,
    site::Site,
    sql,
    wait::until,
};

const PATH: &str = "/.well-known/jwks.json";
const INSTANCES: usize = 3;

fn settings(url: &str) -> Settings {
    Settings::of(&Site::sqlite().better_auth, &["jwt"])
        .with("forward_auth.profiles.default.assertion", "api")
        .with("assertion.secret", "swordfish-swordfish-swordfish-32")
        .with("assertion.issuer", "https://auth.example.test")
        .with("database.url", url)
}

fn runs(arguments: &[&str], settings: &Settings) {
    let ended = service::run(arguments, &settings.toml());
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

async fn kids(service: &Service) -> BTreeSet<String> {
    let answer = service.get(PATH, &Presented::Nothing).await;
    let keys = answer.body["keys"].as_array().into_iter().flatten();
    keys.map(|key| key["kid"].as_str().expect("an id").to_owned()).collect()
}

/// However many begin at the same time, all publish the same keys, also through a rotation and a withdrawal.
async fn instances_share_their_keys_in(url: &str) {
    let settings = settings(url);
    runs(&["migrate"], &settings);
    let starting: Vec<_> = (0..INSTANCES)
        .map(|_| {
            let settings = settings.clone();
            thread::spawn(move || settings.start())
        })
        .collect();
    let instances: Vec<_> = starting.into_iter().map(|start| start.join().expect("it starts")).collect();
    let first = kids(&instances[0]).await;
    assert_eq!(first.len(), 1);
    for instance in &instances {
        assert_eq!(kids(instance).await, first);
    }

    runs(&["assertion-keys", "rotate"], &settings);
    let both = until(async || kids(&instances[0]).await, |kids| kids.len() == 2).await;
    assert!(both.is_superset(&first));
    for instance in &instances {
        until(async || kids(instance).await, |kids| *kids == both).await;
    }

    runs(&["assertion-keys", "withdraw"], &settings);
    let last = until(async || kids(&instances[0]).await, |kids| kids.is_disjoint(&both)).await;
    assert_eq!(last.len(), 1);
    for instance in &instances {
        until(async || kids(instance).await, |kids| *kids == last).await;
    }
}

#[tokio::test]
async fn instances_share_their_keys_in_postgres() {
    instances_share_their_keys_in(&Postgres::shared().database("assertions")).await;
}

#[tokio::test]
async fn instances_share_their_keys_in_mariadb() {
    instances_share_their_keys_in(&MariaDb::shared().database("assertions")).await;
}

#[tokio::test]
async fn instances_share_their_keys_through_a_pooler() {
    let pooler = PgBouncer::start(&Postgres::shared().database("pooled_assertions"), "transaction");
    instances_share_their_keys_in(&pooler.url()).await;
}

/// A key of an attacker's own, or a longer life for one of ours, is not taken from the table.
#[tokio::test]
async fn who_can_write_to_the_table_slips_in_no_key() {
    for url in [Postgres::shared().database("forged_keys"), MariaDb::shared().database("forged_keys")] {
        let settings = settings(&url);
        runs(&["migrate"], &settings);
        let mut service = settings.start();
        let first = kids(&service).await;
        sql::execute(
            &url,
            "INSERT INTO verifier_signing_key SELECT generation + 1, 'mine', algorithm, activates_at, retires_at, sealed \
             FROM verifier_signing_key",
        )
        .await;
        until(async || service.log(), |log| log.contains("signing keys of no use")).await;
        assert_eq!(kids(&service).await, first);
        sql::execute(&url, "UPDATE verifier_signing_key SET retires_at = retires_at + 1").await;
        service.process.stop("TERM");
        service.start_again();
        let others = until(async || kids(&service).await, |kids| !kids.is_empty()).await;
        assert!(others.is_disjoint(&first) && !others.contains("mine"), "{others:?}");
    }
}

#[tokio::test]
async fn known_keys_are_published_through_an_outage_and_unknown_ones_are_503() {
    let mut postgres = Postgres::start();
    let settings = settings(&postgres.database("own"));
    runs(&["migrate"], &settings);
    let service = settings.start();
    let first = kids(&service).await;
    assert_eq!(first.len(), 1);
    postgres.stop();
    until(async || service.log(), |log| log.contains("cannot read its signing keys")).await;
    assert_eq!(kids(&service).await, first);

    let late = settings.start();
    late.get(PATH, &Presented::Nothing).await.problem(503, "unavailable");
    postgres.start_again();
    assert_eq!(until(async || kids(&late).await, |kids| !kids.is_empty()).await, first);
    // The log is not filled meanwhile.
    let log = until(async || service.log(), |log| log.contains("reads its signing keys again")).await;
    assert_eq!(log.matches("cannot read its signing keys").count(), 1, "{log}");
}
