//! Events as Better Auth's plugin sends them to the hook.

use better_auth_verifier::test_kit::Event;
use chrono::{DateTime, Utc};
use http::HeaderMap;
use poem::{Endpoint, test::TestClient};
use serde_json::Value;

use super::api::Told;

/// What the app and the plugin share.
pub const SECRET: &str = "a-hook-secret-of-the-tests-0123456789";

/// Something that happened at `at`.
pub fn body(kind: &str, at: DateTime<Utc>, data: &Value) -> String {
    Event::new(kind, at, data).body
}

/// The headers with which it is sent now.
pub fn headers(id: &str, body: &str, secret: &str) -> HeaderMap {
    let event = Event { id: id.to_owned(), ..Event::of_body(body) };
    event.headers(&secret.parse().expect("a secret"))
}

/// Sends it to the hook at `path`, signed with `secret`.
pub async fn send<E: Endpoint>(
    client: &TestClient<E>,
    path: &str,
    id: &str,
    body: &str,
    secret: &str,
) -> Told {
    let mut request = client.post(path);
    for (name, value) in &headers(id, body, secret) {
        request = request.header(name, value);
    }
    Told::read(request.body(body.to_owned()).send().await.0).await
}
