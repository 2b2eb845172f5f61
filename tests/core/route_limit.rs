//! Limits that a route declares in its handler's signature.

#![expect(clippy::unused_async, reason = "what `#[OpenApi]` takes are `async fn`s")]

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use better_auth_verifier::{
    Admin, AnyUser, AuthProblem, Authenticated, Authenticator, Chain, ClientAddress, HasRole, Limiter,
    Problems, Protect, Rate, RouteLimit,
};
use poem::{Endpoint, EndpointExt, Route, test::TestClient};
use poem_openapi::{OpenApi, OpenApiService, payload::PlainText};
use tokio::time;

use crate::parts::{
    api::{self, Told, ask, carriers},
    scripted::Scripted,
};

struct NewOrders;

impl RouteLimit for NewOrders {
    const RATE: Option<Rate> = Some(Rate::new("new-orders", 2, Duration::from_mins(1)));
}

/// Another type with the same name: the same limit.
struct MoreOrders;

impl RouteLimit for MoreOrders {
    const RATE: Option<Rate> = NewOrders::RATE;
}

struct Reports;

impl RouteLimit for Reports {
    const RATE: Option<Rate> = Some(Rate::new("reports", 1, Duration::from_mins(1)));
}

/// One that a test can wait for, and longer than a busy machine needs between two requests.
struct Exports;

impl RouteLimit for Exports {
    const RATE: Option<Rate> = Some(Rate::new("exports", 1, Duration::from_secs(4)));
}

struct Api;

type Answer = Result<PlainText<String>, AuthProblem>;

#[OpenApi]
impl Api {
    #[oai(path = "/orders", method = "post")]
    async fn order(&self, auth: Authenticated<AnyUser, NewOrders>) -> Answer {
        Ok(PlainText(auth.identity.user.id.clone()))
    }

    #[oai(path = "/more", method = "post")]
    async fn more(&self, auth: Authenticated<AnyUser, MoreOrders>) -> Answer {
        Ok(PlainText(auth.identity.user.id.clone()))
    }

    #[oai(path = "/reports", method = "post")]
    async fn report(&self, auth: Authenticated<HasRole<Admin>, Reports>) -> Answer {
        Ok(PlainText(auth.identity.user.id.clone()))
    }

    #[oai(path = "/exports", method = "post")]
    async fn export(&self, auth: Authenticated<AnyUser, Exports>) -> Answer {
        Ok(PlainText(auth.identity.user.id.clone()))
    }

    #[oai(path = "/me", method = "post")]
    async fn me(&self, auth: Authenticated) -> Answer {
        Ok(PlainText(auth.identity.user.id.clone()))
    }
}

fn authenticator() -> Authenticator {
    Authenticator::new(carriers(), Chain::default().push(Scripted::new("scripted", |_| true)))
}

fn app() -> Route {
    Route::new().nest("/", OpenApiService::new(Api, "Test", "1"))
}

fn client(authenticator: Authenticator) -> TestClient<impl Endpoint> {
    api::client(app().with(Problems).data(authenticator))
}

async fn post(client: &TestClient<impl Endpoint>, path: &str, token: &str) -> Told {
    ask(client, &format!("POST {path}"), &[("authorization", &format!("Bearer {token}"))]).await
}

/// The statuses of these requests, one after the other.
async fn assert_statuses(client: &TestClient<impl Endpoint>, requests: &[(&str, &str, u16)]) {
    for (number, (path, token, status)) in requests.iter().enumerate() {
        assert_eq!(post(client, path, token).await.status, *status, "{number}: {path} {token}");
    }
}

#[tokio::test]
async fn r1_r4_a_route_counts_each_user_and_says_which_limit_it_is() {
    let client = client(authenticator());
    assert_statuses(&client, &[("/orders", "ann", 200), ("/orders", "ann-admin", 200)]).await;
    let told = post(&client, "/orders", "ann").await;
    assert_eq!((told.status, told.kind().as_str()), (429, "rate-limited"));
    let wait: u32 = told.header("retry-after").parse().expect("seconds");
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(told.header("ratelimit"), format!("\"new-orders\";r=0;t={wait}"));
    assert_eq!(told.header("ratelimit-policy"), "\"new-orders\";q=2;w=60");
    assert_statuses(&client, &[("/me", "ann", 200), ("/orders", "bob", 200), ("/orders", "ann", 429)]).await;
}

