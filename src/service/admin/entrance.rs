use std::net::{IpAddr, SocketAddr};

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest};
use poem::{
    Request, Response,
    http::{HeaderMap, HeaderName, HeaderValue, header},
};

use super::{
    done,
    sessions::{LIFETIME, Sessions},
};
use crate::{
    Chance, config,
    lately_named::LatelyNamed,
    limit_key,
    problem::{Kind, Problem},
    protection::Verified,
};

/// What proxies add. A proxy on this machine has a loopback address, and the whole world behind it.
const PROXIED: [HeaderName; 4] = [
    header::FORWARDED,
    header::VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-real-ip"),
];

/// Asks for the token: as a bearer, which Prometheus sends, or once by the page, which gets a session for it.
pub struct Entrance {
    /// The token's digest; nothing where everybody may come in who can connect.
    token: Option<digest::Digest>,
    sessions: Sessions,
    /// Cookies of a host count for all of its ports: the name keeps those of several services apart.
    cookie: String,
    /// Who has presented something else.
    wrong: LatelyNamed<IpAddr>,
    /// Who has come through a proxy where no token is asked for.
    proxied: LatelyNamed<IpAddr>,
}

impl Entrance {
    pub fn new(config: &config::Admin, chance: Chance) -> Self {
        Self {
            token: config.token().map(digest_of),
            sessions: Sessions::new(chance),
            cookie: format!("verifier_admin_{}", config.listen.port()),
            wrong: LatelyNamed::default(),
            proxied: LatelyNamed::default(),
        }
    }

    /// Whether operators have to present a token.
    pub fn needs_token(&self) -> bool {
        self.token.is_some()
    }

    /// Lets an operator in. A bearer that is wrong is refused, whatever cookie came along.
    pub fn admit(&self, request: &Request) -> Result<(), Problem> {
        if self.token.is_none() {
            return self.expect_direct(request);
        }
        if request.headers().contains_key(header::AUTHORIZATION) {
            if !bearer(request.headers()).is_some_and(|token| self.is_token(token)) {
                return Err(self.refuse(request));
            }
        } else if !self.presented(request.headers()).any(|session| self.sessions.know(session)) {
            return Err(challenge(Kind::MissingCredential));
        }
        // An operator's connection is the last to give way to others.
        Verified::set_in(request.extensions());
        Ok(())
    }

    /// Without a token only those may come in who are on this machine themselves.
    fn expect_direct(&self, request: &Request) -> Result<(), Problem> {
        let Some(header) = PROXIED.into_iter().find(|name| request.headers().contains_key(name)) else {
            return Ok(());
        };
        if let Some(client) = client(request)
            && let Some(silence) = self.proxied.admit(&limit_key(client))
        {
            tracing::warn!(
                %client,
                "a request to server.admin_listen comes through a proxy ({client} sends {header}) and gets 403: server.admin_token \
                 is empty, and everybody behind the proxy could look. To reach the page or the metrics through this proxy, set \
                 server.admin_token (VERIFIER_SERVER__ADMIN_TOKEN); if you do not want that, take the route out of the \
                 proxy{silence}"
            );
        }
        let detail = format!(
            "this request comes through a proxy ({header}), and server.admin_token is empty: set server.admin_token \
             (VERIFIER_SERVER__ADMIN_TOKEN), or connect directly"
        );
        Err(Problem::new(Kind::Forbidden).with_detail(detail))
    }

    /// Gives a browser that presents the token a session.
    pub fn log_in(&self, token: &str, request: &Request) -> Result<Response, Problem> {
        if self.token.is_none() {
            self.expect_direct(request)?;
        } else if !self.is_token(token) {
            return Err(self.refuse(request));
        }
        if let Some(client) = client(request) {
            tracing::info!(%client, "an operator has signed in to the page of server.admin_listen");
        }
        Ok(self.with_cookie(&self.sessions.begin(), LIFETIME.as_secs(), request))
    }

    /// Ends a browser's session.
    pub fn log_out(&self, request: &Request) -> Response {
        self.presented(request.headers()).for_each(|session| self.sessions.end(session));
        self.with_cookie("", 0, request)
    }

    fn is_token(&self, presented: &str) -> bool {
        let presented = digest_of(presented);
        self.token.is_some_and(|token| verify_slices_are_equal(token.as_ref(), presented.as_ref()).is_ok())
    }

    /// What the session cookies of a browser hold. Other servers on the same host may have set cookies of this name, or cookies
    /// whose text is not ASCII.
    fn presented<'a>(&'a self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        let lines = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes);
        let pairs = lines.flat_map(|line| line.split(|byte| *byte == b';'));
        let pairs = pairs.filter_map(|pair| str::from_utf8(pair).ok()?.trim().split_once('='));
        pairs.filter(|(name, _)| *name == self.cookie).map(|(_, value)| value)
    }

    fn with_cookie(&self, value: &str, seconds: u64, request: &Request) -> Response {
        let origin = request.headers().get(header::ORIGIN);
        let is_secure = origin.is_some_and(|origin| origin.as_bytes().starts_with(b"https://"));
        let (name, secure) = (&self.cookie, if is_secure { "; Secure" } else { "" });
        let cookie = format!("{name}={value}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict{secure}");
        let mut response = done();
        let cookie = HeaderValue::try_from(cookie).expect("base64 and a name of ours are text");
        response.headers_mut().insert(header::SET_COOKIE, cookie);
        response
    }

    fn refuse(&self, request: &Request) -> Problem {
        if let Some(client) = client(request)
            && let Some(silence) = self.wrong.admit(&limit_key(client))
        {
            tracing::warn!(
                %client,
                "{client} has presented something else than server.admin_token and gets 401. If this is your Prometheus or you, \
                 compare the token it sends with the key; if not, find out who it is{silence}"
            );
        }
        challenge(Kind::InvalidCredential)
    }
}

fn client(request: &Request) -> Option<IpAddr> {
    request.remote_addr().as_socket_addr().map(SocketAddr::ip)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start())
}

fn challenge(kind: Kind) -> Problem {
    let challenge = HeaderValue::from_static("Bearer realm=\"better-auth-verifier admin\"");
    Problem::new(kind).with_header(header::WWW_AUTHENTICATE, challenge)
}

/// Two digests take the same time to compare, whatever was presented.
fn digest_of(token: &str) -> digest::Digest {
    digest::digest(&digest::SHA256, token.as_bytes())
}
