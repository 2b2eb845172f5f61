mod compact;
mod cookie;
mod encryption_key;
mod opened;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use self::opened::{Opened, Proof};
use super::{Freshness, Strategy, Verdict, signed_token::SessionToken, signing_keys::SigningKeys};
use crate::{
    credential::{Carrier, Credential},
    error::{Refusal, Unverified},
    fields::AdditionalFields,
    jose::{Algorithm, DirectKey, Expectation, Jws, KeySource},
    revocation::{Feeds, Revocations},
    secrets::Secrets,
};

/// What Better Auth writes where its configuration names no version.
const DEFAULT_VERSION: &str = "1";
const AUDIENCE: &str = "better-auth:session-cache";
/// Better Auth's own tolerance between clocks.
const LEEWAY: Duration = Duration::from_secs(15);
/// [`Strategy::claims`] has seen a cache alive; it may end while keys are fetched.
const GRACE: TimeDelta = TimeDelta::seconds(15);

const RETRY_AFTER: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
#[error("its user was cut off at this very moment")]
struct CutOffMeanwhile;

/// Believes Better Auth's cookie cache: the `session_data` cookie beside the session cookie, in all its forms.
///
/// Trusts the secret, or the published keys, and asks nobody. A sign-out, a ban or a deletion is seen when the cache
/// ends: after `session.cookieCache.maxAge`, 5 minutes by default, as at Better Auth itself; in a deployment without a
/// database that is the end of the session; at once where [`Revocations`] hear of it. Claims a session cookie with a
/// cache that is alive, of its version and not cut off. Otherwise the credential is not its own: the next strategy in the
/// chain looks the session up.
///
/// [`Carriers::with_companions`](crate::Carriers::with_companions) has to name the same cookies.
pub struct SessionCookieCache {
    cookies: Vec<String>,
    version: String,
    signing: SigningKeys,
    encryption: Vec<DirectKey>,
    keys: Option<KeySource>,
    algorithms: Vec<Algorithm>,
    expected: Expectation,
    fields: AdditionalFields,
    revocations: Revocations,
    now: fn() -> DateTime<Utc>,
}

impl SessionCookieCache {
    /// `secrets` are Better Auth's (one as text will do); `cookies` the names that the cookie may have, of which the
    /// first present is read: `__Secure-better-auth.session_data`, by default.
    pub fn new(secrets: impl Into<Secrets>, cookies: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let secrets = secrets.into();
        Self {
            cookies: cookies.into_iter().map(Into::into).collect(),
            version: DEFAULT_VERSION.into(),
            signing: SigningKeys::new(secrets.signing()),
            encryption: secrets.all().map(encryption_key::derive).collect(),
            keys: None,
            algorithms: Algorithm::DEFAULT.to_vec(),
            expected: Expectation {
                // The keys are this deployment's own, and its baseURL as a whole, which need not be the issuer of its
                // JWTs, stands here.
                issuers: None,
                audiences: Some(vec![AUDIENCE.into()]),
                issued_at: true,
                leeway: LEEWAY,
                max_lifetime: None,
            },
            fields: AdditionalFields::default(),
            revocations: Revocations::default(),
            now: Utc::now,
        }
    }

    /// Better Auth's `session.cookieCache.version`, where it is configured to a text.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Also believes caches signed with published keys (`jwt({ sessionCookieCache: true })`).
    #[must_use]
    pub fn with_keys(mut self, keys: KeySource) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Accepts these algorithms of published keys only.
    #[must_use]
    pub fn with_algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Carries these fields into the identity.
    #[must_use]
    pub fn with_fields(mut self, fields: AdditionalFields) -> Self {
        self.fields = fields;
        self
    }

    /// Leaves caches to the next strategy that were made before their user was cut off.
    #[must_use]
    pub fn with_revocations(mut self, revocations: Revocations) -> Self {
        self.revocations = revocations;
        self
    }

    /// Reads another clock than this machine's. For tests, which judge cookies of long ago.
    #[doc(hidden)]
    #[must_use]
    pub fn with_clock(mut self, now: fn() -> DateTime<Utc>) -> Self {
        self.now = now;
        self
    }

    /// The cache that came along, opened and not yet believed; `None` where there is none.
    fn open(&self, credential: &Credential) -> Option<Result<Opened, Refusal>> {
        let text = cookie::join(credential.companions(), &self.cookies).transpose()?;
        Some(text.and_then(|text| Opened::read(&text, &self.encryption)))
    }

    fn is_cut_off(&self, opened: &Opened) -> bool {
        let user = opened.session.user_id();
        user.is_ok_and(|user| self.revocations.is_cut_off(&user, opened.made_at))
    }

    async fn check(&self, opened: &Opened) -> Result<(), Unverified> {
        match &opened.proof {
            Proof::Encrypted => {}
            Proof::Secret { message, signature } => self.signing.verify(message, signature)?,
            Proof::Published(text) => {
                let keys = self.keys.as_ref().ok_or(Refusal::Unclaimed)?;
                let token = Jws::split(text).ok_or(Refusal::Malformed)?;
                let claims = keys.verify(&token, &self.algorithms, &self.expected, (self.now)()).await?;
                opened.check_claims(&claims)?;
            }
        }
        Ok(())
    }
}

impl Strategy for SessionCookieCache {
    fn name(&self) -> &'static str {
        "session_cookie_cache"
    }

    /// Reads the cache without believing it: what is forged is claimed, and refused then.
    fn claims(&self, credential: &Credential) -> bool {
        if credential.carrier() != Carrier::Cookie {
            return false;
        }
        match self.open(credential) {
            None => false,
            Some(Err(_)) => true,
            Some(Ok(opened)) => {
                let is_known = self.keys.is_some() || !matches!(opened.proof, Proof::Published(_));
                let version = opened.version.as_deref().filter(|version| !version.is_empty());
                is_known
                    && opened.is_alive((self.now)())
                    && version.unwrap_or(DEFAULT_VERSION) == self.version
                    && !self.is_cut_off(&opened)
            }
        }
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        let presented = SessionToken::read(credential, false).ok_or(Refusal::Malformed)?;
        self.signing.check(&presented)?;
        let opened = self.open(credential).ok_or(Refusal::Unclaimed)??;
        self.check(&opened).await?;
        let Opened { session, expires_at, made_at, .. } = opened;
        if !session.is_of(presented.token()) {
            return Err(Refusal::AnotherSession.into());
        }
        let identity = session.into_identity(&self.fields);
        let mut identity = identity.map_err(|_| Refusal::Malformed)?;
        if self.revocations.is_cut_off(&identity.user.id, made_at) {
            // Since it was claimed: the next strategy is asked when the caller comes again.
            return Err(Unverified::undecidable(CutOffMeanwhile).retry_after(Some(RETRY_AFTER)));
        }
        self.revocations.check()?;
        // What was verified ends with the cache.
        identity.expires_at = identity.expires_at.min(expires_at);
        if identity.expires_at + GRACE < (self.now)() {
            return Err(Refusal::Expired.into());
        }
        Ok(identity)
    }

    async fn probe(&self) -> Result<(), Unverified> {
        self.revocations.check()
    }

    async fn follow(&self, feeds: Feeds) {
        if let Some(keys) = &self.keys {
            keys.follow(&feeds).await;
        }
    }

    fn freshness(&self) -> Freshness {
        Freshness::at_expiry().unless_told()
    }
}
