mod cookies;
mod origins;
mod token_headers;

use http::{HeaderMap, Method};

use self::{
    cookies::{cookies, distinct, is_cookie_or_part},
    origins::Origins,
    token_headers::{HEADERS, single},
};
use super::{Carrier, Cookie, Credential};
use crate::{
    better_auth::{Secrets, SessionToken, SigningKeys},
    error::{AuthError, Refusal},
    judgement::Trace,
};

/// Better Auth's session cookie over https, with its default name.
pub const SECURE_COOKIE: &str = "__Secure-better-auth.session_token";

/// What Better Auth puts before the name of a cookie on https. No page of a sibling site can plant such a cookie.
pub(crate) const SECURE_PREFIX: &str = "__Secure-";

/// How the name of Better Auth's session cookie ends, unless it has a name of its own.
const SESSION_COOKIE: &str = "session_token";
/// Other cookies that Better Auth signs. The plugin multiSession even writes session tokens into names.
const OTHER_SIGNED_COOKIES: [&str; 6] =
    ["_multi-", ".trust_device", ".two_factor", ".dont_remember", ".oauth_state", ".state"];
/// Characters of an unknown cookie name that the log shows.
const MAX_SHOWN: usize = 64;

/// The longest token that is read. A JWT carries all of its user, a picture as a data: URL included.
const MAX_TOKEN: usize = 16 * 1024;
/// All companions together, in octets: what a head of 64 KiB has room for beside a token.
const MAX_COMPANIONS_SIZE: usize = 48 * 1024;
/// Better Auth splits a cookie into a hundred parts at most.
const MAX_COMPANIONS: usize = 200;
/// The most session cookies whose signature is checked: there may be an old host's or a parent domain's beside our own.
const MAX_CANDIDATES: usize = 8;

/// Finds the credential of a request: `Authorization`, `X-Session-Token`, `x-api-key`, then the session cookie.
///
/// The first present is the one that is judged; the others are not looked at.
#[derive(Clone, Debug)]
pub struct Carriers {
    cookies: Vec<String>,
    companions: Vec<String>,
    origins: Origins,
    signing: Option<SigningKeys>,
}

/// Why a request's credential cannot be read, and where it was found.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{error}")]
#[non_exhaustive]
pub struct Misread {
    /// The fault.
    pub error: AuthError,
    /// Where the credential was.
    pub carrier: Carrier,
    /// The cookie's name, where it was in one.
    pub cookie: Option<String>,
}

impl From<Misread> for AuthError {
    fn from(misread: Misread) -> Self {
        misread.error
    }
}

impl Default for Carriers {
    /// The `__Secure-` cookie under its default name, and no trusted origin.
    fn default() -> Self {
        Self::new([SECURE_COOKIE])
    }
}

