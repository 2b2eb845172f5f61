use poem::{
    Request,
    http::{HeaderMap, HeaderName, Method, header},
};
use tracing::Level;

use crate::problem::{Kind, Problem};

const METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
/// A problem and the log show no more of an address.
const MAX_SHOWN: usize = 256;

/// The client's request, as far as the proxy describes it. Only the method decides anything; host and path are for people. No
/// query is ever looked at.
pub struct Forwarded<'a> {
    method: Method,
    headers: &'a HeaderMap,
    own_path: &'a str,
}

impl<'a> Forwarded<'a> {
    /// Reads what the proxy says. Without `X-Forwarded-Method` it has asked by the client's own method, as Envoy does.
    pub fn read(request: &'a Request) -> Result<Self, Problem> {
        let mut methods = request.headers().get_all(METHOD).iter();
        let method = match (methods.next(), methods.next()) {
            (None, _) => Some(request.method().clone()),
            (Some(method), None) => Method::from_bytes(method.as_bytes()).ok(),
            (Some(_), Some(_)) => None,
        };
        let malformed = || {
            let detail = "the `X-Forwarded-Method` header does not hold exactly one method";
            Problem::new(Kind::BadRequest).with_detail(detail)
        };
        let (headers, own_path) = (request.headers(), request.uri().path());
        Ok(Self { method: method.ok_or_else(malformed)?, headers, own_path })
    }

    /// The client's method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path that the client asked for, else that of the proxy's own request.
    pub fn path(&self) -> &str {
        let path = self.text(&URI).and_then(|uri| uri.split(['?', '#']).next());
        path.filter(|path| path.starts_with('/') && path.len() <= MAX_SHOWN).unwrap_or(self.own_path)
    }

    /// Says what is asked about, to those who look for it.
    pub fn log(&self) {
        if !tracing::enabled!(Level::DEBUG) {
            return;
        }
        let host = self.text(&HOST).or_else(|| self.text(&header::HOST)).unwrap_or_default();
        let host = &host[..host.len().min(MAX_SHOWN)];
        tracing::debug!(method = self.method.as_str(), host, path = self.path(), "a proxy asks");
    }

    /// The value of a header that stands there once, in visible ASCII.
    fn text(&self, name: &HeaderName) -> Option<&'a str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().filter(|_| values.next().is_none())?;
        value.to_str().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        let request = Request::builder().method(Method::GET).uri_str("/forward-auth/admin?method=POST");
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).finish()
    }

    #[test]
    fn the_method_is_the_proxys_word_and_never_a_query() {
        let method =
            |headers: &[_]| Forwarded::read(&request(headers)).map(|read| read.method().to_string()).ok();
        assert_eq!(method(&[]), Some("GET".into()));
        assert_eq!(method(&[("x-forwarded-method", "DELETE")]), Some("DELETE".into()));
        assert_eq!(method(&[("x-forwarded-method", "GET"), ("x-forwarded-method", "POST")]), None);
        assert_eq!(method(&[("x-forwarded-method", "GET, POST")]), None);
        assert_eq!(method(&[("x-forwarded-method", "")]), None);
    }

    #[test]
    fn the_path_is_one_that_can_be_shown() {
        let path = |uri: &str| {
            Forwarded::read(&request(&[("x-forwarded-uri", uri)])).expect("a request").path().to_owned()
        };
        assert_eq!(path("/orders/7?token=secret"), "/orders/7");
        assert_eq!(path("/orders%2f7#part"), "/orders%2f7");
        for uri in ["", "orders", "http://other.example/x", &format!("/{}", "x".repeat(MAX_SHOWN))] {
            assert_eq!(path(uri), "/forward-auth/admin", "{uri}");
        }
    }
}
