//! The running Better Auth, asked over HTTP: only what strangers may ask, and nothing that changes anything.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderName, StatusCode, header};
use reqwest::{RequestBuilder, Url};

use crate::{
    better_auth::taken_back::Routes,
    clock::Clock,
    outbound::{ClientError, Outbound, OutboundError, endpoint},
};

const TIMEOUT: Duration = Duration::from_secs(5);
/// No answer that is asked for is larger.
const MAX_BODY: usize = 256 * 1024;

/// A Better Auth at some address.
pub struct Site {
    base: Url,
    outbound: Outbound,
    clock: Clock,
}

/// What it answered.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// When it was asked and when it had answered, by this machine's clock.
    pub between: [DateTime<Utc>; 2],
}

impl Site {
    /// `base` is its address with its base path.
    pub fn new(base: &Url, clock: Clock) -> Result<Self, ClientError> {
        Ok(Self { base: base.clone(), outbound: Outbound::new(base, TIMEOUT)?, clock })
    }

    /// Its address with its base path.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Who asks.
    pub fn outbound(&self) -> &Outbound {
        &self.outbound
    }

    /// What a stranger's session token is held against.
    pub fn routes(&self) -> Routes {
        let mut session = endpoint(&self.base, "get-session");
        session.set_query(Some("disableRefresh=true&disableCookieCache=true"));
        Routes { session, sessions: endpoint(&self.base, "list-sessions") }
    }

    /// A GET of one of its routes, with a query or without.
    pub async fn get(&self, route: &str, query: &[(&str, &str)]) -> Result<Answer, OutboundError> {
        self.get_with(route, query, None).await
    }

    /// The same with a header.
    pub async fn get_with(
        &self,
        route: &str,
        query: &[(&str, &str)],
        with: Option<(HeaderName, &str)>,
    ) -> Result<Answer, OutboundError> {
        let mut url = endpoint(&self.base, route);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let request = self.outbound.get(&url);
        let request = match with {
            Some((name, value)) => request.header(name, value),
            None => request,
        };
        self.send(request).await
    }

    /// A GET of any address.
    pub async fn get_url(&self, url: &Url) -> Result<Answer, OutboundError> {
        self.send(self.outbound.get(url)).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, OutboundError> {
        let asked = self.clock.now();
        let mut response = request.send().await?;
        let between = [asked, self.clock.now()];
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(OutboundError::TooLarge(MAX_BODY));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status: response.status(), headers: response.headers().clone(), body, between })
    }
}

impl Answer {
    /// Whether it is Better Auth's answer to `ok`.
    pub fn is_ok(&self) -> bool {
        let body: Option<serde_json::Value> = serde_json::from_slice(&self.body).ok();
        self.status == StatusCode::OK && body.is_some_and(|body| body["ok"] == true)
    }

    /// Where it leads to, if anywhere. What stands in a query may be nobody else's business, and is left out.
    pub fn location(&self) -> Option<&str> {
        self.headers.get(header::LOCATION)?.to_str().ok()?.split(['?', '#']).next()
    }

    /// Whether somebody else has passed it on: Better Auth and Node call themselves nothing.
    pub fn is_by_proxy(&self) -> bool {
        [header::SERVER, header::VIA].iter().any(|name| self.headers.contains_key(name))
    }

    /// What it is, for people, without what it says.
    pub fn in_words(&self) -> String {
        let kind =
            self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default();
        match self.location() {
            Some(location) => format!("status {}, which leads to {location}", self.status.as_u16()),
            None if kind.is_empty() => format!("status {}", self.status.as_u16()),
            None => format!("status {} with {kind}", self.status.as_u16()),
        }
    }
}
