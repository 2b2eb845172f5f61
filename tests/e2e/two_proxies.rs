//! Two real proxies stand in front of the service, each of which appends to `X-Forwarded-For` what it saw.

use std::net::IpAddr;

use reqwest::{Client, StatusCode};

use crate::parts::{nginx::Nginx, settings::Settings, site::Site};

const REQUESTS: u16 = 5;

/// How many requests a client with this address may make before one is too many; each claims another address.
async fn requests_before_429(client: IpAddr, url: &str, claims: impl Fn(u16) -> String) -> u16 {
    let client = Client::builder().no_proxy().local_address(client).build().expect("HTTP client");
    for count in 0..2 * REQUESTS {
        let request = client.get(format!("{url}/api/public")).header("x-forwarded-for", claims(count));
        match request.send().await.expect("an answer").status() {
            StatusCode::OK => {}
            StatusCode::TOO_MANY_REQUESTS => return count,
            other => panic!("{other}"),
        }
    }
    panic!("nothing was too many")
}

#[tokio::test]
async fn r2_clients_are_told_apart_and_cannot_pass_for_others() {
    let site = Site::sqlite();
    let service = Settings::of(&site.better_auth, &["get_session"])
        .with("server.trusted_proxies", ["127.1.0.1", "127.1.0.2"])
        .with("rate_limit.enabled", true)
        .with("rate_limit.client.requests", REQUESTS)
        .with("rate_limit.client.window", "10m")
        .start();
    let inner = Nginx::start("127.1.0.2", service.url());
    let outer = Nginx::start("127.1.0.1", inner.url());
    let behind = async |client: &str, claims: &str| {
        let claims = |count: u16| claims.replace("{}", &count.to_string());
        requests_before_429(client.parse().expect("an address"), outer.url(), claims).await
    };
    assert_eq!(behind("127.0.0.2", "203.0.113.{}").await, REQUESTS);
    // Not even as one of the proxies.
    assert_eq!(behind("127.0.0.3", "203.0.113.{}, 127.1.0.2").await, REQUESTS);
    // Nor can the first be spent by claiming to be it.
    assert_eq!(behind("127.0.0.4", "127.0.0.5").await, REQUESTS);
    assert_eq!(behind("127.0.0.5", "127.0.0.4").await, REQUESTS);
    assert_eq!(behind("127.0.0.4", "198.51.100.{}").await, 0);
}
