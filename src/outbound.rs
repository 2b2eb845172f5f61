//! Requests of this process to Better Auth: bounded in time and size, straight to the configured address.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode, Url, redirect};

/// A connection that is not made by then will not be made in time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// An HTTP client that follows no redirect and asks no proxy: only the configured host ever sees a credential.
pub struct Outbound {
    client: Client,
}

/// This machine's certificate authorities cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("no HTTPS client can be set up (Debian: is `ca-certificates` installed?): {}", chain(.0))]
pub struct ClientError(#[from] reqwest::Error);

/// Why an answer is no answer.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// No connection, no answer in time, or it broke off.
    #[error("no usable answer: {}", chain(.0))]
    Transport(#[source] reqwest::Error),
    /// Another status than 200.
    #[error("answered with status {0}")]
    Status(StatusCode),
    /// The body does not end within the limit.
    #[error("answered with more than {0} bytes")]
    TooLarge(usize),
}

impl From<reqwest::Error> for OutboundError {
    /// Without its address, which whoever asked names anyway.
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error.without_url())
    }
}

/// reqwest's own text says little without its sources.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

/// The address of one of Better Auth's routes below its base path.
pub(crate) fn endpoint(base: &Url, route: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{route}", base.path().trim_end_matches('/')));
    url
}

impl Outbound {
    /// For requests to where `url` is. `timeout` bounds a whole exchange, from connecting to the last byte of the body.
    pub fn new(url: &Url, timeout: Duration) -> Result<Self, ClientError> {
        let mut builder = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .timeout(timeout)
            .pool_max_idle_per_host(16)
            .user_agent(concat!("better-auth-verifier/", env!("CARGO_PKG_VERSION")));
        if url.scheme() == "http" {
            // Nothing to check a certificate for: small containers have no authorities installed.
            builder = builder.tls_certs_only([]);
        }
        Ok(Self { client: builder.build()? })
    }

    /// A GET that asks for JSON.
    pub fn get(&self, url: &Url) -> RequestBuilder {
        self.client.get(url.clone()).header("accept", "application/json")
    }

    /// Sends, and reads the body of a 200 up to `limit` bytes.
    pub async fn fetch(&self, request: RequestBuilder, limit: usize) -> Result<Vec<u8>, OutboundError> {
        let mut response = request.send().await?;
        if response.status() != StatusCode::OK {
            return Err(OutboundError::Status(response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > limit {
                return Err(OutboundError::TooLarge(limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Sends, and is content with an answer that this server would also give when all is well: a success, or that it
    /// is asked too often.
    pub async fn reach(&self, request: RequestBuilder) -> Result<(), OutboundError> {
        match request.send().await?.status() {
            status if status.is_success() || status == StatusCode::TOO_MANY_REQUESTS => Ok(()),
            status => Err(OutboundError::Status(status)),
        }
    }
}
