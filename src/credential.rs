//! The credential that a client presented, not yet verified.

mod carrier;
mod carriers;
mod cookie;
mod findings;
mod form;
mod forms;
mod not_mine;
mod parsed;

use std::{
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use aws_lc_rs::digest;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};

pub(crate) use self::carriers::SECURE_PREFIX;
pub use self::{
    carrier::Carrier,
    carriers::{Carriers, Misread},
    cookie::Cookie,
    form::Form,
    forms::Forms,
    not_mine::NotMine,
};
use self::{findings::Findings, parsed::Parsed};
use crate::{
    better_auth::{SessionToken, SigningKeys},
    clock::Clock,
    error::Refusal,
    jose::{Jws, Presented},
    judgement::{Observer, Trace},
};

/// One token, the carrier it came in, and the cookies that belong to it.
#[derive(Clone, Debug)] // `SecretString` redacts itself
pub struct Credential {
    carrier: Carrier,
    token: SecretString,
    parsed: Parsed,
    /// The first check of the session token's signature, kept so that it is computed once.
    signature: OnceLock<(SigningKeys, Result<(), Refusal>)>,
    cookie_name: Option<String>,
    companions: Vec<Cookie>,
    client: Option<IpAddr>,
    clock: Clock,
    trace: Trace,
    findings: Findings,
    is_examined: bool,
}

impl Credential {
    /// A token from `Authorization: Bearer`.
    pub fn bearer(token: impl Into<String>) -> Self {
        Self::new(Carrier::Authorization, token)
    }

    /// A token from `X-Session-Token`.
    pub fn header(token: impl Into<String>) -> Self {
        Self::new(Carrier::Header, token)
    }

    /// A key from `x-api-key`.
    pub fn api_key(key: impl Into<String>) -> Self {
        Self::new(Carrier::ApiKey, key)
    }

    /// A session cookie under the name it came with, its value as received.
    pub fn cookie(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { cookie_name: Some(name.into()), ..Self::new(Carrier::Cookie, value) }
    }

    fn new(carrier: Carrier, token: impl Into<String>) -> Self {
        let token = token.into();
        Self {
            carrier,
            parsed: Parsed::read(carrier, &token),
            token: SecretString::from(token),
            signature: OnceLock::new(),
            cookie_name: None,
            companions: Vec::new(),
            client: None,
            clock: Clock::System,
            trace: Trace::default(),
            findings: Findings::default(),
            is_examined: false,
        }
    }

    /// Adds the cookies that came with it and take part in the verdict.
    #[must_use]
    pub fn with_companions(mut self, companions: Vec<Cookie>) -> Self {
        (self.companions, self.findings) = (companions, Findings::default());
        self
    }

    /// Sets the client's address, which is no part of the credential's digest.
    #[must_use]
    pub fn with_client(mut self, client: Option<IpAddr>) -> Self {
        self.client = client;
        self
    }

