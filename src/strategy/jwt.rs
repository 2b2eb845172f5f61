use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::DateTime;
use reqwest::Url;

use super::{Freshness, Standing, Strategy, Verdict, Vitals};
use crate::{
    better_auth::user_from,
    credential::{Carrier, Credential, Form, Forms},
    error::{Refusal, Unverified},
    fields::AdditionalFields,
    identity::Identity,
    jose::{Algorithm, Claims, Expectation, KeySource, Presented, Progress, Verifier},
    outbound::ClientError,
    revocation::{Feeds, Revocations},
};

/// Verifies the tokens of Better Auth's jwt plugin against its published keys.
///
/// Trusts the key set, and does no look-ups. A token lives on after a sign-out until its `exp` (15 minutes by
/// default), unless [`Revocations`] learn of it. Claims tokens of three parts with an asymmetric `alg` and no `typ` but
/// `JWT`: the same keys sign OAuth access tokens, logout tokens and session-cache cookies, which are for other readers.
pub struct Jwt {
    trust: Arc<Trust>,
    fields: AdditionalFields,
    revocations: Revocations,
    /// Whether the log has said that a genuine token names another issuer or audience.
    has_reported: AtomicBool,
}

/// The checks of a token's claims.
#[derive(Clone)]
struct Trust {
    keys: KeySource,
    algorithms: Vec<Algorithm>,
    expected: Expectation,
}

impl Trust {
    fn verifier(&self) -> Verifier<'_> {
        let Self { keys, algorithms, expected } = self;
        Verifier { keys, algorithms, expected }
    }
}

impl Jwt {
    /// `jwks_url` is the address of Better Auth's keys (`…/api/auth/jwks`); `issuers` and `audiences` are those in its
    /// tokens, by default the origin of its `baseURL` for both.
    ///
    /// # Errors
    ///
    /// When this machine's certificate authorities cannot be read.
    pub fn new(
        jwks_url: Url,
        issuers: impl IntoIterator<Item = impl Into<String>>,
        audiences: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, ClientError> {
        Ok(Self::with_keys(KeySource::new(jwks_url)?, issuers, audiences))
    }

    /// The same with keys that another strategy trusts, too: both share one fetch.
    pub fn with_keys(
        keys: KeySource,
        issuers: impl IntoIterator<Item = impl Into<String>>,
        audiences: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let expected = Expectation {
            issuers: Some(issuers.into_iter().map(Into::into).collect()),
            audiences: Some(audiences.into_iter().map(Into::into).collect()),
            issued_at: true,
            leeway: Duration::from_secs(30),
            max_lifetime: None,
        };
        Self {
            trust: Arc::new(Trust { keys, algorithms: Algorithm::DEFAULT.to_vec(), expected }),
            fields: AdditionalFields::default(),
            revocations: Revocations::default(),
            has_reported: AtomicBool::new(false),
        }
    }

    fn trust(&mut self) -> &mut Trust {
        Arc::make_mut(&mut self.trust)
    }

    /// Accepts these algorithms only.
    #[must_use]
    pub fn with_algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.trust().algorithms = algorithms.into_iter().collect();
        self
    }

    /// At most one fetch for unknown keys in this time; 10 seconds by default.
    #[must_use]
    pub fn with_cooldown(mut self, cooldown: Duration) -> Self {
        let trust = self.trust();
        trust.keys = trust.keys.clone().with_cooldown(cooldown);
        self
    }

    /// How far the clocks of Better Auth and of this machine may differ; 30 seconds by default.
    #[must_use]
    pub fn with_leeway(mut self, leeway: Duration) -> Self {
        self.trust().expected.leeway = leeway;
        self
    }

    /// Refuses tokens whose `exp` is later than this after their `iat`.
    #[must_use]
    pub fn with_max_lifetime(mut self, max_lifetime: Option<Duration>) -> Self {
        self.trust().expected.max_lifetime = max_lifetime;
        self
    }

    /// Carries these fields of the user into the identity.
    #[must_use]
    pub fn with_fields(mut self, fields: AdditionalFields) -> Self {
        self.fields = fields;
        self
    }

    /// Refuses tokens of users who have been cut off since.
    #[must_use]
    pub fn with_revocations(mut self, revocations: Revocations) -> Self {
        self.revocations = revocations;
        self
    }

    /// The result for the token without a fetch.
    fn begin(&self, token: &Presented<'_>, credential: &Credential) -> Progress {
        let verifier = self.trust.verifier();
        let is_current = |begun: &Progress| match begun {
            Progress::Proven(_, key_set) => verifier.still_believes(*key_set),
            Progress::Refused(_) | Progress::NeedsKey(_) => true,
        };
        let begun = credential.findings().take(&self.trust).filter(is_current);
        let begun = begun.unwrap_or_else(|| verifier.begin(token));
        if let Progress::Refused(cause @ (Refusal::WrongIssuer | Refusal::WrongAudience)) = begun {
            self.report(cause, token, credential);
        }
        begun
    }

