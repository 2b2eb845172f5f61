use poem::{
    Request, Response,
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
};

use crate::{
    problem::{Kind, Problem},
    protection::mark_private,
};

const HEADERS: [HeaderName; 4] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    HeaderName::from_static("x-session-token"),
    HeaderName::from_static("x-api-key"),
];
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "location, retry-after, www-authenticate, ratelimit, ratelimit-policy, x-request-id",
);
/// Seconds for which a browser may remember a preflight.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Lets the pages of configured origins read answers, with credentials.
///
/// Poem's own `Cors` refuses every request with another `Origin`, the same-origin ones of our own pages included. Here
/// they pass without the permission to be read; whether a cookie counts is decided elsewhere.
pub struct Cors {
    origins: Vec<HeaderValue>,
    methods: &'static [Method],
    allowed_methods: HeaderValue,
    headers: HeaderValue,
}

impl Cors {
    /// For these origins, whose pages may use these methods.
    pub fn new(origins: &[String], methods: &'static [Method]) -> Self {
        Self {
            // One that no header can hold is no browser's.
            origins: origins.iter().filter_map(|origin| origin.parse().ok()).collect(),
            methods,
            allowed_methods: list(methods.iter().map(Method::as_str)),
            headers: list(HEADERS.iter().map(HeaderName::as_str)),
        }
    }

    /// The origin of a request, if its pages may read the answer.
    pub fn permitted(&self, request: &Request) -> Option<HeaderValue> {
        request.headers().get(header::ORIGIN).filter(|origin| self.origins.contains(origin)).cloned()
    }

    /// The answer to a preflight of such an origin.
    pub fn preflight(&self, origin: HeaderValue, request: &Request) -> Result<Response, Problem> {
        let asked = |name| request.headers().get(name);
        let method = asked(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !method.is_some_and(|method| self.methods.iter().any(|one| method == one.as_str())) {
            return Err(forbidden("request-method not allowed"));
        }
        let headers = asked(header::ACCESS_CONTROL_REQUEST_HEADERS);
        if !headers.is_none_or(names_a_permitted_one) {
            return Err(forbidden("request-headers not allowed"));
        }
        let mut answer = Response::builder()
            .header(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE)
            .header(header::ACCESS_CONTROL_ALLOW_METHODS, &self.allowed_methods)
            .header(header::ACCESS_CONTROL_ALLOW_HEADERS, &self.headers)
            .finish();
        Self::permit(origin, &mut answer);
        Ok(answer)
    }

    /// Says by what an answer varies: by the caller, unless it says itself that it is the same for everybody. The permission to
    /// read it is not, where there are such origins.
    pub fn mark(&self, headers: &mut HeaderMap) {
        if !is_public(headers) {
            mark_private(headers);
        } else if !self.origins.is_empty() {
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
    }

    /// Lets the pages of such an origin read an answer.
    pub fn permit(origin: HeaderValue, response: &mut Response) {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

/// Whether an answer says itself that caches may keep it for everybody, whoever asks.
fn is_public(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|line| line.to_str().ok());
    lines.any(|line| line.split(',').any(|directive| directive.trim().eq_ignore_ascii_case("public")))
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> HeaderValue {
    names.collect::<Vec<_>>().join(", ").try_into().expect("names are text")
}

fn names_a_permitted_one(headers: &HeaderValue) -> bool {
    let names = headers.to_str().unwrap_or_default().split(',');
    names.filter_map(|name| name.trim().parse::<HeaderName>().ok()).any(|name| HEADERS.contains(&name))
}

fn forbidden(detail: &str) -> Problem {
    Problem::new(Kind::Forbidden).with_detail(detail)
}
