use http::StatusCode;

/// The kinds of failure, each with its stable URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Malformed request or credential header.
    BadRequest,
    /// Nothing was presented.
    MissingCredential,
    /// Presented and refused; one kind for every cause.
    InvalidCredential,
    /// Known, but not allowed.
    Forbidden,
    /// A cookie from an origin that may not use it.
    UntrustedOrigin,
    /// No such thing, or somebody else's.
    NotFound,
    /// The route exists, not with this method.
    MethodNotAllowed,
    /// The request took too long to arrive.
    RequestTimeout,
    /// The body is larger than accepted.
    PayloadTooLarge,
    /// The body is not of the documented type.
    UnsupportedMediaType,
    /// Over a limit.
    RateLimited,
    /// A fault of ours.
    Internal,
    /// Undecidable: what is needed to answer is out of reach.
    Unavailable,
    /// A status of the application's own, which says all there is to say.
    Other(StatusCode),
}

impl Kind {
    /// The URI of kinds whose status says it all (RFC 9457 section 4.2.1).
    pub const BLANK: &'static str = "about:blank";

    /// All that have a URI of their own.
    pub const ALL: &'static [Self] = &[
        Self::BadRequest,
        Self::MissingCredential,
        Self::InvalidCredential,
        Self::Forbidden,
        Self::UntrustedOrigin,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::RateLimited,
        Self::Internal,
        Self::Unavailable,
    ];

    /// Status, URI, title.
    fn row(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::BadRequest => {
                (StatusCode::BAD_REQUEST, "urn:problem:bad-request", "The request is malformed")
            }
            Self::MissingCredential => {
                (StatusCode::UNAUTHORIZED, "urn:problem:missing-credential", "No credential was presented")
            }
            Self::InvalidCredential => {
                (StatusCode::UNAUTHORIZED, "urn:problem:invalid-credential", "The credential is not valid")
            }
            Self::Forbidden => (StatusCode::FORBIDDEN, "urn:problem:forbidden", "Not allowed"),
            Self::UntrustedOrigin => {
                (StatusCode::FORBIDDEN, "urn:problem:untrusted-origin", "This origin may not use the cookie")
            }
            Self::NotFound => (StatusCode::NOT_FOUND, "urn:problem:not-found", "Not found"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "urn:problem:method-not-allowed", "Method not allowed")
            }
            Self::RequestTimeout => (
                StatusCode::REQUEST_TIMEOUT,
                "urn:problem:request-timeout",
                "The request took too long to arrive",
            ),
            Self::PayloadTooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "urn:problem:payload-too-large", "The body is too large")
            }
            Self::UnsupportedMediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "urn:problem:unsupported-media-type",
                "Unsupported media type",
            ),
            Self::RateLimited => {
                (StatusCode::TOO_MANY_REQUESTS, "urn:problem:rate-limited", "Too many requests")
            }
            Self::Internal => {
                (StatusCode::INTERNAL_SERVER_ERROR, "urn:problem:internal", "Internal server error")
            }
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "urn:problem:unavailable", "Temporarily unavailable")
            }
            Self::Other(status) => (status, Self::BLANK, status.canonical_reason().unwrap_or("Error")),
        }
    }

    /// What it means, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.row().2
    }

    /// The status that goes with it.
    #[must_use]
    pub fn status(self) -> StatusCode {
        self.row().0
    }

    /// The kind that fits a status of the framework's own. A 401 that is not ours has no challenge of ours.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        let fitting =
            Self::ALL.iter().find(|kind| kind.status() == status && status != StatusCode::UNAUTHORIZED);
        fitting.copied().unwrap_or(Self::Other(status))
    }

    /// Its URI in a problem document.
    #[must_use]
    pub fn uri(self) -> &'static str {
        self.row().1
    }
}
