//! Requests of this process to Better Auth: bounded in time and size, straight to the configured address.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, header::HeaderMap, redirect};

use crate::judgement::{Call, Trace};

/// A connection that is not made by then will not be made in time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Node closes an idle connection after five seconds; a request sent at that very moment is lost.
const IDLE_TIMEOUT: Duration = Duration::from_secs(3);
/// A server that asks for more patience is not believed.
const MAX_RETRY_AFTER: Duration = Duration::from_mins(1);

/// An HTTP client that follows no redirect and uses no proxy: only the configured host ever sees a credential.
pub struct Outbound {
    client: Client,
}

/// This machine's certificate authorities cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("no HTTPS client can be set up (Debian: is `ca-certificates` installed?): {}", chain(.0))]
pub struct ClientError(#[from] reqwest::Error);

/// Why there is no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// No connection, no answer in time, or it broke off.
    #[error("no usable answer: {}", chain(.0))]
    Transport(#[source] reqwest::Error),
    /// Another status than 200, perhaps with a hint when to ask again.
    #[error("answered with status {0}")]
    Status(StatusCode, Option<Duration>),
    /// Status 500, for a request to this host.
    #[error(
        "answered with status 500; if Better Auth's baseURL has `allowedHosts`, add `{0}`, the host of this request, to \
         them"
    )]
    Internal(String, Option<Duration>),
    /// The body does not end within the limit.
    #[error("answered with more than {0} bytes")]
    TooLarge(usize),
}

impl OutboundError {
    /// When it is worth asking again, if the other side has said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status(_, retry_after) | Self::Internal(_, retry_after) => *retry_after,
            Self::Transport(_) | Self::TooLarge(_) => None,
        }
    }

    /// Whether the other side limits the rate of one client alone.
    pub fn is_rate_limit(&self) -> bool {
        matches!(self, Self::Status(StatusCode::TOO_MANY_REQUESTS, _))
    }

    /// Whether it is the other side's fault, and not the request's.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Status(status, _) => status.is_server_error(),
            Self::TooLarge(_) => false,
            Self::Transport(_) | Self::Internal(..) => true,
        }
    }

    /// Whether the other side may fail for this one request only.
    pub fn may_be_partial(&self) -> bool {
        matches!(self, Self::Internal(..))
    }

    /// The status of the answer, where there was a whole one.
    fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Status(status, _) => Some(*status),
            Self::Internal(..) => Some(StatusCode::INTERNAL_SERVER_ERROR),
            Self::Transport(_) | Self::TooLarge(_) => None,
        }
    }

    fn of_status(response: &Response) -> Self {
        let retry_after = retry_after(response.headers());
        match response.status() {
            StatusCode::INTERNAL_SERVER_ERROR => Self::Internal(host(response.url()), retry_after),
            status => Self::Status(status, retry_after),
        }
    }
}

/// As it stands in the request: with its port, unless that is the scheme's own.
fn host(url: &Url) -> String {
    let (host, port) = (url.host_str().unwrap_or_default(), url.port());
    port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whole seconds, in the standard's field or in Better Auth's own. A date, which the former may hold too, is ignored.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse().ok();
    let seconds: u64 = seconds("retry-after").or_else(|| seconds("x-retry-after"))?;
    Some(MAX_RETRY_AFTER.min(Duration::from_secs(seconds)))
}

impl From<reqwest::Error> for OutboundError {
    /// Without the address, which the caller names anyway.
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

/// Makes a request to this route of Better Auth's, and reports its end to the observers.
pub async fn observed<T>(
    observers: &Trace,
    endpoint: &'static str,
    request: impl Future<Output = Result<T, OutboundError>>,
) -> Result<T, OutboundError> {
    let began = observers.begin();
    let outcome = request.await;
    let status = match &outcome {
        Ok(_) => Some(StatusCode::OK),
        Err(error) => error.status(),
    };
    observers.called(&Call { endpoint, status, took: Trace::since(began) });
    outcome
}

impl Outbound {
    /// For requests to the host of `url`. `timeout` bounds a whole exchange, from connecting to the last byte of the body.
    pub fn new(url: &Url, timeout: Duration) -> Result<Self, ClientError> {
        let mut builder = Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT.min(timeout))
            .timeout(timeout)
            .pool_max_idle_per_host(16)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .user_agent(concat!("better-auth-verifier/", env!("CARGO_PKG_VERSION")));
        if url.scheme() == "http" {
            // Plain http needs no certificates: small containers have no authorities installed.
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
            return Err(OutboundError::of_status(&response));
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

    /// Sends, and accepts any answer of a healthy server: a success, or the status for too many requests.
    pub async fn reach(&self, request: RequestBuilder) -> Result<(), OutboundError> {
        let response = request.send().await?;
        let status = response.status();
        let reached = status.is_success() || status == StatusCode::TOO_MANY_REQUESTS;
        if reached { Ok(()) } else { Err(OutboundError::of_status(&response)) }
    }
}
