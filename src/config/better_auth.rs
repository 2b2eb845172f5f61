use reqwest::Url;

use super::{
    cookie_name::{self, CookieNames},
    endpoint, origin,
    reader::Reader,
    secrets,
};
use crate::{Secrets, outbound};

/// The trusted Better Auth.
#[derive(Clone, Debug)]
pub struct BetterAuth {
    /// Where browsers find it, without a path.
    pub url: Url,
    /// Where this process finds it, `base_path` included.
    pub internal_url: Url,
    /// The path below which it answers: empty, or `/` and more without a slash at the end.
    pub base_path: String,
    /// Its secrets, for signatures and encryption.
    pub secrets: Option<Secrets>,
    /// The names its session cookie may have, the safer first.
    pub session_cookies: Vec<String>,
    /// How it names other cookies.
    pub(super) cookies: CookieNames,
    /// Whether unsigned session tokens are accepted as bearer or header.
    pub raw_tokens: bool,
    /// Exact origins that may use the cookie on unsafe methods: the configured ones, its own and `FRONTEND_URL`'s.
    pub trusted_origins: Vec<String>,
    /// Whether plain http, redis and unencrypted databases may go beyond loopback.
    pub allow_insecure: bool,
}

impl BetterAuth {
    /// Its origin: the issuer and the audience of its tokens, unless configured otherwise.
    #[must_use]
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// The name that Better Auth gives its session cookie: over https the safer one, if possible.
    #[must_use]
    pub fn session_cookie(&self) -> &str {
        let names = &self.session_cookies;
        let name = if self.url.scheme() == "https" { names.first() } else { names.last() };
        name.expect("it has a name")
    }

    /// The address of one of its routes, such as `jwks`, for this process.
    #[must_use]
    pub fn endpoint(&self, route: &str) -> Url {
        outbound::endpoint(&self.internal_url, route)
    }

    pub(super) fn read(reader: &mut Reader) -> Self {
        let base_path = reader.parse("better_auth.base_path", "a path such as \"/api/auth\"", base_path);
        let mut url = reader.parse("better_auth.url", endpoint::EXPECTED, endpoint::parse);
        let base_path = endpoint::take_path(&mut url).unwrap_or(base_path);
        let internal = reader.optional("better_auth.internal_url", endpoint::EXPECTED, endpoint::parse);
        let mut internal_url = internal.unwrap_or_else(|| url.clone());
        // It is the same baseURL as seen from here, so a path in it means the same.
        let internal_path = endpoint::take_path(&mut internal_url).unwrap_or_else(|| base_path.clone());
        internal_url.set_path(&internal_path);

        let mut trusted_origins = vec![url.origin().ascii_serialization()];
        trusted_origins.extend(reader.list("better_auth.trusted_origins", origin::parse));
        trusted_origins.extend(reader.frontend().iter().cloned());

        let cookies = CookieNames::read(reader, url.scheme() == "https");
        let session_cookie = cookie_name::read(reader, "better_auth.cookie_name");
        Self {
            session_cookies: cookies.names(session_cookie, "session_token"),
            cookies,
            url,
            internal_url,
            base_path,
            secrets: secrets::read(reader),
            raw_tokens: reader.get("better_auth.raw_tokens"),
            trusted_origins: origin::distinct(trusted_origins),
            allow_insecure: reader.get("better_auth.allow_insecure"),
        }
    }

    pub(super) fn check(&self, reader: &mut Reader) {
        reader.check_https("better_auth.url", &self.url);
        reader.check_https("better_auth.internal_url", &self.internal_url);
    }
}

fn base_path(text: &str) -> Option<String> {
    let is_path = text.starts_with('/') && !text.contains(['?', '#']) && !text.contains(char::is_whitespace);
    is_path.then(|| text.trim_end_matches('/').to_owned())
}
