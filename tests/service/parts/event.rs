//! Events as Better Auth's plugin sends them to the hook.

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::{Ask, ask};

/// Where the hook is.
pub const PATH: &str = "/hooks/better-auth";

/// What the service and the plugin share.
pub const SECRET: &str = "a-hook-secret-of-the-tests-0123456789";

/// One on its way: all that is signed.
#[derive(Clone)]
pub struct Event {
    pub id: String,
    /// Seconds since 1970, as they are sent.
    pub timestamp: String,
    pub body: String,
}

impl Event {
    /// It happened at `at` and is sent now.
    pub fn new(kind: &str, at: DateTime<Utc>, data: &Value) -> Self {
        let at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
        Self::of_body(json!({ "type": kind, "timestamp": at, "data": data }).to_string())
    }

    /// It happens now.
    pub fn now(kind: &str, data: &Value) -> Self {
        Self::new(kind, Utc::now(), data)
    }

    /// With a body that need not be one, sent now.
    pub fn of_body(body: impl Into<String>) -> Self {
        let id = format!("evt_{}", Uuid::now_v7());
        Self { id, timestamp: Utc::now().timestamp().to_string(), body: body.into() }
    }

    /// The same, sent at another time.
    pub fn sent_at(self, at: DateTime<Utc>) -> Self {
        Self { timestamp: at.timestamp().to_string(), ..self }
    }

    pub fn signature(&self, key: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        let message = format!("{}.{}.{}", self.id, self.timestamp, self.body);
        format!("v1,{}", BASE64_STANDARD.encode(hmac::sign(&key, message.as_bytes())))
    }

    /// The request as the plugin sends it.
    pub fn ask(&self) -> Ask {
        self.ask_with(&self.signature(SECRET.as_bytes()))
    }

    /// The same with other signatures.
    pub fn ask_with(&self, signatures: &str) -> Ask {
        self.headers(signatures).body("application/json", self.body.as_str())
    }

    /// The same without its body.
    pub fn headers(&self, signatures: &str) -> Ask {
        ask("POST", PATH)
            .header("webhook-id", self.id.as_str())
            .header("webhook-timestamp", self.timestamp.as_str())
            .header("webhook-signature", signatures)
    }
}
