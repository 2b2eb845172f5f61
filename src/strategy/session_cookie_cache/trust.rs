use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Version, cookie};
use crate::{
    better_auth::{
        SigningKeys,
        cookie_cache::{self, DEFAULT_VERSION, Opened, Proof},
    },
    credential::{Credential, Form},
    error::{Refusal, Unverified},
    fields::AdditionalFields,
    identity::Identity,
    jose::{
        Algorithm, Claims, DirectKey, Expectation, Header, Jws, KeySource, Presented, Progress, Unproven,
        Verifier,
    },
    revocation::Revocations,
    strategy::Verdict,
};

/// A live cache may end while keys are fetched.
const GRACE: TimeDelta = TimeDelta::seconds(15);
const RETRY_AFTER: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
#[error("its user was cut off at this very moment")]
struct CutOffMeanwhile;

/// Which cookie caches are trusted, and their identities.
#[derive(Clone)]
pub struct Trust {
    /// The names that the cookie may have.
    pub cookies: Vec<String>,
    pub version: Version,
    pub signing: SigningKeys,
    pub encryption: Arc<[DirectKey]>,
    /// Published keys, if they are trusted.
    pub keys: Option<KeySource>,
    pub algorithms: Vec<Algorithm>,
    pub expected: Expectation,
    pub fields: AdditionalFields,
    pub revocations: Revocations,
}

/// The result for the cache beside a credential without a fetch.
pub enum Begun {
    Refused(Unverified),
    Proven(Box<Proven>),
    /// A published key has to be fetched.
    NeedsKey(Box<Opened>, Unproven),
}

/// The content of a proven cache. It leaves out whether its user was cut off: that can change until the verdict.
pub struct Proven {
    identity: Identity,
    /// In milliseconds since 1970.
    made_at: i64,
    /// The number of the key set that proved it, if a published key did.
    key_set: Option<u64>,
}

/// Whether the proof of a cache holds, as far as is known here.
enum Proving {
    Holds { key_set: Option<u64> },
    NeedsKey(Unproven),
}

impl Trust {
    /// Decides without a fetch, if possible: by the secret, and by published keys that are here.
    pub fn begin(&self, credential: &Credential) -> Begun {
        let opened = match self.decidable(credential) {
            Ok(opened) => opened,
            Err(unverified) => return Begun::Refused(unverified),
        };
        let proven = match self.prove(&opened, credential) {
            Ok(Proving::NeedsKey(unproven)) => return Begun::NeedsKey(opened.into(), unproven),
            Ok(Proving::Holds { key_set }) => self.read(opened, key_set, credential),
            Err(refusal) => Err(refusal),
        };
        match proven {
            Ok(proven) => Begun::Proven(proven.into()),
            Err(refusal) => Begun::Refused(Unverified::from(refusal).passed_over()),
        }
    }

    /// Whether an earlier result still holds: the key that proved it may have been withdrawn since.
    pub fn still_holds(&self, begun: &Begun) -> bool {
        let Begun::Proven(proven) = begun else { return true };
        let is_current = |key_set| self.verifier().is_ok_and(|verifier| verifier.still_believes(key_set));
        proven.key_set.is_none_or(is_current)
    }

    /// Decides by a key that may have to be fetched.
    pub async fn finish(&self, opened: Opened, unproven: Unproven, credential: &Credential) -> Verdict {
        self.prove_by_fetched_key(&opened, unproven, credential).await.map_err(Unverified::passed_over)?;
        let proven = self.read(opened, None, credential).map_err(Unverified::from);
        self.believe(proven.map_err(Unverified::passed_over)?)
    }

    /// The cache beside the credential, if it may decide; else it counts as absent. If it may, the signature of the session token
    /// has to be right as well.
    fn decidable(&self, credential: &Credential) -> Result<Opened, Unverified> {
        // An unreadable cache is not known to have ended.
        let may_decide = |opened: &Result<Opened, Refusal>| {
            opened.as_ref().map_or(true, |opened| self.is_usable(opened, credential))
        };
        let opened = self.open(credential).filter(may_decide);
        let opened = opened.ok_or_else(|| Unverified::from(Refusal::Unclaimed).passed_over())?;
        self.check_session_token(credential)?;
        opened.map_err(|refusal| Unverified::from(refusal).passed_over())
    }

