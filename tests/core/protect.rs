//! The middleware that protects a whole route tree.

use better_auth_verifier::{Admin, HasRole, Policy, Problems, Protect, VerifiedEmail};
use poem::{Endpoint, EndpointExt, test::TestClient};

use crate::parts::{
    api::{self, ask, authenticator, routes},
    scripted::Scripted,
};

fn protected<P: Policy>(protect: Protect<P>) -> (TestClient<impl Endpoint>, Scripted) {
    let (authenticator, strategy) = authenticator();
    (api::client(routes().with(protect).with(Problems).data(authenticator)), strategy)
}

#[tokio::test]
async fn handlers_inside_do_not_judge_a_second_time() {
    let (client, strategy) = protected(Protect::default());
    let ann = [("authorization", "Bearer ann-verified-admin")];
    for (number, path) in ["/me", "/plain", "/verified", "/admin", "/public", "/open"].iter().enumerate() {
        assert_eq!(ask(&client, &format!("GET {path}"), &ann).await.status, 200, "{path}");
        assert_eq!(strategy.calls(), number + 1, "{path}");
    }
}

#[tokio::test]
async fn a1_everything_is_denied_to_strangers_unknown_paths_too() {
    let (client, _) = protected(Protect::default());
    for path in
        ["GET /me", "GET /open", "GET /public", "GET /nowhere", "POST /orders", "DELETE /me", "GET //me"]
    {
        let told = ask(&client, path, &[]).await;
        assert_eq!((told.status, told.kind().as_str()), (401, "missing-credential"), "{path}");
    }
    let ann = [("authorization", "Bearer ann")];
    assert_eq!(ask(&client, "GET /nowhere", &ann).await.kind(), "not-found");
    assert_eq!(ask(&client, "DELETE /me", &ann).await.kind(), "method-not-allowed");
}

#[tokio::test]
async fn refused_and_undecidable_credentials_do_not_pass() {
    let (client, _) = protected(Protect::default());
    for (token, status) in [("refused", 401), ("other", 401), ("outage", 503), ("ann-banned", 401)] {
        let headers = [("authorization", &*format!("Bearer {token}"))];
        assert_eq!(ask(&client, "GET /open", &headers).await.status, status, "{token}");
    }
}

#[tokio::test]
async fn public_paths_judge_nobody_unless_the_handler_asks() {
    let (client, strategy) = protected(Protect::default().except(["/open", "/public", "/me"]));
    let refused = [("authorization", "Bearer refused")];
    assert_eq!(ask(&client, "GET /open", &refused).await.status, 200);
    assert_eq!(strategy.calls(), 0);
    assert_eq!(ask(&client, "GET /public", &[]).await.body, "guest");
    assert_eq!(ask(&client, "GET /public", &refused).await.status, 401);
    assert_eq!(ask(&client, "GET /me", &[]).await.kind(), "missing-credential");
    for path in ["/open/", "/open/more", "/Open", "/%6Fpen", "/me/../open", "/open?x"] {
        let expected = if path == "/open?x" { 200 } else { 401 };
        assert_eq!(ask(&client, &format!("GET {path}"), &[]).await.status, expected, "{path}");
    }
}

#[tokio::test]
async fn a1_a_policy_holds_for_all_inside() {
    let (client, _) = protected(Protect::<VerifiedEmail>::new());
    for (token, status) in [("ann", 403), ("ann-verified", 200)] {
        let headers = [("authorization", &*format!("Bearer {token}"))];
        let told = ask(&client, "GET /open", &headers).await;
        assert_eq!(told.status, status, "{token}");
        assert!(status == 200 || told.kind() == "forbidden");
    }
}

#[tokio::test]
async fn a1_policies_of_the_tree_and_of_the_route_both_hold() {
    let (client, strategy) = protected(Protect::<HasRole<Admin>>::new());
    for (number, (token, path, status)) in [
        ("ann-admin", "/verified", 403),
        ("ann-verified", "/verified", 403),
        ("ann-verified-admin", "/verified", 200),
        ("bob-admin", "/anns", 403),
    ]
    .into_iter()
    .enumerate()
    {
        let headers = [("authorization", &*format!("Bearer {token}"))];
        assert_eq!(ask(&client, &format!("GET {path}"), &headers).await.status, status, "{token} {path}");
        assert_eq!(strategy.calls(), number + 1);
    }
}