#[tokio::test]
async fn r1_it_is_the_user_wherever_and_however_they_come() {
    let client = client(authenticator());
    let headers = [
        ("authorization", "Bearer ann", 200),
        ("x-session-token", "ann-verified", 200),
        ("x-api-key", "ann", 429),
        ("cookie", "session=ann", 429),
    ];
    for (number, (name, value, status)) in (1_u8..).zip(headers) {
        let request = client.post("/orders").header(name, value).header("sec-fetch-site", "same-origin");
        let request = request.data(ClientAddress(IpAddr::from([192, 0, 2, number])));
        assert_eq!(Told::read(request.send().await.0).await.status, status, "{name}");
    }
}

#[tokio::test]
async fn routes_share_a_limit_by_its_name_alone() {
    let client = client(authenticator());
    assert_statuses(
        &client,
        &[
            ("/orders", "ann-admin", 200),
            ("/more", "ann-admin", 200),
            ("/orders", "ann-admin", 429),
            ("/more", "ann-admin", 429),
            ("/reports", "ann-admin", 200),
            ("/reports", "ann-admin", 429),
        ],
    )
    .await;
}

#[tokio::test]
async fn a1_whoever_may_not_come_in_uses_nothing_up() {
    let client = client(authenticator());
    for (token, status) in [("ann", 403), ("refused", 401), ("outage", 503), ("ann-banned", 401)] {
        for _ in 0..3 {
            assert_eq!(post(&client, "/reports", token).await.status, status, "{token}");
        }
    }
    assert_statuses(&client, &[("/reports", "ann-admin", 200), ("/reports", "ann", 403)]).await;
    assert_eq!(post(&client, "/reports", "ann-admin").await.status, 429);
}

#[tokio::test]
async fn r4_whoever_has_waited_as_told_comes_in_again() {
    let client = client(authenticator());
    assert_eq!(post(&client, "/exports", "ann").await.status, 200);
    let told = post(&client, "/exports", "ann").await;
    assert_eq!(told.status, 429);
    let wait: u64 = told.header("retry-after").parse().expect("seconds");
    assert!((1..=4).contains(&wait), "{wait}");
    time::sleep(Duration::from_secs(wait)).await;
    assert_eq!(post(&client, "/exports", "ann").await.status, 200);
}

#[tokio::test]
async fn without_route_limits_there_are_none_but_the_users_own() {
    let client_without = client(authenticator().without_route_limits());
    for _ in 0..10 {
        assert_statuses(&client_without, &[("/orders", "ann", 200), ("/reports", "ann-admin", 200)]).await;
    }
    let limit = Limiter::new("user", NonZeroU32::new(3).expect("not zero"), Duration::from_mins(1));
    let both = client(authenticator().with_user_limit(limit));
    assert_statuses(
        &both,
        &[("/me", "ann", 200), ("/orders", "ann", 200), ("/orders", "ann", 200), ("/me", "ann", 429)],
    )
    .await;
    assert_eq!(post(&both, "/orders", "ann").await.header("ratelimit-policy"), "\"user\";q=3;w=60");
}

#[tokio::test]
async fn inside_a_protected_tree_a_request_counts_once() {
    let client = api::client(app().with(Protect::default()).with(Problems).data(authenticator()));
    assert_statuses(&client, &[("/orders", "ann", 200), ("/orders", "ann", 200), ("/orders", "ann", 429)])
        .await;
}

#[tokio::test]
async fn clones_of_an_authenticator_count_together() {
    let authenticator = authenticator();
    let clients = [client(authenticator.clone()), client(authenticator)];
    for (number, status) in [(0, 200), (1, 200), (0, 429), (1, 429)] {
        assert_eq!(post(&clients[number], "/orders", "ann").await.status, status, "{number}");
    }
}
