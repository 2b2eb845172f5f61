//! Clients who fail to authenticate too often are not judged for a while.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use better_auth_verifier::{Authenticator, Chain, ClientAddress, Limiter, NoStore, Problems};
use poem::{Endpoint, EndpointExt, test::TestClient};
use tokio::time;

use crate::parts::{
    api::{self, Told, carriers, routes},
    scripted::Scripted,
};

const ONE: &str = "192.0.2.1";
const TWO: &str = "192.0.2.2";

/// After so many failures in a window one more keeps its client out.
fn limited(failures: u32, window: Duration) -> (TestClient<impl Endpoint>, Scripted) {
    let limit = Limiter::new("failed", NonZeroU32::new(failures).expect("not zero"), window);
    served(|authenticator| authenticator.with_failure_limit(limit))
}

fn served(change: impl FnOnce(Authenticator) -> Authenticator) -> (TestClient<impl Endpoint>, Scripted) {
    let strategy = Scripted::new("scripted", |credential| !credential.token().starts_with("other"));
    let authenticator = change(Authenticator::new(carriers(), Chain::default().push(strategy.clone())));
    (api::client(routes().with(Problems).with(NoStore).data(authenticator)), strategy)
}

/// Asks from an address; from none where it is empty.
async fn get(client: &TestClient<impl Endpoint>, address: &str, path: &str, authorization: &str) -> Told {
    let mut request = client.get(path);
    if let Ok(address) = address.parse::<IpAddr>() {
        request = request.data(ClientAddress(address));
    }
    if !authorization.is_empty() {
        request = request.header("authorization", authorization);
    }
    Told::read(request.send().await.0).await
}

async fn status(client: &TestClient<impl Endpoint>, address: &str, token: &str) -> u16 {
    get(client, address, "/me", &format!("Bearer {token}")).await.status
}

#[tokio::test]
async fn r4_whoever_fails_too_often_is_told_when_to_come_back_and_judged_no_more() {
    let (client, strategy) = limited(3, Duration::from_mins(1));
    for _ in 0..4 {
        assert_eq!(status(&client, ONE, "refused").await, 401);
    }
    assert_eq!(strategy.calls(), 4);
    for token in ["refused", "ann", "outage", "other"] {
        let told = get(&client, ONE, "/me", &format!("Bearer {token}")).await;
        assert_eq!((told.status, told.kind().as_str()), (429, "rate-limited"), "{token}");
        let wait: u32 = told.header("retry-after").parse().expect("seconds");
        assert!((1..=20).contains(&wait), "{wait}");
        assert_eq!(told.header("ratelimit"), format!("\"failed\";r=0;t={wait}"));
        assert_eq!(told.header("ratelimit-policy"), "\"failed\";q=3;w=60");
        assert_eq!(told.header("www-authenticate"), "");
    }
    assert_eq!(strategy.calls(), 4, "nobody was asked");
    assert_eq!(get(&client, ONE, "/public", "Bearer ann").await.status, 429, "what is presented counts");
    let guest = get(&client, ONE, "/public", "").await;
    assert_eq!((guest.status, guest.body.as_str()), (200, "guest"), "who presents nothing has not failed");
}

#[tokio::test]
async fn r4_every_cause_of_a_refusal_counts() {
    // Too long for any carrier.
    let long = "x".repeat(9 * 1024);
    for token in ["refused", "expired", "bad", "ann-banned", "other", &long] {
        let (client, _) = limited(3, Duration::from_mins(1));
        for _ in 0..4 {
            assert_eq!(status(&client, ONE, token).await, 401, "{token}");
        }
        assert_eq!(status(&client, ONE, "ann").await, 429, "{token}");
    }
}

#[tokio::test]
async fn r4_h4_whatever_is_no_refusal_does_not_count() {
    let (client, _) = limited(3, Duration::from_mins(1));
    for (path, authorization, expected) in [
        ("/me", "Bearer outage", 503),
        ("/me", "Bearer ann", 200),
        ("/me", "", 401),
        ("/public", "", 200),
        ("/me", "Basic YTpi", 401),
        ("/me", "Bearer ann bob", 400),
        ("/admin", "Bearer ann", 403),
    ] {
        for _ in 0..20 {
            let told = get(&client, ONE, path, authorization).await;
            assert_eq!(told.status, expected, "{path} {authorization}");
        }
    }
    assert_eq!(status(&client, ONE, "refused").await, 401);
    assert_eq!(status(&client, ONE, "ann").await, 200);
}

#[tokio::test]
async fn r3_others_go_on_and_aliases_of_one_client_do_not() {
    for (fails, same, others) in [
        (ONE, vec!["::ffff:192.0.2.1"], vec![TWO, "2001:db8::1", ""]),
        ("2001:db8:1:2::1", vec!["2001:db8:1:2:3:4:5:6"], vec!["2001:db8:1:3::1", ONE, ""]),
    ] {
        let (client, _) = limited(3, Duration::from_mins(1));
        for _ in 0..4 {
            status(&client, fails, "refused").await;
        }
        for address in same {
            assert_eq!(status(&client, address, "ann").await, 429, "{address}");
        }
        for address in others {
            assert_eq!(status(&client, address, "refused").await, 401, "{address:?}");
            assert_eq!(status(&client, address, "ann").await, 200, "{address:?}");
        }
    }
}

#[tokio::test]
async fn who_has_no_address_is_never_kept_out() {
    let (client, strategy) = limited(1, Duration::from_hours(1));
    for _ in 0..20 {
        assert_eq!(status(&client, "", "refused").await, 401);
    }
    assert_eq!(strategy.calls(), 20);
}

#[tokio::test]
async fn r4_whoever_has_waited_as_told_is_judged_again() {
    // One in four seconds: longer than a busy machine needs for the requests between.
    let (client, _) = limited(2, Duration::from_secs(8));
    for _ in 0..3 {
        assert_eq!(status(&client, ONE, "refused").await, 401);
    }
    let told = get(&client, ONE, "/me", "Bearer ann").await;
    assert_eq!(told.status, 429);
    let wait: u64 = told.header("retry-after").parse().expect("seconds");
    assert!((1..=4).contains(&wait), "{wait}");
    time::sleep(Duration::from_secs(wait)).await;
    assert_eq!(status(&client, ONE, "ann").await, 200);
    assert_eq!(status(&client, ONE, "ann").await, 200);
}

#[tokio::test]
async fn by_default_nobody_is_kept_out() {
    let (client, strategy) = served(|authenticator| authenticator);
    for _ in 0..100 {
        assert_eq!(status(&client, ONE, "refused").await, 401);
    }
    assert_eq!((status(&client, ONE, "ann").await, strategy.calls()), (200, 101));
}

#[tokio::test]
async fn r1_a_users_limit_counts_the_user_and_not_those_who_failed() {
    let limit = Limiter::new("user", NonZeroU32::new(2).expect("not zero"), Duration::from_mins(1));
    let (client, _) = served(|authenticator| authenticator.with_user_limit(limit));
    for token in ["refused", "outage", "ann-banned", "other"] {
        for _ in 0..5 {
            status(&client, ONE, token).await;
        }
    }
    // Wherever they come from.
    for (address, token, expected) in
        [(ONE, "ann", 200), (TWO, "ann-admin", 200), (TWO, "ann", 429), (ONE, "ann", 429), (ONE, "bob", 200)]
    {
        assert_eq!(status(&client, address, token).await, expected, "{address} {token}");
    }
}
