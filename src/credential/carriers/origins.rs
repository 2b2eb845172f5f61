use http::{HeaderMap, HeaderName, Method, header};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origins whose pages may use the session cookie.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// Exactly as browsers send them.
    pub trusted: Vec<String>,
    /// Whether a cookie needs a trusted origin on safe methods, too, if the request has an origin.
    pub are_strict: bool,
}

impl Origins {
    /// Whether the page that sent the request may use the cookie for it. `Sec-Fetch-Site` cannot be forged by a page: only the
    /// browser itself writes it.
    pub fn permit(&self, method: &Method, headers: &HeaderMap) -> bool {
        if self.are_strict && headers.contains_key(header::ORIGIN) {
            return self.trust(headers);
        }
        let is_safe = method.is_safe() && !is_websocket(headers);
        let is_same_origin = || headers.get(SEC_FETCH_SITE).is_some_and(|site| site == "same-origin");
        is_safe || is_same_origin() || self.trust(headers)
    }

    fn trust(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (Some(origin), None) => self.trusted.iter().any(|trusted| origin == trusted.as_str()),
            _ => false,
        }
    }
}

fn is_websocket(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::UPGRADE)
        .iter()
        .any(|value| value.to_str().is_ok_and(|value| value.to_ascii_lowercase().contains("websocket")))
}
