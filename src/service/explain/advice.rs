//! What a verdict means, and what to do about it.

mod refused;
mod unclaimed;

use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, header};

use super::Line;
use crate::{
    config::Config,
    credential::{Carriers, Credential, SECURE_PREFIX},
    error::{AuthError, Undecidable, Unverified},
};

/// What a verdict means, in a sentence or two, and what somebody can do.
pub struct Advice {
    pub meaning: String,
    pub remedies: Vec<String>,
}

impl Advice {
    fn new(meaning: impl Into<String>) -> Self {
        Self { meaning: meaning.into(), remedies: Vec::new() }
    }

    fn or(mut self, remedy: impl Into<String>) -> Self {
        self.remedies.push(remedy.into());
        self
    }

    pub fn verified() -> Self {
        Self::new("The credential is good: a route that needs somebody lets the request pass.")
    }
}

/// What is known of a judgement.
pub struct Case<'a> {
    pub config: &'a Config,
    pub carriers: &'a Carriers,
    pub headers: &'a HeaderMap,
    pub method: &'a Method,
    pub credential: Option<&'a Credential>,
    /// Who decided.
    pub strategy: Option<&'static str>,
    /// The check that failed last.
    pub failed: Option<&'a Line>,
    /// Whether a published key has signed it, although something else is wrong.
    pub is_signed: bool,
    pub now: DateTime<Utc>,
}

impl Case<'_> {
    /// What to make of a failure.
    pub fn advice(&self, error: &AuthError) -> Advice {
        match error {
            AuthError::Missing => self.missing(),
            AuthError::OtherScheme => Advice::new("The Authorization header uses another scheme than Bearer.")
                .or("Send `Authorization: Bearer <token>`, or leave the header out: a cookie beside it is not looked at."),
            AuthError::Malformed(what) => {
                Advice::new(format!("The request is malformed: {what}. No strategy sees such a request."))
                    .or("Send one credential in one header, exactly once.")
            }
            AuthError::UntrustedOrigin => self.untrusted_origin(),
            AuthError::Unverified(unverified) => match unverified.alone() {
                Unverified::Refused(refusal) => self.refused(*refusal),
                Unverified::Undecidable(reason) => self.undecidable(reason),
                Unverified::PassedOver(_) => Advice::new(error.to_string()),
            },
            other => Advice::new(other.to_string()),
        }
    }

    /// Nothing that is read was presented.
    fn missing(&self) -> Advice {
        let read = self.carriers.session_cookies().join(" or ");
        let unread = self.carriers.unread_session_cookies(self.headers);
        if unread.is_empty() {
            return Advice::new(format!(
                "Nothing is presented: there is no Authorization, X-Session-Token or x-api-key header and no cookie {read}. A guest \
                 looks like this."
            ));
        }
        let advice = Advice::new(format!(
            "The cookie {} arrived and is not read, only {read} is. To this service the caller is a guest.",
            unread.join(", ")
        ));
        let is_plain = |name: &String| !name.starts_with(SECURE_PREFIX) && !name.starts_with("__Host-");
        let secure =
            |name: &String| self.carriers.session_cookies().contains(&format!("{SECURE_PREFIX}{name}"));
        if unread.iter().any(|name| is_plain(name) && secure(name)) {
            return advice
                .or("Only the `__Secure-` cookie is read, as better_auth.url begins with https. If Better Auth runs on http, write \
                     its real address there (BETTER_AUTH_URL).")
                .or("If Better Auth is on https with useSecureCookies = false, set better_auth.allow_plain_cookie = true.");
        }
        advice.or("If it is Better Auth's session cookie, set better_auth.cookie_prefix to its advanced.cookiePrefix, or \
                   better_auth.cookie_name to the name that it gives this cookie.")
    }

    fn untrusted_origin(&self) -> Advice {
        let origin =
            self.headers.get(header::ORIGIN).map(|origin| String::from_utf8_lossy(origin.as_bytes()));
        let found = origin.map_or_else(|| "none".to_owned(), |origin| format!("{origin:?}"));
        let trusted = self.config.better_auth.trusted_origins.join(", ");
        Advice::new(format!(
            "A session cookie came with the method {}, on which only pages of trusted origins may use it. Found Origin {found}, \
             expected one of {trusted}, compared exactly.",
            self.method
        ))
        .or("If the page is yours, add its origin to better_auth.trusted_origins (scheme, host and port, no path, no slash).")
        .or("If the caller is no browser, let it send the token as Authorization: Bearer.")
    }

    fn undecidable(&self, reason: &Undecidable) -> Advice {
        let strategy = self.strategy.unwrap_or("the strategy");
        let advice = Advice::new(format!(
            "Whether the credential is good cannot be found out: {strategy} says: {reason}. A request gets 503, never 401."
        ));
        match self.strategy {
            Some("jwt") => advice.or(format!(
                "See that {} answers with the key set (jwt.jwks_url, better_auth.internal_url, better_auth.base_path).",
                address(&self.config.kinds.jwt.jwks_url)
            )),
            Some("session_table") => advice.or(
                "See that the database of session_table.database_url (else database.url) answers, and that its tables are Better \
                 Auth's.",
            ),
            Some("secondary_storage") => advice.or("See that the Redis of secondary_storage.url (REDIS_URL) answers."),
            Some("get_session") => advice.or(format!(
                "See that Better Auth answers at {} (better_auth.internal_url, better_auth.url, better_auth.base_path).",
                address(&self.config.better_auth.endpoint("get-session"))
            )),
            _ => advice,
        }
    }
}

/// An address without what may be confidential in it.
fn address(url: &reqwest::Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}