    /// Warns once that this Better Auth itself names another issuer or audience: every JWT is refused until somebody changes the
    /// configuration. Tokens that others have signed prove nothing.
    fn report(&self, cause: Refusal, token: &Presented<'_>, credential: &Credential) {
        let is_said = credential.is_examined() || self.has_reported.load(Ordering::Relaxed);
        if is_said || !self.trust.verifier().has_signed(token) {
            return;
        }
        let compared =
            token.parts.payload().ok().and_then(|claims| self.trust.expected.compared(&claims, cause));
        let Some((claim, found, expected)) = compared else { return };
        if !self.has_reported.swap(true, Ordering::Relaxed) {
            let key = if claim == "iss" { "jwt.issuers" } else { "jwt.audiences" };
            tracing::warn!(
                auth.strategy = "jwt",
                found,
                expected,
                "Better Auth signs tokens that are refused here: their `{claim}` is {found}, but {expected} is expected. Set \
                 better_auth.url (BETTER_AUTH_URL) to Better Auth's baseURL as it is written there, or add the name to {key}"
            );
        }
    }

    /// Says to who asks why whether Better Auth itself names another issuer or audience. A request is refused before its signature
    /// is looked at: anybody can write a name.
    async fn tell_signature(&self, token: &Presented<'_>) {
        // Without keys nothing is proven, and nothing is told.
        let _ = self.trust.keys.ensure().await;
        if self.trust.verifier().has_signed(token) {
            let words = || ("made by a published key".to_owned(), "made by a published key".to_owned());
            let _ = token.trace.compare("signature", Ok(()), words);
        }
    }

    fn identify(&self, claims: &Claims, credential: &Credential) -> Verdict {
        let admitted = self.revocations.admit(&claims.subject, claims.issued_at);
        if let Err(Unverified::Refused(cause)) = admitted {
            credential.trace().compare("not cut off since it was issued", Err(cause), || {
                let issued_at = DateTime::from_timestamp(claims.issued_at, 0).unwrap_or_default();
                (format!("issued at {issued_at}"), "issued after the last cut-off of its user".to_owned())
            })?;
        }
        admitted?;
        let user = user_from(&claims.subject, &claims.members, &self.fields);
        Ok(Identity::new(user, claims.expires_at))
    }
}

impl Strategy for Jwt {
    fn name(&self) -> &'static str {
        "jwt"
    }

    fn forms(&self) -> Forms {
        Forms::of(&[Form::Jwt], &[Carrier::Authorization, Carrier::Header, Carrier::Cookie])
    }

    fn precheck(&self, credential: &Credential) -> Option<Verdict> {
        let token = credential.jws()?;
        match self.begin(&token, credential) {
            Progress::Proven(claims, _) => Some(self.identify(&claims, credential)),
            Progress::Refused(refusal) => Some(Err(refusal.into())),
            needs_key @ Progress::NeedsKey(_) => {
                credential.findings().keep(&self.trust, needs_key);
                None
            }
        }
    }

    async fn standing(&self, credential: &Credential) -> Standing {
        let Some(token) = credential.jws() else { return Standing::Unknown };
        let begun = self.begin(&token, credential);
        let is_proven = matches!(begun, Progress::Proven(..));
        credential.findings().keep(&self.trust, begun);
        // Without the signature: one of ECDSA can be written in two ways.
        if is_proven { Standing::proven(token.parts.message) } else { Standing::Unknown }
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        let token = credential.jws().ok_or(Refusal::Malformed)?;
        let claims = match self.begin(&token, credential) {
            Progress::Proven(claims, _) => claims,
            Progress::Refused(cause @ (Refusal::WrongIssuer | Refusal::WrongAudience))
                if credential.is_examined() =>
            {
                // Boxed: no request makes room for this future.
                Box::pin(self.tell_signature(&token)).await;
                return Err(cause.into());
            }
            Progress::Refused(refusal) => return Err(refusal.into()),
            Progress::NeedsKey(unproven) => self.trust.verifier().finish(&token, unproven).await?,
        };
        self.identify(&claims, credential)
    }

    async fn probe(&self) -> Result<(), Unverified> {
        self.revocations.ensure_complete()?;
        self.trust.keys.ensure().await
    }

    async fn follow(&self, feeds: Feeds) {
        self.trust.keys.follow(&feeds).await;
    }

    fn revocations(&self) -> Option<Revocations> {
        Some(self.revocations.clone())
    }

    fn freshness(&self) -> Freshness {
        Freshness::at_expiry().honouring_revocations()
    }

    fn vitals(&self) -> Vec<Vitals> {
        vec![Vitals { keys: Some(self.trust.keys.vitals()), ..Vitals::of(self.name()) }]
    }
}
