use std::net::IpAddr;

use poem::{
    Request,
    http::{HeaderMap, HeaderValue, Method, header, uri::Authority},
};

use crate::{
    lately_named::LatelyNamed,
    problem::{Kind, Problem},
};

/// Longer than the name of any host (RFC 1035 section 2.3.4).
const MAX_SHOWN: usize = 256;

/// Keeps out what a browser sends for a page from elsewhere.
///
/// A page may make its own name resolve to this machine (DNS rebinding), and the browser then takes the two for one origin. So a
/// name counts only if it is known. An address is one as it is: no name server stands behind it.
pub struct Guard {
    hosts: Vec<String>,
    /// Names that were not permitted.
    unknown: LatelyNamed<String>,
}

impl Guard {
    /// Permits these names, beside addresses and localhost.
    pub fn new(hosts: &[String]) -> Self {
        Self { hosts: hosts.to_vec(), unknown: LatelyNamed::default() }
    }

    /// Lets a request pass that is sent by no page, or by our own. A link from elsewhere may lead to a file of the page.
    pub fn admit(&self, request: &Request, is_page: bool) -> Result<(), Problem> {
        let headers = request.headers();
        let host = text(headers, "host").unwrap_or_default();
        if !self.permits(host) {
            self.report(host);
            let detail = "this host name is not permitted here: see server.admin_hosts";
            return Err(Problem::new(Kind::Forbidden).with_detail(detail));
        }
        if let Some(origin) = headers.get(header::ORIGIN)
            && !is_own(origin.to_str().unwrap_or_default(), host)
        {
            return Err(foreign());
        }
        let is_link =
            is_page && request.method() == Method::GET && text(headers, "sec-fetch-mode") == Some("navigate");
        match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
            None | Some(b"same-origin" | b"none") => Ok(()),
            Some(_) if is_link => Ok(()),
            Some(_) => Err(foreign()),
        }
    }

    /// Whether the host of a request is one that nobody else can have.
    fn permits(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else { return false };
        if authority.as_str().contains('@') {
            return false;
        }
        let name = authority.host().to_ascii_lowercase();
        let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&name);
        let name = name.strip_suffix('.').unwrap_or(&name);
        address.parse::<IpAddr>().is_ok()
            || name == "localhost"
            || name.ends_with(".localhost")
            || self.hosts.iter().any(|host| host == name)
    }

    fn report(&self, host: &str) {
        let host = &host[..host.floor_char_boundary(MAX_SHOWN)];
        if let Some(silence) = self.unknown.admit(host) {
            tracing::warn!(
                host,
                "a request to server.admin_listen names the host {host:?}, which is not permitted, and is refused with 403. If \
                 operators or Prometheus reach the service by this name, add it to server.admin_hosts; if not, a web page may be \
                 trying to get in{silence}"
            );
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A proxy in front may speak TLS.
fn is_own(origin: &str, host: &str) -> bool {
    let of_origin = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    of_origin.is_some_and(|of_origin| of_origin.eq_ignore_ascii_case(host))
}

fn foreign() -> Problem {
    Problem::new(Kind::Forbidden).with_detail("a page from elsewhere may not ask this")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(headers: &[(&str, &str)], is_page: bool) -> bool {
        let guard = Guard::new(&["verifier.internal".to_owned()]);
        let request =
            headers.iter().fold(Request::builder(), |request, (name, value)| request.header(*name, *value));
        guard.admit(&request.finish(), is_page).is_ok()
    }

    #[test]
    fn only_names_that_nobody_else_can_have_are_permitted() {
        for host in [
            "127.0.0.1:9000",
            "10.1.2.3",
            "[::1]:9000",
            "localhost:9000",
            "LOCALHOST",
            "localhost.:9000",
            "app.localhost",
            "verifier.internal:9000",
            "Verifier.Internal",
        ] {
            assert!(outcome(&[("host", host)], false), "{host}");
        }
        for host in [
            "",
            "rebound.example:9000",
            "verifier.internal.rebound.example",
            "localhost.rebound.example",
            "notlocalhost",
            "127.0.0.1.rebound.example",
            "127.0.0.1@rebound.example",
            "rebound.example@127.0.0.1",
            "a b",
        ] {
            assert!(!outcome(&[("host", host)], true), "{host}");
        }
    }

    #[test]
    fn a_page_from_elsewhere_is_kept_out() {
        let host = ("host", "localhost:9000");
        for own in ["http://localhost:9000", "https://localhost:9000"] {
            assert!(outcome(&[host, ("origin", own)], false), "{own}");
        }
        for other in [
            "null",
            "",
            "http://localhost",
            "http://localhost:3000",
            "http://rebound.example:9000",
            "localhost:9000",
        ] {
            assert!(!outcome(&[host, ("origin", other)], true), "{other}");
        }
        for (site, may_pass) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false)]
        {
            assert_eq!(outcome(&[host, ("sec-fetch-site", site)], false), may_pass, "{site}");
            let link = [host, ("sec-fetch-site", site), ("sec-fetch-mode", "navigate")];
            assert_eq!((outcome(&link, true), outcome(&link, false)), (true, may_pass), "{site}");
        }
    }
}
