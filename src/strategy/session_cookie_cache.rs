mod compact;
mod cookie;
mod encryption_key;
mod opened;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use self::opened::{Opened, Proof};
use super::{Freshness, Standing, Strategy, Verdict, signed_token::SessionToken, signing_keys::SigningKeys};
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
/// Letters of a foreign version that the log shows.
const MAX_SHOWN: usize = 64;

#[derive(Debug, thiserror::Error)]
#[error("its user was cut off at this very moment")]
struct CutOffMeanwhile;

/// Believes Better Auth's cookie cache: the `session_data` cookie beside the session cookie, in all its forms.
///
/// Trusts the secret, or the published keys, and asks nobody. A sign-out, a ban or a deletion is seen when the cache
/// ends: after `session.cookieCache.maxAge`, 5 minutes by default, as at Better Auth itself; in a deployment without a
/// database that is the end of the session; at once where [`Revocations`] hear of it. Claims a session cookie with a
/// cache that is alive, of its version and not cut off. Otherwise the credential is not its own: the next strategy in the
/// chain looks the session up. So it does, as Better Auth itself, where a cache proves nothing: one that is forged,
/// unreadable, ambiguous or of another session, or whose keys are out of reach, is
/// [passed over](Unverified::passed_over), and refused or undecidable only where nobody else claims the session cookie.
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
    /// Whether a cache of another version has been reported.
    reported: AtomicBool,
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
            reported: AtomicBool::new(false),
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

    fn is_of_version(&self, opened: &Opened) -> bool {
        let found = opened.version.as_deref().filter(|version| !version.is_empty());
        let found = found.unwrap_or(DEFAULT_VERSION);
        if found != self.version {
            self.report_version(found, opened);
        }
        found == self.version
    }

    /// Says once that caches are of no use as long as nobody changes the configuration. What is not genuine says nothing
    /// about Better Auth.
    fn report_version(&self, found: &str, opened: &Opened) {
        if self.reported.load(Ordering::Relaxed) || !self.is_genuine(opened) {
            return;
        }
        if !self.reported.swap(true, Ordering::Relaxed) {
            let found: String = found.chars().take(MAX_SHOWN).collect();
            tracing::warn!(
                auth.strategy = self.name(),
                "session_cookie_cache passes over cookie caches of version {found:?}, as session_cookie_cache.version is \
                 {:?}. Set it to Better Auth's session.cookieCache.version. If that is a function, let it return one value only",
                self.version
            );
        }
    }

    /// Whether its proof holds by what is known here.
    fn is_genuine(&self, opened: &Opened) -> bool {
        match &opened.proof {
            Proof::Encrypted => true,
            Proof::Secret { message, signature } => self.signing.verify(message, signature).is_ok(),
            Proof::Published(text) => {
                let known = self.keys.as_ref().zip(Jws::split(text)).and_then(|(keys, token)| {
                    keys.verify_known(&token, &self.algorithms, &self.expected, (self.now)())
                });
                known.is_some_and(|claims| opened.check_claims(&claims).is_ok())
            }
        }
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

    /// What the cache beside this session token proves.
    async fn read(&self, credential: &Credential, presented: &SessionToken) -> Verdict {
        let opened = self.open(credential).ok_or(Refusal::Unclaimed)??;
        self.check(&opened).await?;
        let Opened { session, expires_at, made_at, .. } = opened;
        if !session.is_of(presented.token()) {
            return Err(Refusal::AnotherSession.into());
        }
        let identity = session.into_identity(&self.fields);
        let mut identity = identity.map_err(|_| Refusal::Malformed)?;
        if self.revocations.is_cut_off(&identity.user.id, made_at) {
            // Since it was claimed.
            return Err(Unverified::undecidable(CutOffMeanwhile).retry_after(Some(RETRY_AFTER)));
        }
        self.revocations.check()?;
        // What was verified ends with the cache.
        identity.expires_at = identity.expires_at.min(expires_at);
        if is_over(identity.expires_at, (self.now)()) {
            return Err(Refusal::Expired.into());
        }
        Ok(identity)
    }
}

impl Strategy for SessionCookieCache {
    fn name(&self) -> &'static str {
        "session_cookie_cache"
    }

    /// Reads the cache without believing it: what is forged is claimed, and passed over then.
    fn claims(&self, credential: &Credential) -> bool {
        if credential.carrier() != Carrier::Cookie {
            return false;
        }
        match self.open(credential) {
            None => false,
            Some(Err(_)) => true,
            Some(Ok(opened)) => {
                let is_known = self.keys.is_some() || !matches!(opened.proof, Proof::Published(_));
                is_known
                    && opened.is_alive((self.now)())
                    && self.is_of_version(&opened)
                    && !self.is_cut_off(&opened)
            }
        }
    }

    /// Proven is the cache, which decides; of the session token alone others know more.
    async fn standing(&self, credential: &Credential) -> Standing {
        let Some(presented) = SessionToken::read(credential, false) else { return Standing::Unknown };
        match self.open(credential) {
            Some(Ok(opened))
                if self.signing.check(&presented).is_ok()
                    && opened.session.is_of(presented.token())
                    && self.is_genuine(&opened) =>
            {
                Standing::proven(presented.token())
            }
            _ => Standing::Unknown,
        }
    }

    /// The session token itself has to be right. What stands beside it may be of no use all the same.
    async fn verify(&self, credential: &Credential) -> Verdict {
        let presented = SessionToken::read(credential, false).ok_or(Refusal::Malformed)?;
        self.signing.check(&presented)?;
        self.read(credential, &presented).await.map_err(Unverified::passed_over)
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

/// Whether something ended longer ago than a fetch of keys takes. What ends with the years that can be counted does not.
fn is_over(end: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    end.checked_add_signed(GRACE).is_some_and(|end| end < now)
}
