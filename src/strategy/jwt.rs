mod algorithm;
mod claims;
mod key;
mod key_set;
mod key_source;
mod token;

use std::time::Duration;

use chrono::Utc;
use reqwest::Url;

pub use self::algorithm::{Algorithm, UnknownAlgorithm};
use self::{
    claims::{Claims, Expectation},
    key_source::KeySource,
    token::{Header, Token},
};
use super::{Strategy, Verdict};
use crate::{
    credential::{Carrier, Credential},
    error::{Refusal, Unverified},
    outbound::ClientError,
};

/// Verifies the tokens of Better Auth's jwt plugin against its published keys.
///
/// Trusts the key set; asks nobody per request. A token lives on after a sign-out until its `exp` (15 minutes by
/// default). Claims tokens of three parts with an asymmetric `alg` and no `typ` but `JWT`: OAuth access tokens,
/// logout tokens and session-cache cookies are signed by the same keys and are not meant for us.
pub struct Jwt {
    keys: KeySource,
    algorithms: Vec<Algorithm>,
    expected: Expectation,
}

impl Jwt {
    /// `jwks_url` is where Better Auth publishes its keys (`…/api/auth/jwks`); `issuers` and `audiences` are what it
    /// writes into its tokens, by default the origin of its `baseURL` for both.
    ///
    /// # Errors
    ///
    /// When this machine's certificate authorities cannot be read.
    pub fn new(
        jwks_url: Url,
        issuers: impl IntoIterator<Item = impl Into<String>>,
        audiences: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, ClientError> {
        Ok(Self {
            keys: KeySource::new(jwks_url)?,
            algorithms: Algorithm::ALL.to_vec(),
            expected: Expectation {
                issuers: issuers.into_iter().map(Into::into).collect(),
                audiences: audiences.into_iter().map(Into::into).collect(),
                leeway: Duration::from_secs(30),
                max_lifetime: None,
            },
        })
    }

    /// Accepts these algorithms only.
    #[must_use]
    pub fn with_algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// At most one fetch for unknown keys in this time; 10 seconds by default.
    #[must_use]
    pub fn with_cooldown(mut self, cooldown: Duration) -> Self {
        self.keys = self.keys.with_cooldown(cooldown);
        self
    }

    /// How far the clocks of Better Auth and of this machine may differ; 30 seconds by default.
    #[must_use]
    pub fn with_leeway(mut self, leeway: Duration) -> Self {
        self.expected.leeway = leeway;
        self
    }

    /// Refuses tokens whose `exp` is later than this after their `iat`.
    #[must_use]
    pub fn with_max_lifetime(mut self, max_lifetime: Option<Duration>) -> Self {
        self.expected.max_lifetime = max_lifetime;
        self
    }

    /// The cheap checks come first: only a token that would be accepted costs a fetch or a signature check.
    async fn check(&self, text: &str) -> Verdict {
        let token = Token::split(text).ok_or(Refusal::Malformed)?;
        let header = token.header()?;
        if header.has_extension {
            return Err(Refusal::UnsupportedHeader.into());
        }
        let algorithm = header.alg.parse().map_err(|UnknownAlgorithm| Refusal::AlgorithmNotAllowed)?;
        if !self.algorithms.contains(&algorithm) {
            return Err(Refusal::AlgorithmNotAllowed.into());
        }
        let signature = token.signature()?;
        let claims = Claims::check(token.payload()?, &self.expected, Utc::now())?;
        let kid = header.kid.as_deref().ok_or(Refusal::UnknownKey)?;
        // Its clock may be behind ours.
        let issued_at = claims.issued_at.saturating_add_unsigned(self.expected.leeway.as_secs());
        let key = self.keys.find(kid, issued_at).await?;
        if key.algorithm() != algorithm {
            return Err(Refusal::KeyMismatch.into());
        }
        if !key.verifies(token.message, &signature) {
            return Err(Refusal::BadSignature.into());
        }
        Ok(claims.into_identity())
    }
}

impl Strategy for Jwt {
    fn name(&self) -> &'static str {
        "jwt"
    }

    fn claims(&self, credential: &Credential) -> bool {
        if credential.carrier() == Carrier::ApiKey {
            return false;
        }
        let header = Token::split(credential.token()).map(|token| token.header());
        header.is_some_and(|header| header.is_ok_and(|header| is_plugin_token(&header)))
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        self.check(credential.token()).await
    }

    async fn probe(&self) -> Result<(), Unverified> {
        self.keys.ensure().await
    }
}

/// An asymmetric `alg` and no `typ` but `JWT`: whatever else is signed with these keys has another `typ`.
fn is_plugin_token(header: &Header) -> bool {
    let asymmetric = ["Ed", "ES", "RS", "PS"].iter().any(|family| header.alg.starts_with(family));
    asymmetric && header.typ.as_deref().is_none_or(|typ| typ.eq_ignore_ascii_case("jwt"))
}
