//! Files that are made once, when they are first asked for, and served from memory.

use std::{io::Write, sync::Arc};

use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use flate2::{Compression, write::GzEncoder};
use hyper::body::Bytes;
use poem::{
    Endpoint, Request, Response, Result,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};
use tokio::{sync::OnceCell, task};

use super::page_budget::PageBudget;

/// A file that changes only with the program or its configuration.
pub struct StaticFile {
    content_type: &'static str,
    policy: HeaderValue,
    content: Arc<dyn Fn() -> Vec<u8> + Send + Sync>,
    made: OnceCell<Made>,
}

/// The same content, as it is and compressed: each has a tag of its own (RFC 9110 section 8.8.3.3).
struct Made {
    plain: Representation,
    gzip: Representation,
}

struct Representation {
    body: Bytes,
    etag: HeaderValue,
}

impl StaticFile {
    /// A file whose content is made by `content` when somebody first asks for it. A browser that shows it loads nothing.
    pub fn new(content_type: &'static str, content: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Self {
        let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        Self { content_type, policy, content: Arc::new(content), made: OnceCell::new() }
    }

    /// With a Content-Security-Policy of its own.
    pub fn with_policy(self, policy: HeaderValue) -> Self {
        Self { policy, ..self }
    }
}

impl Made {
    fn new(content: Vec<u8>) -> Self {
        let gzip = compressed(&content).expect("memory takes what is written");
        Self { plain: Representation::new(content), gzip: Representation::new(gzip) }
    }
}

fn compressed(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content)?;
    encoder.finish()
}

impl Representation {
    fn new(body: Vec<u8>) -> Self {
        let digest = digest::digest(&digest::SHA256, &body);
        let etag = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16]));
        let etag = HeaderValue::try_from(etag).expect("base64 is text");
        Self { body: body.into(), etag }
    }

    /// Weak comparison (RFC 9110 section 13.1.2): a proxy that compresses makes a tag weak.
    fn is_known(&self, headers: &HeaderMap) -> bool {
        let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
        let mut tags = lines.flat_map(|tags| tags.split(',')).map(str::trim);
        tags.any(|tag| tag == "*" || self.etag == *tag.strip_prefix("W/").unwrap_or(tag))
    }
}

/// Whether the client takes gzip (RFC 9110 section 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let mut codings = accepted.flat_map(|value| value.split(',')).filter_map(|coding| {
        let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = parameters.trim().strip_prefix(['q', 'Q']).and_then(|rest| rest.strip_prefix('='));
        let weight = weight.unwrap_or("1").parse::<f32>().ok()?;
        Some((name.trim().to_owned(), weight))
    });
    codings.any(|(name, weight)| name.eq_ignore_ascii_case("gzip") && weight > 0.0)
}

impl Endpoint for StaticFile {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let content = self.content.clone();
        let fill = || task::spawn_blocking(move || Made::new(content()));
        let made = self.made.get_or_try_init(fill).await.map_err(poem::error::InternalServerError)?;
        let gzip = takes_gzip(request.headers());
        let chosen = if gzip { &made.gzip } else { &made.plain };
        // Asked again each time, answered with nothing while it is the same.
        let response = Response::builder()
            .header(header::ETAG, chosen.etag.clone())
            .header(header::VARY, header::ACCEPT_ENCODING)
            .header(header::CACHE_CONTROL, "no-cache")
            .header(header::CONTENT_SECURITY_POLICY, self.policy.clone())
            .header(header::REFERRER_POLICY, "no-referrer");
        if chosen.is_known(request.headers()) {
            return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
        }
        let is_sent = request.method() != Method::HEAD;
        if let Some(budget) = request.data::<Arc<PageBudget>>().filter(|_| is_sent) {
            budget.check(&request, chosen.body.len())?;
        }
        let response = if gzip { response.header(header::CONTENT_ENCODING, "gzip") } else { response };
        Ok(response.content_type(self.content_type).body(chosen.body.clone()))
    }
}
