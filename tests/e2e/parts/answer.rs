//! What the service answered.

use reqwest::{
    Response,
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, RETRY_AFTER, VARY, WWW_AUTHENTICATE},
};
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; `null` where there is none.
    pub body: Value,
}

impl Answer {
    /// Reads the body.
    pub async fn read(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.expect("a body");
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).expect("JSON") };
        Self { status, headers, body }
    }

    /// A header's text; empty where there is none.
    pub fn header(&self, name: impl reqwest::header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    /// 200; answers with the body.
    #[track_caller]
    pub fn accepted(&self) -> &Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.is_private();
        &self.body
    }

    /// 401 for what was presented.
    #[track_caller]
    pub fn refused(&self) {
        self.problem(401, "invalid-credential");
        assert_eq!(self.header(WWW_AUTHENTICATE), r#"Bearer error="invalid_token""#, "{self:?}");
    }

    /// 401 because nothing was presented.
    #[track_caller]
    pub fn missing(&self) {
        self.problem(401, "missing-credential");
        let challenge = self.header(WWW_AUTHENTICATE);
        assert!(challenge.starts_with("Bearer realm=") && !challenge.contains("error"), "{self:?}");
    }

    /// 503, and when to come back.
    #[track_caller]
    pub fn undecidable(&self) {
        self.problem(503, "unavailable");
        assert!(self.header(RETRY_AFTER).parse::<u32>().is_ok_and(|seconds| seconds > 0), "{self:?}");
        assert!(!self.headers.contains_key(WWW_AUTHENTICATE), "{self:?}");
    }

    /// A problem of this status and kind, complete and not to be stored.
    #[track_caller]
    pub fn problem(&self, status: u16, kind: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.body["type"], format!("urn:problem:{kind}"), "{self:?}");
        assert_eq!(self.body["status"], status, "{self:?}");
        assert_eq!(self.header(CONTENT_TYPE), "application/problem+json", "{self:?}");
        for member in ["title", "instance", "requestId"] {
            assert!(self.body[member].is_string(), "{member}: {self:?}");
        }
        self.is_private();
    }

    #[track_caller]
    fn is_private(&self) {
        assert_eq!(self.header(CACHE_CONTROL), "no-store", "{self:?}");
        assert_eq!(self.header(VARY), "Authorization, Cookie, X-Session-Token, Origin", "{self:?}");
    }
}
