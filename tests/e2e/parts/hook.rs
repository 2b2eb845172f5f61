//! The hook by which services are told what has ended: by Better Auth's plugin, or in its name.

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{SecondsFormat, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{answer::Answer, port, presented::Presented, service::Service, settings::Settings};

/// What both sides know.
pub const SECRET: &str = "a-hook-secret-of-the-end-to-end-tests-0123456789";

const PATH: &str = "/hooks/better-auth";

/// Where services will listen, which have to be known before they are started.
pub fn ports<const N: usize>() -> [u16; N] {
    std::array::from_fn(|_| port::free())
}

/// Options of the plugin `verifier`, so that it tells the services on these ports.
pub fn plugin(ports: &[u16]) -> Value {
    let urls: Vec<_> = ports.iter().map(|port| format!("http://127.0.0.1:{port}{PATH}")).collect();
    json!({ "url": urls, "secret": SECRET })
}

/// A service that can be told.
pub fn hearing(settings: Settings) -> Settings {
    settings.with("revocation.hook_secret", SECRET)
}

/// Tells it in the plugin's name, while Better Auth itself cannot.
pub async fn tell(service: &Service, kind: &str, data: &Value) -> Answer {
    let now = Utc::now();
    let (id, sent) = (format!("evt_{}", Uuid::now_v7()), now.timestamp().to_string());
    let at = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    let body = json!({ "type": kind, "timestamp": at, "data": data }).to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = hmac::sign(&key, format!("{id}.{sent}.{body}").as_bytes());
    let request = service
        .request(Method::POST, PATH, &Presented::Nothing)
        .header("webhook-id", id)
        .header("webhook-timestamp", sent)
        .header("webhook-signature", format!("v1,{}", BASE64_STANDARD.encode(signature)))
        .header("content-type", "application/json");
    service.send(request.body(body)).await
}
