mod cookie;
mod trust;
mod version;

use std::{sync::Arc, time::Duration};

use self::{
    trust::{Begun, Trust},
    version::Version,
};
use super::{Freshness, Standing, Strategy, Verdict, Vitals};
use crate::{
    better_auth::{
        Secrets,
        cookie_cache::{self, AUDIENCE, DEFAULT_VERSION},
    },
    credential::{Carrier, Credential, Form, Forms, NotMine},
    error::Unverified,
    fields::AdditionalFields,
    jose::{Algorithm, Expectation, KeySource},
    revocation::{Feeds, Revocations},
};

const NAME: &str = "session_cookie_cache";
/// Better Auth's own tolerance between clocks.
const LEEWAY: Duration = Duration::from_secs(15);

/// Trusts Better Auth's cookie cache: the `session_data` cookie beside the session cookie, in all its forms.
///
/// Trusts the secret, or the published keys, and does no look-ups. It notices a sign-out, a ban or a deletion when the cache
/// ends: after `session.cookieCache.maxAge`, 5 minutes by default, as at Better Auth itself; in a deployment without a
/// database at the end of the session; at once if [`Revocations`] learn of it. Claims a session cookie with a cache beside it.
/// A cache counts as absent if it has ended, is of another version or was cut off: the next strategy in the chain looks the
/// session up. The same happens, as at Better Auth itself, if a cache proves nothing: it is forged, unreadable, ambiguous or
/// of another session, stands beside no signed session token, or its keys are out of reach. It is then
/// [passed over](Unverified::passed_over), and refused or undecidable only if no other strategy claims the session cookie.
///
/// [`Carriers::with_companions`](crate::Carriers::with_companions) has to name the same cookies.
pub struct SessionCookieCache(Arc<Trust>);

impl SessionCookieCache {
    /// `secrets` are Better Auth's (one as text will do); `cookies` the names that the cookie may have, of which the
    /// first present is read: `__Secure-better-auth.session_data`, by default.
    pub fn new(secrets: impl Into<Secrets>, cookies: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let secrets = secrets.into();
        Self(Arc::new(Trust {
            cookies: cookies.into_iter().map(Into::into).collect(),
            version: Version::new(DEFAULT_VERSION),
            signing: secrets.signing_keys(),
            encryption: secrets.all().map(cookie_cache::encryption_key).collect(),
            keys: None,
            algorithms: Algorithm::DEFAULT.to_vec(),
            expected: Expectation {
                // The keys are this deployment's own. A cache names the whole baseURL, which need not be the issuer of
                // the JWTs.
                issuers: None,
                audiences: Some(vec![AUDIENCE.into()]),
                issued_at: true,
                leeway: LEEWAY,
                max_lifetime: None,
            },
            fields: AdditionalFields::default(),
            revocations: Revocations::default(),
        }))
    }

    /// Better Auth's `session.cookieCache.version`, where it is configured to a text.
    #[must_use]
    pub fn with_version(self, version: impl Into<String>) -> Self {
        self.with(|trust| trust.version = Version::new(version))
    }

    /// Also trusts caches signed with published keys (`jwt({ sessionCookieCache: true })`).
    #[must_use]
    pub fn with_keys(self, keys: KeySource) -> Self {
        self.with(|trust| trust.keys = Some(keys))
    }

    /// Accepts these algorithms of published keys only.
    #[must_use]
    pub fn with_algorithms(self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.with(|trust| trust.algorithms = algorithms.into_iter().collect())
    }

    /// Carries these fields into the identity.
    #[must_use]
    pub fn with_fields(self, fields: AdditionalFields) -> Self {
        self.with(|trust| trust.fields = fields)
    }

    /// Leaves caches made before their user was cut off to the next strategy.
    #[must_use]
    pub fn with_revocations(self, revocations: Revocations) -> Self {
        self.with(|trust| trust.revocations = revocations)
    }

    fn with(mut self, change: impl FnOnce(&mut Trust)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// The result for the cache without a fetch.
    fn begin(&self, credential: &Credential) -> Begun {
        let begun = credential.findings().take(&self.0).filter(|begun| self.0.still_holds(begun));
        begun.unwrap_or_else(|| self.0.begin(credential))
    }
}

impl Strategy for SessionCookieCache {
    fn name(&self) -> &'static str {
        NAME
    }

    fn forms(&self) -> Forms {
        Forms::of(Form::ALL, &[Carrier::Cookie])
    }

    /// Opens nothing: [`Strategy::verify`] does, which a cache around this strategy saves.
    fn claims(&self, credential: &Credential) -> Result<(), NotMine> {
        self.forms().admit(credential)?;
        let is_there = cookie::is_there(credential.companions(), &self.0.cookies);
        is_there.then_some(()).ok_or(NotMine::NoCompanion)
    }

    /// Only a cache whose published key is not here yet has to wait for it.
    fn precheck(&self, credential: &Credential) -> Option<Verdict> {
        match self.begin(credential) {
            Begun::Refused(unverified) => Some(Err(unverified)),
            Begun::Proven(proven) => Some(self.0.believe(*proven)),
            needs_key @ Begun::NeedsKey(..) => {
                credential.findings().keep(&self.0, needs_key);
                None
            }
        }
    }

    /// The next strategy may decide by the session token.
    fn unanswered(&self, error: Unverified) -> Unverified {
        error.passed_over()
    }

    /// A cache is proven only by its verdict; of the session token alone the other strategies know more.
    async fn standing(&self, credential: &Credential) -> Standing {
        let Some(presented) = credential.session_token() else { return Standing::Unknown };
        let begun = self.begin(credential);
        let is_proven = matches!(begun, Begun::Proven(_));
        credential.findings().keep(&self.0, begun);
        if is_proven { Standing::proven(presented.token()) } else { Standing::Unknown }
    }

    async fn verify(&self, credential: &Credential) -> Verdict {
        match self.begin(credential) {
            Begun::Refused(unverified) => Err(unverified),
            Begun::Proven(proven) => self.0.believe(*proven),
            Begun::NeedsKey(opened, unproven) => self.0.finish(*opened, unproven, credential).await,
        }
    }

    async fn probe(&self) -> Result<(), Unverified> {
        self.0.revocations.ensure_complete()
    }

    async fn follow(&self, feeds: Feeds) {
        if let Some(keys) = &self.0.keys {
            keys.follow(&feeds).await;
        }
    }

    fn revocations(&self) -> Option<Revocations> {
        Some(self.0.revocations.clone())
    }

    fn freshness(&self) -> Freshness {
        Freshness::at_expiry().honouring_revocations()
    }

    fn vitals(&self) -> Vec<Vitals> {
        vec![Vitals { keys: self.0.keys.as_ref().map(KeySource::vitals), ..Vitals::of(self.name()) }]
    }
}
