mod cookie;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Freshness, Standing, Strategy, Verdict};
use crate::{
    better_auth::{
        Secrets, SessionToken, SigningKeys,
        cookie_cache::{self, AUDIENCE, DEFAULT_VERSION, Opened, Proof},
    },
    credential::{Carrier, Credential, Form, Forms, NotMine},
    error::{Refusal, Unverified},
    fields::AdditionalFields,
    jose::{Algorithm, DirectKey, Expectation, Header, Jws, KeySource, Presented},
    revocation::{Feeds, Revocations},
};

/// Better Auth's own tolerance between clocks.
const LEEWAY: Duration = Duration::from_secs(15);
/// A cache that was alive may end while keys are fetched.
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
/// cache beside it. A cache that has ended, is of another version or was cut off counts as absent: the next strategy in the
/// chain looks the session up. So it does, as Better Auth itself, where a cache proves nothing: one that is forged,
/// unreadable, ambiguous or of another session, that stands beside no signed session token, or whose keys are out of reach, is
/// [passed over](Unverified::passed_over), and refused or undecidable only where no other strategy claims the session cookie.
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
            signing: secrets.signing_keys(),
            encryption: secrets.all().map(cookie_cache::encryption_key).collect(),
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

    /// The cache that came along, opened and not yet believed; `None` where there is none.
    fn open(&self, credential: &Credential) -> Option<Result<Opened, Refusal>> {
        let text = cookie::join(credential.companions(), &self.cookies).transpose()?;
        Some(text.and_then(|text| cookie_cache::open(&text, &self.encryption)))
    }

    /// Whether the cache that came along may decide anything. What cannot be read may: it is not known to be over.
    fn may_decide(&self, opened: Option<&Result<Opened, Refusal>>, credential: &Credential) -> bool {
        opened.is_some_and(|opened| opened.as_ref().map_or(true, |opened| self.is_usable(opened, credential)))
    }

    /// The cache that came along, if it may decide anything; else it counts as absent.
    fn usable(
        &self,
        opened: Option<Result<Opened, Refusal>>,
        credential: &Credential,
    ) -> Result<Result<Opened, Refusal>, Unverified> {
        let usable = opened.filter(|opened| self.may_decide(Some(opened), credential));
        usable.ok_or_else(|| Unverified::from(Refusal::Unclaimed).passed_over())
    }

    /// The session token beside which the cache stands, its signature checked. Beside another text, such as a JWT, it proves
    /// nothing: it belongs to another token.
    fn session_token<'a>(&self, credential: &'a Credential) -> Result<&'a SessionToken, Unverified> {
        let presented = credential.session_token();
        let presented = presented.ok_or_else(|| Unverified::from(Refusal::Malformed).passed_over())?;
        credential.check_signature(&self.signing)?;
        Ok(presented)
    }

    fn is_of_version(&self, opened: &Opened, credential: &Credential) -> bool {
        let found = opened.version.as_deref().filter(|version| !version.is_empty());
        let found = found.unwrap_or(DEFAULT_VERSION);
        if found != self.version {
            self.report_version(found, opened, credential);
        }
        found == self.version
    }

    /// Says once that caches are of no use as long as nobody changes the configuration. What is not genuine says nothing
    /// about Better Auth.
    fn report_version(&self, found: &str, opened: &Opened, credential: &Credential) {
        if self.reported.load(Ordering::Relaxed) || !self.is_genuine(opened, credential) {
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
    fn is_genuine(&self, opened: &Opened, credential: &Credential) -> bool {
        match &opened.proof {
            Proof::Encrypted => true,
            Proof::Secret { message, signature } => self.signing.verify(message, signature).is_ok(),
            Proof::Published { header, text } => {
                let known = self.keys.as_ref().zip(presented(header, text, credential));
                let known = known
                    .and_then(|(keys, token)| keys.verify_known(&token, &self.algorithms, &self.expected));
                known.is_some_and(|claims| opened.validate_claims(&claims).is_ok())
            }
        }
    }

    /// Whether it may decide anything: proven by something known here, alive, of this version, and not cut off.
    fn is_usable(&self, opened: &Opened, credential: &Credential) -> bool {
        let unless = |is_usable: bool| is_usable.then_some(()).ok_or(Refusal::Unclaimed);
        let (now, trace) = (credential.now(), credential.trace());
        let is_known = self.keys.is_some() || !matches!(opened.proof, Proof::Published { .. });
        let is_alive = opened.is_alive(now);
        is_known
            && trace
                .compare("end of the cookie cache", unless(is_alive), || {
                    (opened.expires_at.to_string(), format!("later than {now}"))
                })
                .is_ok()
            && trace
                .compare(
                    "version of the cookie cache",
                    unless(self.is_of_version(opened, credential)),
                    || {
                        let found = opened.version.as_deref().unwrap_or(DEFAULT_VERSION);
                        let found: String = found.chars().take(MAX_SHOWN).collect();
                        (format!("{found:?}"), format!("{:?}", self.version))
                    },
                )
                .is_ok()
            && trace.check("cookie cache not cut off", unless(!self.is_cut_off(opened))).is_ok()
    }

    fn is_cut_off(&self, opened: &Opened) -> bool {
        let user = opened.session.user_id();
        user.is_ok_and(|user| self.revocations.is_cut_off(&user, opened.made_at))
    }

    /// Checks its proof, with keys that may have to be fetched.
    async fn verify_proof(&self, opened: &Opened, credential: &Credential) -> Result<(), Unverified> {
        match &opened.proof {
            Proof::Encrypted => {}
            Proof::Secret { message, signature } => {
                let outcome = self.signing.verify(message, signature);
                credential.trace().check("signature of the cookie cache", outcome)?;
            }
            Proof::Published { header, text } => {
                let keys = self.keys.as_ref().ok_or(Refusal::Unclaimed)?;
                let token = presented(header, text, credential).ok_or(Refusal::Malformed)?;
                let claims = keys.verify(&token, &self.algorithms, &self.expected).await?;
                opened.validate_claims(&claims)?;
            }
        }
        Ok(())
    }

    /// What the cache beside this session token proves.
    async fn read(&self, opened: Opened, presented: &SessionToken, credential: &Credential) -> Verdict {
        self.verify_proof(&opened, credential).await?;
        let Opened { session, expires_at, made_at, .. } = opened;
        let is_its_own = session.is_of(presented.token()).then_some(()).ok_or(Refusal::AnotherSession);
        credential.trace().check("cookie cache of this session token", is_its_own)?;
        let identity = session.into_identity(&self.fields);
        let mut identity = identity.map_err(|_| Refusal::Malformed)?;
        if self.revocations.is_cut_off(&identity.user.id, made_at) {
            // While keys were fetched.
            return Err(Unverified::undecidable(CutOffMeanwhile).retry_after(Some(RETRY_AFTER)));
        }
        self.revocations.ensure_complete()?;
        // What was verified ends with the cache.
        identity.expires_at = identity.expires_at.min(expires_at);
        if is_over(identity.expires_at, credential.now()) {
            return Err(Refusal::Expired.into());
        }
        Ok(identity)
    }
}

impl Strategy for SessionCookieCache {
    fn name(&self) -> &'static str {
        "session_cookie_cache"
    }

    fn forms(&self) -> Forms {
        Forms::of(Form::ALL, &[Carrier::Cookie])
    }

    /// Opens nothing: that is left to [`Strategy::verify`], which a cache around this strategy spares.
    fn claims(&self, credential: &Credential) -> Result<(), NotMine> {
        self.forms().admit(credential)?;
        let is_there = cookie::is_there(credential.companions(), &self.cookies);
        is_there.then_some(()).ok_or(NotMine::NoCompanion)
    }

    /// Proven is the cache, which decides; of the session token alone others know more.
    async fn standing(&self, credential: &Credential) -> Standing {
        let Some(presented) = credential.session_token() else { return Standing::Unknown };
        match self.open(credential) {
            Some(Ok(opened))
                if credential.check_signature(&self.signing).is_ok()
                    && opened.session.is_of(presented.token())
                    && self.is_usable(&opened, credential)
                    && self.is_genuine(&opened, credential) =>
            {
                Standing::proven(presented.token())
            }
            _ => Standing::Unknown,
        }
    }

    /// A cache that is over, of another version or incomplete counts as absent, also while nobody can be asked for keys.
    fn precheck(&self, credential: &Credential) -> Result<(), Unverified> {
        let opened = self.open(credential);
        // `verify` tells observers of a usable cache.
        if !self.may_decide(opened.as_ref(), &credential.unobserved()) {
            self.usable(opened, credential).map(drop)?;
        }
        self.session_token(credential)?;
        Ok(())
    }

    /// Beside a cache that may decide the session token itself has to be right; what the cache proves may be nothing all the
    /// same.
    async fn verify(&self, credential: &Credential) -> Verdict {
        let opened = self.usable(self.open(credential), credential)?;
        let presented = self.session_token(credential)?;
        let verdict = async { self.read(opened?, presented, credential).await };
        verdict.await.map_err(Unverified::passed_over)
    }

    async fn probe(&self) -> Result<(), Unverified> {
        self.revocations.ensure_complete()
    }

    async fn follow(&self, feeds: Feeds) {
        if let Some(keys) = &self.keys {
            keys.follow(&feeds).await;
        }
    }

    fn revocations(&self) -> Option<Revocations> {
        Some(self.revocations.clone())
    }

    fn freshness(&self) -> Freshness {
        Freshness::at_expiry().honouring_revocations()
    }
}

/// A cache that published keys have signed, as it came beside this credential.
fn presented<'a>(header: &'a Header, text: &'a str, credential: &'a Credential) -> Option<Presented<'a>> {
    let (now, trace) = (credential.now(), credential.trace());
    Some(Presented { header, parts: Jws::split(text)?, now, trace })
}

/// Whether something ended longer ago than a fetch of keys takes. What ends with the years that can be counted does not.
fn is_over(end: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    end.checked_add_signed(GRACE).is_some_and(|end| end < now)
}