    /// The cache beside the credential, opened and not yet verified; `None` if there is none.
    fn open(&self, credential: &Credential) -> Option<Result<Opened, Refusal>> {
        let trace = credential.trace();
        let text = trace.only_if_refused(
            "cookie of the cookie cache",
            cookie::join(credential.companions(), &self.cookies),
            || ("several values".to_owned(), "one value".to_owned()),
        );
        let text = text.transpose()?;
        Some(text.and_then(|text| {
            let opened = cookie_cache::open(&text, &self.encryption);
            let cause = opened.as_ref().err().copied();
            trace.only_if_refused("form of the cookie cache", opened, || cookie_cache::in_words(&text, cause))
        }))
    }

    /// Checks the signature of the session token beside the cache. Beside another text, such as a JWT, the cache proves nothing:
    /// it belongs to another token.
    fn check_session_token(&self, credential: &Credential) -> Result<(), Unverified> {
        let token = credential.session_token().ok_or(Refusal::Malformed);
        let token =
            credential.trace().only_if_refused("session token beside the cookie cache", token, || {
                let (form, _) =
                    credential.forms().iter().next().unwrap_or((Form::Opaque, credential.carrier()));
                (form.to_string(), Form::SignedToken.to_string())
            });
        token.map_err(|refusal| Unverified::from(refusal).passed_over())?;
        Ok(credential.check_signature(&self.signing)?)
    }

    /// Whether it may decide: of a trusted kind, alive, of this version, and not cut off.
    fn is_usable(&self, opened: &Opened, credential: &Credential) -> bool {
        let unless = |is_usable: bool| is_usable.then_some(()).ok_or(Refusal::Unclaimed);
        let (now, trace) = (credential.now(), credential.trace());
        let found = opened.version.as_deref().filter(|version| !version.is_empty());
        let found = found.unwrap_or(DEFAULT_VERSION);
        let is_known = self.keys.is_some() || !matches!(opened.proof, Proof::Published { .. });
        let is_alive = || {
            let end = opened.session.expires_at().map_or(opened.expires_at, |end| end.min(opened.expires_at));
            let words = || (end.to_string(), format!("not before {now}"));
            trace.compare("end of the cookie cache", unless(opened.is_alive(now)), words).is_ok()
        };
        let is_of_version = || {
            let is = self.version.is(found);
            // Who asks why hears it, and uses up no line of the log.
            if !is && !credential.is_examined() {
                self.version.report(found, || self.is_genuine(opened, credential));
            }
            trace.compare("version of the cookie cache", unless(is), || self.version.compared(found)).is_ok()
        };
        let is_in_force =
            || trace.check("cookie cache not cut off", unless(!self.is_cut_off(opened))).is_ok();
        let is_known = || {
            let words = || ("signed with a published key".to_owned(), "made with the secret".to_owned());
            trace.only_if_refused("proof of the cookie cache", unless(is_known), words).is_ok()
        };
        is_known() && is_alive() && is_of_version() && is_in_force()
    }

    fn is_cut_off(&self, opened: &Opened) -> bool {
        let user = opened.session.user_id();
        user.is_ok_and(|user| self.revocations.is_cut_off(&user, opened.made_at))
    }

    /// Whether its proof holds, as far as is known here.
    fn is_genuine(&self, opened: &Opened, credential: &Credential) -> bool {
        matches!(self.prove(opened, credential), Ok(Proving::Holds { .. }))
    }

