//! Limits by client address: behind two real proxies nobody gets past their own, and a million addresses fill no
//! memory.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use futures_util::future::join_all;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{
    connection::{Connection, get},
    figures::Statuses,
};
use crate::parts::{
    better_auth::BetterAuth, database::Database, nginx::Nginx, service::Service, settings::Settings,
};

const REQUESTS: u16 = 50;
const ADDRESSES: u32 = 1_000_000;
/// Sent at once on one connection.
const PIPELINE: u32 = 64;
const CONNECTIONS: u32 = 16;
const ROOM: u64 = 100 << 20;

/// How many requests this client may make before one is too many. Each request may claim to come from somebody else.
async fn requests_before_429(client: [u8; 4], url: &str, forges: bool) -> u16 {
    let mut connection =
        Connection::open_from(Ipv4Addr::from(client).into(), url).await.expect("a connection");
    for count in 0..=2 * REQUESTS {
        let claimed = format!("203.0.113.{count}");
        let claim: &[(&str, &str)] = if forges { &[("x-forwarded-for", &claimed)] } else { &[] };
        match connection.ask(&get("/api/public", claim)).await.expect("an answer") {
            200 => {}
            429 => return count,
            other => panic!("{other}"),
        }
    }
    panic!("nothing was too many")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn behind_two_proxies_nobody_is_somebody_else() {
    let better_auth = BetterAuth::start(&Database::Sqlite, json!({}));
    let service = Settings::of(&better_auth, &["get_session"])
        .with("server.trusted_proxies", ["127.1.0.1/32", "127.1.0.2/32"])
        .with("rate_limit.enabled", true)
        .with("rate_limit.client.requests", REQUESTS)
        .with("rate_limit.client.window", "10m")
        .start();
    let inner = Nginx::start("127.1.0.2", service.url());
    let outer = Nginx::start("127.1.0.1", inner.url());
    for (client, forges) in [([127, 0, 0, 2], false), ([127, 0, 0, 3], true), ([127, 0, 0, 4], true)] {
        let count = requests_before_429(client, outer.url(), forges).await;
        println!("{}, forging {forges}: 429 after {count} requests", Ipv4Addr::from(client));
        assert_eq!(count, REQUESTS);
    }
}

/// A megabyte figure of the service's memory, by the name the kernel gives it.
fn memory(service: &Service, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", service.process.pid())).expect("a process");
    let line = status.lines().find(|line| line.starts_with(name)).expect("a figure");
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).expect("a number")
        << 10
}

/// Half of them IPv6 networks, as they are counted.
fn address(number: u32) -> IpAddr {
    if number.is_multiple_of(2) {
        Ipv4Addr::from_bits(0x0b00_0000 + number).into()
    } else {
        Ipv6Addr::from_bits((0x2001_0db8 << 96) | (u128::from(number) << 64) | 1).into()
    }
}

/// One request from each address, of those for one connection.
async fn ask_from(service: &Service, first: u32) -> Vec<u16> {
    let mut connection = Connection::open(service.url()).await.expect("a connection");
    let mut statuses = Vec::new();
    let numbers: Vec<_> = (first..ADDRESSES).step_by(CONNECTIONS as usize).collect();
    for batch in numbers.chunks(PIPELINE as usize) {
        let request = |number: &u32| {
            let headers =
                [("x-forwarded-for", &*address(*number).to_string()), ("authorization", "Bearer a.b")];
            get("/api/me", &headers)
        };
        connection.send(&batch.iter().map(request).collect::<String>()).await.expect("to send");
        for _ in batch {
            statuses.push(connection.status().await.expect("an answer"));
        }
    }
    statuses
}

/// Each presents something bad, so that it is counted by every limit there is.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a command of its own: tests/drill/run"]
async fn a_million_addresses_fill_no_memory() {
    let better_auth = BetterAuth::start(&Database::Sqlite, json!({}));
    let service = Settings::of(&better_auth, &["jwt", "get_session"])
        .with("server.trusted_proxies", ["127.0.0.1/32"])
        .with("rate_limit.enabled", true)
        .start();
    sleep(Duration::from_secs(1)).await;
    let idle = memory(&service, "VmRSS");
    let begin = Instant::now();
    let asking = (0..CONNECTIONS).map(|first| ask_from(&service, first));
    let statuses: Statuses = join_all(asking).await.into_iter().flatten().collect();
    let (time, peak) = (begin.elapsed(), memory(&service, "VmHWM"));
    println!(
        "{ADDRESSES} addresses in {time:.1?}: {statuses}; {} MB idle, {} MB at most",
        idle >> 20,
        peak >> 20
    );
    assert_eq!(statuses.of(&[401]), ADDRESSES as usize);
    assert!(peak < idle + ROOM);
}
