//! How a request fails on the wire: RFC 9457 problem details.
//!
//! Knows no web framework: a [`Problem`] becomes an [`http::Response`].

mod challenge;
mod document;
mod kind;

use std::{fmt, sync::Arc, time::Duration};

use http::{HeaderName, HeaderValue, Response, header};

use self::document::Document;
pub use self::kind::Kind;
use crate::error::{AuthError, LimitUnit, Limited, Undecidable, Unverified};

/// The media type of every problem.
pub const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What a route answers that reads credentials depends on these.
pub const VARY: HeaderValue = HeaderValue::from_static("Authorization, Cookie, X-Session-Token, Origin");

/// When to ask again after we could not decide. Long enough to spare what is down, short enough to see it return.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Names a request in the log and in its problem. Whatever makes one puts it into the request's extensions.
#[derive(Clone, Debug)]
pub struct RequestId(pub Arc<str>);

/// A failure on its way to the client: kind, perhaps a detail, headers.
///
/// ```
/// use better_auth_verifier::{AuthError, Problem};
///
/// let answer = http::Response::from(&Problem::from(AuthError::Missing));
/// assert_eq!(answer.status(), 401);
/// assert_eq!(answer.headers()["www-authenticate"], r#"Bearer realm="better-auth""#);
/// ```
#[derive(Clone, Debug)]
pub struct Problem {
    kind: Kind,
    detail: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
    instance: Option<String>,
    request_id: Option<RequestId>,
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

    fn undecidable(reason: &Undecidable) -> Self {
        Self::unavailable_for(reason.retry_after().unwrap_or(RETRY_AFTER))
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

    /// Says which request failed: the path that was asked for, and the name that the log has for the request.
    #[must_use]
    pub fn with_instance(mut self, path: &str, request_id: Option<&RequestId>) -> Self {
        self.instance = Some(path.to_owned());
        self.request_id = request_id.cloned();
        self
    }

    /// The kind of problem.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The path that was asked for, once something has said it.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    /// The document that the answer carries, as JSON.
    #[must_use]
    pub fn body(&self) -> String {
        // Texts and a number: nothing in it can fail.
        serde_json::to_string(&Document::of(self)).unwrap_or_default()
    }
}

/// The whole answer: status, headers, body.
impl From<&Problem> for Response<String> {
    fn from(problem: &Problem) -> Self {
        let mut answer = Self::new(problem.body());
        *answer.status_mut() = problem.kind.status();
        answer.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
        for (name, value) in &problem.headers {
            answer.headers_mut().insert(name, value.clone());
        }
        answer
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.title())?;
        self.detail.iter().try_for_each(|detail| write!(f, ": {detail}"))
    }
}

/// The only place where an authentication failure becomes a status.
impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        let challenge = challenge::of(&error);
        let problem = match error {
            AuthError::Missing | AuthError::OtherScheme => Self::new(Kind::MissingCredential),
            AuthError::Malformed(detail) => Self::new(Kind::BadRequest).with_detail(detail),
            AuthError::Unverified(unverified) => match unverified.alone() {
                Unverified::Undecidable(reason) => Self::undecidable(reason),
                Unverified::Refused(_) | Unverified::PassedOver(_) => Self::new(Kind::InvalidCredential),
            },
            AuthError::Denied { .. } => Self::new(Kind::Forbidden),
            AuthError::Undecided { reason, .. } => Self::undecidable(&reason),
            AuthError::MissingPolicy(_) => Self::new(Kind::Internal).with_detail(
                "the policy of this route has no value: give it to the `Authenticator` by `.with_policy(value)`",
            ),
            AuthError::UntrustedOrigin => Self::new(Kind::UntrustedOrigin),
            AuthError::Limited(limited) => limited.into(),
        };
        let problem = match challenge {
            Some(challenge) => problem.with_header(header::WWW_AUTHENTICATE, challenge),
            None => problem,
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