    /// Checks its proof, as far as that is possible here.
    fn prove(&self, opened: &Opened, credential: &Credential) -> Result<Proving, Refusal> {
        let by_secret = Proving::Holds { key_set: None };
        match &opened.proof {
            Proof::Encrypted => Ok(by_secret),
            Proof::Secret { message, signature } => {
                let outcome = self.signing.verify(message, signature);
                let words = || {
                    let found = if outcome.is_ok() { "made" } else { "not made" };
                    (
                        format!("{found} with the secret that is known here"),
                        "made with that secret".to_owned(),
                    )
                };
                let trace = credential.trace();
                trace.compare("signature of the cookie cache", outcome, words).map(|()| by_secret)
            }
            Proof::Published { header, text } => {
                let token = presented(header, text, credential)?;
                match self.verifier()?.begin(&token) {
                    Progress::Refused(refusal) => Err(refusal),
                    Progress::Proven(claims, key_set) => {
                        validate_claims(opened, &claims, credential)?;
                        Ok(Proving::Holds { key_set: Some(key_set) })
                    }
                    Progress::NeedsKey(unproven) => Ok(Proving::NeedsKey(unproven)),
                }
            }
        }
    }

    async fn prove_by_fetched_key(
        &self,
        opened: &Opened,
        unproven: Unproven,
        credential: &Credential,
    ) -> Result<(), Unverified> {
        let Proof::Published { header, text } = &opened.proof else { return Ok(()) };
        let token = presented(header, text, credential)?;
        let claims = self.verifier()?.finish(&token, unproven).await?;
        Ok(validate_claims(opened, &claims, credential)?)
    }

    fn verifier(&self) -> Result<Verifier<'_>, Refusal> {
        let Self { keys, algorithms, expected, .. } = self;
        keys.as_ref().map(|keys| Verifier { keys, algorithms, expected }).ok_or(Refusal::Unclaimed)
    }

    /// The content of a proven cache, if it is that of this session.
    fn read(&self, opened: Opened, key_set: Option<u64>, credential: &Credential) -> Result<Proven, Refusal> {
        let Opened { session, expires_at, made_at, .. } = opened;
        let presented = credential.session_token().ok_or(Refusal::Malformed)?;
        let is_its_own = session.is_of(presented.token()).then_some(()).ok_or(Refusal::AnotherSession);
        credential.trace().compare("cookie cache of this session token", is_its_own, || {
            let found = if is_its_own.is_ok() { "the session of this token" } else { "another session" };
            (found.to_owned(), "the session of this token".to_owned())
        })?;
        let mut identity = session.into_identity(&self.fields).map_err(|_| Refusal::Malformed)?;
        // The verdict ends with the cache.
        identity.expires_at = identity.expires_at.min(expires_at);
        let is_over = is_over(identity.expires_at, credential.now());
        let outcome = (!is_over).then_some(()).ok_or(Refusal::Expired);
        credential.trace().only_if_refused("end of the cookie cache", outcome, || {
            (identity.expires_at.to_string(), format!("not before {}", credential.now()))
        })?;
        Ok(Proven { identity, made_at, key_set })
    }

    /// The verdict on a proven cache, by the cut-offs that are known now.
    pub fn believe(&self, proven: Proven) -> Verdict {
        let Proven { identity, made_at, .. } = proven;
        if self.revocations.is_cut_off(&identity.user.id, made_at) {
            let unverified = Unverified::undecidable(CutOffMeanwhile).retry_after(Some(RETRY_AFTER));
            return Err(unverified.passed_over());
        }
        self.revocations.ensure_complete().map_err(Unverified::passed_over)?;
        Ok(identity)
    }
}

fn validate_claims(opened: &Opened, claims: &Claims, credential: &Credential) -> Result<(), Refusal> {
    credential.trace().only_if_refused("claims of the cookie cache", opened.validate_claims(claims), || {
        let expected = "`iss`, and `sid` and `sub` of the session and the user in it";
        ("other claims".to_owned(), expected.to_owned())
    })
}

/// A cache that published keys have signed, as it came beside this credential.
fn presented<'a>(
    header: &'a Header,
    text: &'a str,
    credential: &'a Credential,
) -> Result<Presented<'a>, Refusal> {
    let parts = Jws::split(text).ok_or(Refusal::Malformed)?;
    Ok(Presented { header, parts, now: credential.now(), trace: credential.trace() })
}

/// Whether this time is longer ago than a fetch of keys takes. The last instant that can be counted never is.
fn is_over(end: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    end.checked_add_signed(GRACE).is_some_and(|end| end < now)
}