impl Carriers {
    /// Accepts the session cookie under these names, the first present wins.
    ///
    /// Better Auth over https puts `__Secure-` before the name. Accept the bare name only where Better Auth runs on
    /// http: a sibling site could plant it.
    pub fn new(cookies: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            cookies: cookies.into_iter().map(Into::into).collect(),
            companions: Vec::new(),
            origins: Origins::default(),
            signing: None,
        }
    }

    /// Better Auth's secrets. Of several session cookies (different values, or both names) the only one with a valid signature is
    /// judged. Without secrets the deployment's own cookie cannot be told from the others.
    #[must_use]
    pub fn with_secrets(mut self, secrets: impl Into<Secrets>) -> Self {
        self.signing = Some(secrets.into().signing_keys());
        self
    }

    /// Origins whose pages may use the cookie on unsafe methods, exactly as browsers send them:
    /// `https://app.example`, no path, no wildcard.
    #[must_use]
    pub fn with_trusted_origins(mut self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.origins.trusted = origins.into_iter().map(Into::into).collect();
        self
    }

    /// Refuses a cookie from an untrusted or `null` origin whatever the method. For requests forwarded by another server: they do
    /// not show whether the client's own is a WebSocket handshake, which is a GET with an origin.
    #[must_use]
    pub fn with_strict_origins(mut self) -> Self {
        self.origins.are_strict = true;
        self
    }

    /// Cookies that a strategy reads beside the session cookie, with their numbered parts (`name.0`, `name.1` …), into
    /// which Better Auth splits long ones. They become part of every cache key.
    #[must_use]
    pub fn with_companions(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.companions = names.into_iter().map(Into::into).collect();
        self
    }

    /// What the request presents; `None` when it presents nothing.
    ///
    /// # Errors
    ///
    /// A malformed or repeated header, another scheme than Bearer, an over-long token, contradicting cookies, and a
    /// cookie on an unsafe method or WebSocket handshake from an origin that is not trusted.
    pub fn read(&self, method: &Method, headers: &HeaderMap) -> Result<Option<Credential>, Misread> {
        self.read_traced(method, headers, &Trace::default())
    }

    /// The same, and reports each check to `trace`. Of several session cookies the signatures show which one is meant, so they are
    /// checked here.
    pub(crate) fn read_traced(
        &self,
        method: &Method,
        headers: &HeaderMap,
        trace: &Trace,
    ) -> Result<Option<Credential>, Misread> {
        for (carrier, name, token) in HEADERS {
            let misread = |error| Misread { error, carrier, cookie: None };
            if let Some(value) = single(headers, &name).map_err(misread)? {
                let token = token(value).and_then(within_bounds).map_err(misread)?;
                return Ok(Some(Credential::new(carrier, token).with_trace(trace.clone())));
            }
        }
        let Some(Candidate { name, credential }) = self.session_cookie(headers, trace)? else {
            return Ok(None);
        };
        let misread = |error| Misread { error, carrier: Carrier::Cookie, cookie: Some(name.to_owned()) };
        if !self.origins.permit(method, headers) {
            return Err(misread(AuthError::UntrustedOrigin));
        }
        let credential = credential.map_err(misread)?;
        Ok(Some(credential.with_companions(self.companions_in(headers))))
    }

    /// The session cookie to judge. A single one is judged whatever its signature.
    fn session_cookie<'a>(
        &'a self,
        headers: &HeaderMap,
        trace: &Trace,
    ) -> Result<Option<Candidate<'a>>, Misread> {
        let named = |name: &'a String| {
            distinct(headers, name, MAX_CANDIDATES)
                .into_iter()
                .map(|value| Candidate::read(name, value, trace))
        };
        let mut candidates: Vec<_> = self.cookies.iter().flat_map(named).collect();
        if (2..=MAX_CANDIDATES).contains(&candidates.len())
            && let Some(chosen) = candidates.iter().position(|candidate| self.signed(candidate).is_some())
        {
            let Candidate { name, .. } = candidates[chosen];
            let mut signed = candidates[chosen..]
                .iter()
                .filter(|other| other.name == name)
                .filter_map(|other| self.signed(other));
            let token = signed.next();
            // The same session in another encoding is no contradiction.
            if signed.all(|other| token == Some(other)) {
                return Ok(Some(candidates.swap_remove(chosen)));
            }
            return Err(ambiguous(name));
        }
        match &*candidates {
            [] => Ok(None),
            [first, others @ ..] if others.iter().any(|other| other.name == first.name) => {
                Err(ambiguous(first.name))
            }
            [_, ..] => Ok(Some(candidates.swap_remove(0))),
        }
    }

    /// The session token of a cookie whose signature is valid, with that signature.
    fn signed<'c>(&self, candidate: &'c Candidate<'_>) -> Option<(&'c str, &'c str)> {
        let credential = candidate.credential.as_ref().ok()?;
        let token = credential.session_token()?;
        credential.check_signature(self.signing.as_ref()?).ok()?;
        Some((token.token(), token.signature()?))
    }

    /// The names of cookies that look like Better Auth's session cookie and are not read, as they have another name.
    pub(crate) fn unread_session_cookies(&self, headers: &HeaderMap) -> Vec<String> {
        let is_unread = |name: &str| !self.cookies.iter().any(|read| read == name);
        let mut unread: Vec<String> = Vec::new();
        for (name, value) in cookies(headers) {
            let Some(name) = str::from_utf8(name).ok().filter(|name| is_unread(name)) else { continue };
            let is_another = OTHER_SIGNED_COOKIES.iter().any(|other| name.contains(other));
            let is_signed = || str::from_utf8(value).is_ok_and(|value| SessionToken::signed(value).is_some());
            let looks_alike = name.ends_with(SESSION_COOKIE) || (!is_another && is_signed());
            if looks_alike && !unread.iter().any(|other| other == name) {
                unread.push(name.chars().take(MAX_SHOWN).collect());
            }
        }
        unread
    }

    /// The names of the cookies that are read, the safer first.
    pub(crate) fn session_cookies(&self) -> &[String] {
        &self.cookies
    }

    /// All of them, or none if there are more than Better Auth would set: then they count as absent.
    fn companions_in(&self, headers: &HeaderMap) -> Vec<Cookie> {
        let is_companion = |name: &str| self.companions.iter().any(|whole| is_cookie_or_part(name, whole));
        let mut companions = Vec::new();
        let mut size = 0;
        for (name, value) in cookies(headers) {
            let Some(name) = str::from_utf8(name).ok().filter(|name| is_companion(name)) else { continue };
            let Ok(value) = str::from_utf8(value) else { return Vec::new() };
            size += value.len();
            companions.push(Cookie::new(name, value));
            if size > MAX_COMPANIONS_SIZE || companions.len() > MAX_COMPANIONS {
                tracing::debug!(
                    "the cookies beside the session cookie count as absent: more than {MAX_COMPANIONS}, or \
                     {MAX_COMPANIONS_SIZE} octets together"
                );
                return Vec::new();
            }
        }
        companions
    }
}

/// A session cookie, parsed and verified once.
struct Candidate<'a> {
    name: &'a str,
    credential: Result<Credential, AuthError>,
}

impl<'a> Candidate<'a> {
    fn read(name: &'a str, value: &[u8], trace: &Trace) -> Self {
        let value = str::from_utf8(value).map_err(|_| Refusal::Malformed.into()).and_then(within_bounds);
        Self {
            name,
            credential: value.map(|value| Credential::cookie(name, value).with_trace(trace.clone())),
        }
    }
}

fn within_bounds(token: &str) -> Result<&str, AuthError> {
    if token.len() > MAX_TOKEN { Err(Refusal::TooLong.into()) } else { Ok(token) }
}

fn ambiguous(name: &str) -> Misread {
    let error = Refusal::AmbiguousCookie.into();
    Misread { error, carrier: Carrier::Cookie, cookie: Some(name.to_owned()) }
}

#[cfg(test)]
mod tests;
