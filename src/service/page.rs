//! Pages that are made once at start and served from memory.

use std::sync::Arc;

use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hyper::body::Bytes;
use poem::{
    Endpoint, Request, Response, Result,
    http::{HeaderValue, StatusCode, header},
};

/// A page that changes only with the program.
#[derive(Clone)]
pub struct Page(Arc<Inner>);

struct Inner {
    content_type: &'static str,
    body: Bytes,
    etag: HeaderValue,
}

impl Page {
    /// A page of this content.
    pub fn new(content_type: &'static str, body: String) -> Self {
        let digest = digest::digest(&digest::SHA256, body.as_bytes());
        let etag = format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16]));
        let etag = HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"\""));
        Self(Arc::new(Inner { content_type, body: body.into(), etag }))
    }

    /// Weak comparison (RFC 9110 section 13.1.2): a proxy that compresses makes a tag weak.
    fn is_among(&self, tags: &HeaderValue) -> bool {
        let mut tags = tags.to_str().unwrap_or_default().split(',').map(str::trim);
        tags.any(|tag| tag == "*" || self.0.etag == *tag.strip_prefix("W/").unwrap_or(tag))
    }
}

impl Endpoint for Page {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let known = request.headers().get(header::IF_NONE_MATCH).is_some_and(|tags| self.is_among(tags));
        // Asked again each time, answered with nothing while it is the same.
        let response = Response::builder()
            .header(header::ETAG, self.0.etag.clone())
            .header(header::CACHE_CONTROL, "no-cache");
        Ok(if known {
            response.status(StatusCode::NOT_MODIFIED).finish()
        } else {
            response.content_type(self.0.content_type).body(self.0.body.clone())
        })
    }
}
