use std::{collections::HashSet, net::SocketAddr};

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::{Server, confidential::ADMIN_TOKEN, reader::Reader};

const LISTEN: &str = "server.admin_listen";
const HOSTS: &str = "server.admin_hosts";

/// A token of this length cannot be guessed, so attempts need no limit.
pub(super) const MIN_TOKEN: usize = 32;
/// A token such as `aaaa…` can be guessed. Of random tokens of hexadecimal digits one in a million has fewer.
const MIN_DIFFERENT: usize = 10;
const EXPECTED_TOKEN: &str = "a token of at least 32 printable ASCII characters without blanks, at least 10 of them different, such \
                              as openssl rand -base64 32 prints (VERIFIER_SERVER__ADMIN_TOKEN)";
const HOST: &str = "a host name such as \"verifier.internal\", without scheme, port or wildcards; addresses and \
                    localhost are permitted anyway";

/// The listener for operators: metrics and their page.
#[derive(Clone, Debug)]
pub struct Admin {
    /// Its address.
    pub listen: SocketAddr,
    /// The token that operators and Prometheus present; `None` if everybody who can connect may look.
    pub token: Option<SecretString>,
    /// Its host names, beside addresses and localhost.
    pub hosts: Vec<String>,
}

impl Admin {
    /// `None` if there is no such listener.
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let listen = reader.optional(LISTEN, "empty, or an address such as \"127.0.0.1:9100\"", |text| {
            text.parse::<SocketAddr>().ok()
        });
        let token = reader.optional(ADMIN_TOKEN, &format!("empty, or {EXPECTED_TOKEN}"), token);
        let hosts = reader.list(HOSTS, |text| host(text).ok_or_else(|| HOST.to_owned()));
        if listen.is_none() && token.is_some() {
            reader.warn("server.admin_token is set and not used: server.admin_listen is empty, so there is no such listener");
        }
        Some(Self { listen: listen?, token, hosts })
    }

    pub(super) fn check(&self, reader: &mut Reader, server: &Server) {
        if self.listen == server.listen && self.listen.port() != 0 {
            reader.fault(LISTEN, "another address than server.listen");
        }
        // A malformed token is already a fault.
        let is_absent = self.token.is_none() && reader.get::<String>(ADMIN_TOKEN).is_empty();
        let why = if !self.listen.ip().to_canonical().is_loopback() {
            Some("as server.admin_listen is not on loopback")
        } else if !self.hosts.is_empty() {
            Some(
                "as server.admin_hosts is set: requests by such a name come through a proxy, and so from everybody behind it",
            )
        } else {
            None
        };
        if let Some(why) = why.filter(|_| is_absent) {
            reader.fault(ADMIN_TOKEN, &format!("{EXPECTED_TOKEN}, {why}"));
        }
    }

    /// The token as text, to compare with a presented one.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_ref().map(ExposeSecret::expose_secret)
    }
}

/// A token that a header can hold as it is.
fn token(text: &str) -> Option<SecretString> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    let different = text.bytes().collect::<HashSet<_>>().len();
    (is_plain && text.len() >= MIN_TOKEN && different >= MIN_DIFFERENT).then(|| text.into())
}

/// A host name as browsers write it in the `Host` header.
fn host(text: &str) -> Option<String> {
    let url = Url::parse(&format!("http://{text}/")).ok()?;
    let host = url.host_str().filter(|host| !host.contains('*'))?;
    (host == text.to_ascii_lowercase() && url.port().is_none()).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_alone() {
        assert_eq!(host("Verifier.internal").as_deref(), Some("verifier.internal"));
        for other in
            ["", "*", "*.internal", "verifier:9000", "http://verifier", "verifier/", "a@verifier", "a b"]
        {
            assert_eq!(host(other), None, "{other}");
        }
    }

    #[test]
    fn a_token_is_long_and_fits_into_a_header() {
        let good = "0123456789abcdef0123456789abcdef";
        assert!(token(good).is_some() && token(&format!("{}012345678", "x".repeat(MIN_TOKEN))).is_some());
        let trivial = ["x".repeat(MIN_TOKEN), format!("{}01234567", "x".repeat(MIN_TOKEN))];
        let unfit = [good[1..].to_owned(), format!("{good} y"), format!("{good}ü")];
        for other in trivial.into_iter().chain(unfit) {
            assert!(token(&other).is_none(), "{other}");
        }
    }
}
