//! What get-session is asked: one credential, and nothing that changes the session.

use std::{net::IpAddr, process::Command, time::Duration};

use better_auth_verifier::{Cookie, Credential, GetSession};
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::parts::{
    bearer, chain, outcome,
    server::{Answer, Received, Server},
    vector::{self, text},
};

pub const TIMEOUT: Duration = Duration::from_secs(5);

/// A session cookie as Better Auth issues them.
pub fn vector() -> Value {
    vector::all("session-cookie").remove(0).1
}

/// What get-session says of the vector's session, with more time to live.
pub fn live(vector: &Value) -> Value {
    let mut answer = vector["getSession"].clone();
    answer["session"]["expiresAt"] = json!((Utc::now() + TimeDelta::hours(1)).to_rfc3339());
    answer
}

pub fn strategy(server: &Server) -> GetSession {
    GetSession::new(&server.url("/api/auth"), TIMEOUT).expect("a client")
}

/// Lets a fake Better Auth be asked about a credential of its own.
async fn asked_about(credential: Credential) -> Received {
    let vector = vector();
    let server = Server::start(Answer::json(&live(&vector))).await;
    let chain = chain(strategy(&server).with_raw_tokens(true));
    let verified = format!("verified {}", text(&vector, "/getSession/user/id"));
    assert_eq!(outcome(&chain, &credential).await, verified);
    assert_eq!(server.requests(), 1);
    let received = server.last();
    let parameters = "disableRefresh=true&disableCookieCache=true";
    assert_eq!(received.line, format!("GET /api/auth/get-session?{parameters} HTTP/1.1"));
    received
}

#[tokio::test]
async fn a_cookie_arrives_as_received_under_its_own_name_and_alone() {
    let vector = vector();
    let (wire, decoded) = (text(&vector, "/wire"), text(&vector, "/decoded"));
    for name in ["better-auth.session_token", "__Secure-better-auth.session_token", "sid"] {
        for value in [wire, decoded, &format!("\"{wire}\"")] {
            let companion = Cookie::new("session_data", "x");
            let credential = Credential::cookie(name, value).with_companions(vec![companion]);
            let received = asked_about(credential).await;
            assert_eq!(received.all("cookie"), [format!("{name}={value}")]);
            assert_eq!(received.all("authorization"), [""; 0]);
        }
    }
}

#[tokio::test]
async fn a_signed_bearer_arrives_percent_encoded_and_alone() {
    let vector = vector();
    let (wire, decoded) = (text(&vector, "/wire"), text(&vector, "/decoded"));
    for value in [wire, decoded] {
        for credential in [Credential::bearer(value), Credential::header(value)] {
            let received = asked_about(credential).await;
            assert_eq!(received.all("authorization"), [format!("Bearer {wire}")]);
            assert_eq!(received.all("cookie"), [""; 0]);
            assert_eq!(received.all("x-session-token"), [""; 0]);
        }
    }
}

#[tokio::test]
async fn a_raw_bearer_arrives_as_it_is() {
    let vector = vector();
    let token = text(&vector, "/token");
    let received = asked_about(bearer(token)).await;
    assert_eq!(received.all("authorization"), [format!("Bearer {token}")]);
    assert_eq!(received.all("cookie"), [""; 0]);
}

#[tokio::test]
async fn the_clients_address_is_forwarded_alone() {
    let credential = bearer(text(&vector(), "/wire")).with_client(None);
    assert_eq!(asked_about(credential.clone()).await.all("x-forwarded-for"), [""; 0]);
    for address in ["192.0.2.7", "2001:db8::1"] {
        let client: IpAddr = address.parse().expect("an address");
        let received = asked_about(credential.clone().with_client(Some(client))).await;
        assert_eq!(received.all("x-forwarded-for"), [address]);
    }
}

#[tokio::test]
async fn f6_the_clients_address_goes_in_the_header_that_better_auth_reads() {
    let vector = vector();
    let server = Server::start(Answer::json(&live(&vector))).await;
    let strategy = strategy(&server).with_client_address_header("cf-connecting-ip".parse().expect("a name"));
    let client: IpAddr = "192.0.2.7".parse().expect("an address");
    let credential = bearer(text(&vector, "/wire")).with_client(Some(client));
    assert!(outcome(&chain(strategy), &credential).await.starts_with("verified"));
    assert_eq!(server.last().all("cf-connecting-ip"), ["192.0.2.7"]);
    assert_eq!(server.last().all("x-forwarded-for"), [""; 0]);
}

#[tokio::test]
async fn the_session_is_told_with_the_user() {
    let vector = vector();
    let mut answer = live(&vector);
    answer["session"]["impersonatedBy"] = json!("an-admin");
    answer["user"]["role"] = json!("admin");
    let server = Server::start(Answer::json(&answer)).await;
    let verdict = chain(strategy(&server)).judge(&bearer(text(&vector, "/wire"))).await.verdict;
    let identity = verdict.expect("verified");
    let session = identity.session.expect("a session");
    assert_eq!(session.id.as_deref(), Some(text(&vector, "/getSession/session/id")));
    assert_eq!(session.impersonated_by.as_deref(), Some("an-admin"));
    assert_eq!(identity.expires_at, session.expires_at);
    assert!(identity.user.has_role("admin"));
    assert_eq!(identity.strategy, "get_session");
}

#[tokio::test]
async fn the_base_address_may_end_with_a_slash() {
    let vector = vector();
    let server = Server::start(Answer::json(&live(&vector))).await;
    for (base, path) in [("/api/auth/", "/api/auth"), ("/", ""), ("/deep/auth", "/deep/auth")] {
        let strategy = GetSession::new(&server.url(base), TIMEOUT).expect("a client");
        let outcome = outcome(&chain(strategy), &bearer(text(&vector, "/wire"))).await;
        assert!(outcome.starts_with("verified"));
        assert!(
            server.last().line.starts_with(&format!("GET {path}/get-session?")),
            "{}",
            server.last().line
        );
    }
}

#[tokio::test]
async fn only_what_looks_like_a_session_token_is_sent() {
    let vector = vector();
    let server = Server::start(Answer::json(&live(&vector))).await;
    let chain = chain(strategy(&server));
    let wire = text(&vector, "/wire");
    for credential in [
        bearer(text(&vector, "/token")),
        bearer("a.b.c"),
        bearer(wire.trim_end_matches("%3D")),
        Credential::cookie("sid", text(&vector, "/token")),
        Credential::api_key(wire),
    ] {
        assert_eq!(outcome(&chain, &credential).await, "refused: unclaimed", "{}", credential.token());
    }
    assert_eq!(server.requests(), 0);
}

/// The environment belongs to the whole process, so the test that must not notice it runs in one of its own.
#[test]
fn o1_a_proxy_of_the_environment_sees_no_credential() {
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new(program);
    child.args(["--exact", "get_session::a_raw_bearer_arrives_as_it_is"]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        child.env(name, "http://127.0.0.1:9");
    }
    let output = child.env_remove("no_proxy").env_remove("NO_PROXY").output().expect("a run");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("1 passed"), "{told}");
}
