use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::{Value, json};

use super::written;
use crate::HookSecret;

/// An event as Better Auth's plugin `better-auth-verifier` sends it to the hook of the service: POST /hooks/better-auth, signed
/// as the Standard Webhooks specification says.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its id: the header `webhook-id`.
    pub id: String,
    /// Seconds since 1970 when it is sent: the header `webhook-timestamp`.
    pub timestamp: String,
    /// JSON.
    pub body: String,
}

impl Event {
    /// It happened at `at` and is sent now. Kinds and data are the plugin's, such as `session.deleted` with
    /// `{"sessionId": …, "userId": …}`.
    #[must_use]
    pub fn new(kind: &str, at: DateTime<Utc>, data: &Value) -> Self {
        Self::of_body(json!({ "type": kind, "timestamp": written(at), "data": data }).to_string())
    }

    /// It happens now.
    #[must_use]
    pub fn now(kind: &str, data: &Value) -> Self {
        Self::new(kind, Utc::now(), data)
    }

    /// With a body that need not be one, sent now.
    ///
    /// # Panics
    ///
    /// When this machine gives no random numbers.
    #[must_use]
    pub fn of_body(body: impl Into<String>) -> Self {
        let mut octets = [0; 16];
        aws_lc_rs::rand::fill(&mut octets).expect("random numbers");
        let id = format!("evt_{}", uuid::Builder::from_random_bytes(octets).into_uuid());
        Self { id, timestamp: Utc::now().timestamp().to_string(), body: body.into() }
    }

    /// The same, sent at another time.
    #[must_use]
    pub fn sent_at(self, at: DateTime<Utc>) -> Self {
        Self { timestamp: at.timestamp().to_string(), ..self }
    }

    /// The header `webhook-signature`, by the secret that the hook and the plugin share.
    #[must_use]
    pub fn signature(&self, secret: &HookSecret) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret());
        let message = format!("{}.{}.{}", self.id, self.timestamp, self.body);
        format!("v1,{}", BASE64_STANDARD.encode(hmac::sign(&key, message.as_bytes())))
    }

    /// All headers of the request that has [`body`](Self::body) as its body, signed by this secret.
    ///
    /// # Panics
    ///
    /// When a header cannot hold the id or the timestamp that the test has set.
    #[must_use]
    pub fn headers(&self, secret: &HookSecret) -> HeaderMap {
        let own = [
            ("webhook-id", self.id.clone()),
            ("webhook-timestamp", self.timestamp.clone()),
            ("webhook-signature", self.signature(secret)),
        ];
        let own = own.map(|(name, text)| {
            let value = HeaderValue::try_from(text).expect("an id and a timestamp that a header can hold");
            (HeaderName::from_static(name), value)
        });
        let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        own.into_iter().chain([json]).collect()
    }
}
