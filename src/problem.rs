//! How a request fails on the wire: RFC 9457 problem details.

mod answers;
#[cfg(feature = "server")]
mod example;
mod kind;
mod middleware;
mod uri;

use std::time::Duration;

use poem::{
    IntoResponse, Response,
    http::{HeaderName, HeaderValue, header},
};
use poem_openapi::{Object, types::ToJSON};

pub(crate) use self::middleware::{requested_uri, response_of};
use self::uri::Uri;
pub use self::{
    answers::{AuthProblem, responses},
    kind::Kind,
    middleware::{Problems, RequestId},
};
#[cfg(feature = "server")]
pub(crate) use self::{
    example::{REQUEST_ID, examples},
    middleware::answer_to,
};
use crate::error::{AuthError, LimitUnit, Limited, Unverified};

const CONTENT_TYPE: &str = "application/problem+json";
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What a route answers that reads credentials depends on these.
pub const VARY: HeaderValue = HeaderValue::from_static("Authorization, Cookie, X-Session-Token, Origin");

/// When to ask again after we could not decide. Long enough to spare what is down, short enough to see it return.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// A failure on its way to the client: kind, perhaps a detail, headers.
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    detail: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
    instance: Option<String>,
    request_id: Option<String>,
}

/// Problem details (RFC 9457).
#[derive(Debug, Object)]
#[oai(rename = "Problem", rename_all = "camelCase", skip_serializing_if_is_none)]
struct Body {
    /// A stable URI for the kind of problem. Later versions may add some.
    #[oai(rename = "type")]
    kind: Uri,
    /// What the kind means, for people.
    title: String,
    /// The status of the answer.
    #[oai(validator(minimum(value = "400"), maximum(value = "599")))]
    status: u16,
    /// What is wrong with this request in particular.
    detail: Option<String>,
    /// The path that was asked for.
    instance: Option<String>,
    /// Names this request in the log.
    request_id: Option<String>,
}

impl Problem {
    /// A problem without a detail.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        if kind == Kind::Unavailable {
            return Self::unavailable_for(RETRY_AFTER);
        }
        Self { kind, detail: None, headers: Vec::new(), instance: None, request_id: None }
    }

    fn unavailable_for(pause: Duration) -> Self {
        let headers = vec![(header::RETRY_AFTER, seconds(pause))];
        Self { kind: Kind::Unavailable, detail: None, headers, instance: None, request_id: None }
    }

    /// Says what is wrong with this request in particular. Never a credential, never an internal.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The kind of problem.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    fn with_instance(mut self, instance: &str, request_id: Option<&RequestId>) -> Self {
        self.instance = Some(instance.to_owned());
        self.request_id = request_id.map(|id| id.0.to_string());
        self
    }

    fn body(&self) -> String {
        let (status, title) = (self.kind.status(), self.kind.title());
        let body = Body {
            kind: Uri(self.kind),
            title: title.into(),
            status: status.as_u16(),
            detail: self.detail.clone(),
            instance: self.instance.clone(),
            request_id: self.request_id.clone(),
        };
        body.to_json_string()
    }
}

/// The only place where an authentication failure becomes a status.
impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        const CHALLENGE: HeaderName = header::WWW_AUTHENTICATE;
        const BARE: HeaderValue = HeaderValue::from_static(r#"Bearer realm="better-auth""#);
        const INVALID_TOKEN: HeaderValue = HeaderValue::from_static(r#"Bearer error="invalid_token""#);
        const INVALID_REQUEST: HeaderValue = HeaderValue::from_static(r#"Bearer error="invalid_request""#);
        let problem = match error {
            AuthError::Missing | AuthError::OtherScheme => {
                Self::new(Kind::MissingCredential).with_header(CHALLENGE, BARE)
            }
            AuthError::Malformed(detail) => {
                Self::new(Kind::BadRequest).with_detail(detail).with_header(CHALLENGE, INVALID_REQUEST)
            }
            AuthError::Unverified(unverified) => match unverified.alone() {
                Unverified::Undecidable(undecidable) => {
                    Self::unavailable_for(undecidable.retry_after().unwrap_or(RETRY_AFTER))
                }
                Unverified::Refused(_) | Unverified::PassedOver(_) => {
                    Self::new(Kind::InvalidCredential).with_header(CHALLENGE, INVALID_TOKEN)
                }
            },
            AuthError::Denied { .. } => Self::new(Kind::Forbidden),
            AuthError::UntrustedOrigin => Self::new(Kind::UntrustedOrigin),
            AuthError::Limited(limited) => limited.into(),
        };
        problem
            .with_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
            .with_header(header::VARY, VARY)
    }
}

/// `Retry-After` (RFC 9110) and the fields of draft-ietf-httpapi-ratelimit-headers-10.
impl From<Limited> for Problem {
    fn from(limited: Limited) -> Self {
        let Limited { limit, unit, quota, window, retry_after } = limited;
        let field = |text: String| HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""));
        // Requests are what the draft counts where nothing else is said.
        let unit = match unit {
            LimitUnit::Requests => "",
            LimitUnit::ContentBytes => ";qu=\"content-bytes\"",
        };
        let policy = format!("\"{limit}\";q={quota}{unit};w={}", whole_seconds(window));
        let state = format!("\"{limit}\";r=0;t={}", whole_seconds(retry_after));
        Self::new(Kind::RateLimited)
            .with_header(header::RETRY_AFTER, seconds(retry_after))
            .with_header(RATE_LIMIT, field(state))
            .with_header(RATE_LIMIT_POLICY, field(policy))
    }
}

/// Rounded up: a client that waits as told is let through.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1)
}

fn seconds(duration: Duration) -> HeaderValue {
    HeaderValue::from(whole_seconds(duration))
}

impl IntoResponse for Problem {
    /// The answer carries the problem itself along, so that [`Problems`] can add what is known further out.
    fn into_response(self) -> Response {
        let mut response =
            Response::builder().status(self.kind.status()).content_type(CONTENT_TYPE).body(self.body());
        for (name, value) in &self.headers {
            response.headers_mut().insert(name, value.clone());
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Problem> for poem::Error {
    fn from(problem: Problem) -> Self {
        let mut error = Self::from_response(problem.clone().into_response());
        // An error replaces its response's extensions by its own data.
        error.set_data(problem);
        error
    }
}

impl From<AuthError> for poem::Error {
    fn from(error: AuthError) -> Self {
        Problem::from(error).into()
    }
}
