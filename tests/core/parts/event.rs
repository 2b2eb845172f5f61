//! Events as Better Auth's plugin sends them to the hook.

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use http::HeaderMap;
use poem::{Endpoint, test::TestClient};
use serde_json::{Value, json};

use super::api::Told;

/// What the app and the plugin share.
pub const SECRET: &str = "a-hook-secret-of-the-tests-0123456789";

/// Something that happened at `at`.
pub fn body(kind: &str, at: DateTime<Utc>, data: &Value) -> String {
    let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({ "type": kind, "timestamp": at, "data": data }).to_string()
}

/// The headers with which it is sent now.
pub fn headers(id: &str, body: &str, secret: &str) -> HeaderMap {
    let timestamp = Utc::now().timestamp().to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    let signature = format!("v1,{}", BASE64_STANDARD.encode(signature));
    let all = [("webhook-id", id), ("webhook-timestamp", &timestamp), ("webhook-signature", &signature)];
    all.map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")))
        .into_iter()
        .collect()
}

/// Sends it to the hook at `path`, signed with `secret`.
pub async fn send<E: Endpoint>(
    client: &TestClient<E>,
    path: &str,
    id: &str,
    body: &str,
    secret: &str,
) -> Told {
    let mut request = client.post(path).content_type("application/json");
    for (name, value) in &headers(id, body, secret) {
        request = request.header(name, value);
    }
    Told::read(request.body(body.to_owned()).send().await.0).await
}