    /// Judges it by this clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        (self.clock, self.findings) = (clock, Findings::default());
        self
    }

    /// Reports every step to this observer while it is judged. A cached verdict makes one step.
    #[must_use]
    pub fn observed_by(mut self, observer: Arc<dyn Observer>) -> Self {
        self.trace.add(observer);
        self
    }

    /// Reports every step to these observers.
    fn with_trace(self, trace: Trace) -> Self {
        Self { trace, ..self }
    }

    /// Judges it to explain the verdict, and not for a request: no cache answers or is filled, nothing counts as an outage.
    #[must_use]
    pub fn examined(self) -> Self {
        Self { is_examined: true, ..self }
    }

    /// Whether it is judged only to explain the verdict.
    pub(crate) fn is_examined(&self) -> bool {
        self.is_examined
    }

    /// Whether it is judged as of now, and not replayed at another time.
    pub(crate) fn is_of_now(&self) -> bool {
        self.clock == Clock::System
    }

    /// The time at which it is judged.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(crate) fn trace(&self) -> &Trace {
        &self.trace
    }

    pub(crate) fn findings(&self) -> &Findings {
        &self.findings
    }

    /// Where the token was found.
    #[must_use]
    pub fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// The token as received; a cookie's value is still percent-encoded.
    #[must_use]
    pub fn token(&self) -> &str {
        self.token.expose_secret()
    }

    /// What the token looks like: one form in this carrier, or two where a text can be both.
    #[must_use]
    pub fn forms(&self) -> Forms {
        self.parsed.forms
    }

    /// The session token, signed or raw, if it looks like one.
    pub(crate) fn session_token(&self) -> Option<&SessionToken> {
        self.parsed.session_token.as_ref()
    }

    /// Checks the signature of the session token, once for the same keys. A raw one has none and passes.
    pub(crate) fn check_signature(&self, keys: &SigningKeys) -> Result<(), Refusal> {
        let check = || {
            let outcome =
                self.session_token().map_or(Err(Refusal::Malformed), |token| keys.verify_token(token));
            self.trace.compare("signature of the session token", outcome, || self.signature_in_words(outcome))
        };
        let (first, outcome) = self.signature.get_or_init(|| (keys.clone(), check()));
        if first.is(keys) { *outcome } else { check() }
    }

    /// The session token's signature as found and as expected, in words.
    fn signature_in_words(&self, outcome: Result<(), Refusal>) -> (String, String) {
        let has_signature = self.session_token().is_some_and(|token| token.signature().is_some());
        match outcome {
            Err(Refusal::Malformed) => SessionToken::characters_in_words(self.session_token()),
            _ if !has_signature => ("none".to_owned(), "none, as the session token is a raw one".to_owned()),
            outcome => {
                let found = if outcome.is_ok() { "made" } else { "not made" };
                (format!("{found} with the secret that is known here"), "made with that secret".to_owned())
            }
        }
    }

    /// The token as a JWS, if it is one.
    pub(crate) fn jws(&self) -> Option<Presented<'_>> {
        let (header, parts) = self.parsed.header.as_ref().zip(Jws::split(self.token()))?;
        Some(Presented { header, parts, now: self.now(), trace: &self.trace })
    }

    /// The name of the cookie that held the token; `None` for other carriers.
    #[must_use]
    pub fn cookie_name(&self) -> Option<&str> {
        self.cookie_name.as_deref()
    }

    /// The cookies that came along, as far as [`Carriers::with_companions`] named them.
    #[must_use]
    pub fn companions(&self) -> &[Cookie] {
        &self.companions
    }

    /// The client's address, where it is known.
    #[must_use]
    pub fn client(&self) -> Option<IpAddr> {
        self.client
    }

    /// Enough of the digest to tell credentials apart in a log, far too little to guess one.
    pub(crate) fn fingerprint(&self) -> String {
        let [a, b, c, d, ..] = self.digest("");
        format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
    }

    /// SHA-256 over everything that a verdict of `strategy` may depend on: the only key that caches may keep.
    ///
    /// It covers carrier and companions, so that a token accepted as a bearer does not pass as a cookie.
    #[must_use]
    pub fn digest(&self, strategy: &str) -> [u8; 32] {
        let mut context = digest::Context::new(&digest::SHA256);
        let cookie_name = self.cookie_name.as_deref().unwrap_or_default();
        // Each part goes in with its length, so that no two different lists of parts read alike. All are far below 4 GiB.
        let lengths = [strategy.len(), self.carrier as usize, cookie_name.len(), self.token().len()];
        let lengths = lengths.map(|length| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
        context.update(lengths.as_flattened());
        for part in [strategy, cookie_name, self.token()] {
            context.update(part.as_bytes());
        }
        for part in self.companions.iter().flat_map(|companion| [companion.name(), companion.value()]) {
            context.update(&part.len().to_be_bytes());
            context.update(part.as_bytes());
        }
        let mut key = [0; 32];
        key.copy_from_slice(context.finish().as_ref());
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn companion(name: &str, value: &str) -> Vec<Cookie> {
        vec![Cookie::new(name, value)]
    }

    #[test]
    fn the_digest_covers_strategy_carrier_name_token_and_companions() {
        let base = Credential::cookie("session", "token");
        let others = [
            base.digest("jwt"),
            Credential::cookie("__Secure-session", "token").digest("session_table"),
            Credential::cookie("session", "token2").digest("session_table"),
            Credential::bearer("token").digest("session_table"),
            base.clone().with_companions(companion("data", "x")).digest("session_table"),
            base.clone().with_companions(companion("dat", "ax")).digest("session_table"),
        ];
        let mut all = others.to_vec();
        all.push(base.digest("session_table"));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), others.len() + 1);
    }

    #[test]
    fn the_client_address_is_no_part_of_the_digest() {
        let base = Credential::header("token");
        let elsewhere = base.clone().with_client(Some(IpAddr::from([192, 0, 2, 1])));
        assert_eq!(base.digest("jwt"), elsewhere.digest("jwt"));
    }

    #[test]
    fn c6_secrets_do_not_print() {
        let credential =
            Credential::cookie("session", "hunter2").with_companions(companion("data", "swordfish"));
        let printed = format!("{credential:?}");
        assert!(!printed.contains("hunter2") && !printed.contains("swordfish"), "{printed}");
    }
}
