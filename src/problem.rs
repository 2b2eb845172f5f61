//! How a request fails on the wire: RFC 9457 problem details.
//!
//! Knows no web framework: a [`Problem`] becomes an [`http::Response`].

mod challenge;
mod document;
mod kind;

use std::{fmt, sync::Arc, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use self::document::Document;
pub use self::kind::Kind;
use crate::{
    error::{AuthError, LimitUnit, Limited, Undecidable, Unverified},
    revocation::HookError,
};

/// The media type of every problem.
pub const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The answers of routes that read credentials depend on these headers.
pub const VARY: HeaderValue = HeaderValue::from_static("Authorization, Cookie, X-Session-Token, Origin");

/// When to ask again after we could not decide. Long enough to spare what is down, short enough to see it return.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Names a request in the log and in its problem. The maker of the name puts it into the request's extensions.
#[derive(Clone, Debug)]
pub struct RequestId(pub Arc<str>);

/// A failure on its way to the client: kind, perhaps a detail, headers. Cheap to clone.
///
/// ```
/// use better_auth_verifier::{AuthError, Problem};
///
/// let answer = http::Response::from(&Problem::from(AuthError::Missing));
/// assert_eq!(answer.status(), 401);
/// assert_eq!(answer.headers()["www-authenticate"], r#"Bearer realm="better-auth""#);
/// ```
#[derive(Clone, Debug)]
pub struct Problem(Arc<Parts>);

/// The parts of a problem.
#[derive(Clone, Debug)]
struct Parts {
    kind: Kind,
    detail: Option<String>,
    /// All headers of the answer.
    headers: HeaderMap,
    instance: Option<String>,
    request_id: Option<RequestId>,
}

impl Problem {
    /// A problem without a detail.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        if kind == Kind::Unavailable { Self::unavailable_for(RETRY_AFTER) } else { Self::bare(kind) }
    }

    fn unavailable_for(pause: Duration) -> Self {
        Self::bare(Kind::Unavailable).with_header(header::RETRY_AFTER, seconds(pause))
    }

    fn bare(kind: Kind) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
        Self(Arc::new(Parts { kind, detail: None, headers, instance: None, request_id: None }))
    }

    fn undecidable(reason: &Undecidable) -> Self {
        Self::unavailable_for(reason.retry_after().unwrap_or(RETRY_AFTER))
    }

    /// Says what is wrong with this request in particular. Never a credential, never an internal.
    #[must_use]
    pub fn with_detail(self, detail: impl Into<String>) -> Self {
        self.with(|parts| parts.detail = Some(detail.into()))
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        self.with(|parts| {
            parts.headers.insert(name, value);
        })
    }

    /// Says which request failed: the path that was asked for, and the name that the log has for the request.
    #[must_use]
    pub fn with_instance(self, path: &str, request_id: Option<&RequestId>) -> Self {
        self.with(|parts| {
            parts.instance = Some(path.to_owned());
            parts.request_id = request_id.cloned();
        })
    }

    fn with(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// The kind of problem.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The path that was asked for, if it is known yet.
    #[must_use]
    pub fn instance(&self) -> Option<&str> {
        self.0.instance.as_deref()
    }

    /// The document that the answer carries, as JSON.
    #[must_use]
    pub fn body(&self) -> String {
        self.0.body()
    }
}

impl Parts {
    fn body(&self) -> String {
        let mut document = Document::new(self.kind);
        document.add("detail", self.detail.as_deref());
        document.add("instance", self.instance.as_deref());
        document.add("requestId", self.request_id.as_ref().map(|id| &*id.0));
        document.end()
    }
}

/// The whole answer: status, headers, body.
impl From<Problem> for Response<String> {
    fn from(problem: Problem) -> Self {
        let parts = Arc::unwrap_or_clone(problem.0);
        let mut answer = Self::new(parts.body());
        *answer.status_mut() = parts.kind.status();
        *answer.headers_mut() = parts.headers;
        answer
    }
}

impl From<&Problem> for Response<String> {
    fn from(problem: &Problem) -> Self {
        problem.clone().into()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind.title())?;
        self.0.detail.iter().try_for_each(|detail| write!(f, ": {detail}"))
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

/// What the plugin is answered.
impl From<HookError> for Problem {
    fn from(error: HookError) -> Self {
        match error {
            HookError::Refused(error) => error.into(),
            HookError::Malformed(_) | HookError::Future => {
                Self::new(Kind::BadRequest).with_detail(error.to_string())
            }
            HookError::Replay => Self::new(Kind::Other(StatusCode::CONFLICT)).with_detail(error.to_string()),
            HookError::Unkept(_) => Self::new(Kind::Unavailable),
        }
    }
}

/// `Retry-After` (RFC 9110) and the fields of draft-ietf-httpapi-ratelimit-headers-10.
impl From<Limited> for Problem {
    fn from(limited: Limited) -> Self {
        let Limited { limit, unit, quota, window, retry_after } = limited;
        let field = |text: String| HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""));
        // Requests are the draft's default unit.
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

/// Rounded up, so that a client that waits this long is let through.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1)
}

fn seconds(duration: Duration) -> HeaderValue {
    HeaderValue::from(whole_seconds(duration))
}
