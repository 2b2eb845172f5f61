//! The example `policies` answers as it says.

use std::time::Duration;

use better_auth_verifier::{SharedSecret, User};

use crate::parts::{
    api::{self, ask},
    server::{Answer, Server},
};

#[path = "../../examples/policies.rs"]
#[expect(dead_code, reason = "its `main`")]
mod example;

fn tokens() -> SharedSecret {
    SharedSecret::new("a secret of at least thirty-two bytes").expect("long enough")
}

/// The status of one request, with a billing service that answers with this status, or that nobody listens for.
async fn status(user: &str, path: &str, billing: Option<u16>) -> u16 {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("members.db").display());
    let members = example::members(&url).await.expect("a database");
    let billing = match billing {
        Some(status) => Server::start(Answer::Status(status, String::new())).await.url("").to_string(),
        None => "http://127.0.0.1:9".into(),
    };
    let client = api::client(example::app(tokens(), members, &billing));
    let token = tokens().access_token(&User::new(user), Duration::from_mins(1));
    ask(&client, &format!("GET {path}"), &[("authorization", &format!("Bearer {token}"))]).await.status
}

#[tokio::test]
async fn members_pass_and_others_do_not() {
    assert_eq!(status("ann", "/plans", None).await, 200);
    assert_eq!(status("bob", "/plans", None).await, 403);
}

#[tokio::test]
async fn nobody_passes_while_billing_is_away() {
    assert_eq!(status("ann", "/exports", Some(204)).await, 200);
    assert_eq!(status("ann", "/exports", Some(402)).await, 403);
    for billing in [Some(500), None] {
        assert_eq!(status("ann", "/exports", billing).await, 503, "{billing:?}");
    }
}
