use std::sync::Arc;

use super::KeySource;
use crate::{
    error::{Refusal, Unverified},
    jose::{Algorithm, Claims, Expectation, Presented, key::Key, key_set::KeySet},
    judgement::Trace,
};

/// The name under which [`AbsentKeys`](super::AbsentKeys) keeps a token without a key's name that no key has signed.
const NO_KID: &str = "";
const KEY: &str = "key in the published key set";
/// Characters of a key's id that a step shows.
const MAX_SHOWN: usize = 64;

/// Verifies tokens by published keys, in two parts: what can be decided by the keys that are here, then the rest.
#[derive(Clone, Copy)]
pub struct Verifier<'a> {
    pub keys: &'a KeySource,
    /// Those that are accepted.
    pub algorithms: &'a [Algorithm],
    pub expected: &'a Expectation,
}

/// The result for a token without a fetch.
pub enum Progress {
    Refused(Refusal),
    /// The key set of this number holds the key that has signed it.
    Proven(Claims, u64),
    /// Its key has to be fetched.
    NeedsKey(Unproven),
}

/// A token that would be accepted if its signature were right.
pub struct Unproven {
    algorithm: Algorithm,
    signature: Vec<u8>,
    claims: Claims,
}

impl Verifier<'_> {
    /// Checks a token as far as possible without a fetch. The cheap checks come first: only a token that would be accepted
    /// costs a signature check or a fetch.
    pub fn begin(self, token: &Presented<'_>) -> Progress {
        let unproven = match self.inspect(token) {
            Ok(unproven) => unproven,
            Err(refusal) => return Progress::Refused(refusal),
        };
        let Some(fetched) = self.keys.trusted() else { return Progress::NeedsKey(unproven) };
        match self.prove_by(&fetched.set, token, &unproven) {
            Some(Ok(())) => Progress::Proven(unproven.claims, fetched.number),
            Some(Err(refusal)) => Progress::Refused(refusal),
            None => Progress::NeedsKey(unproven),
        }
    }

    /// Whether the key set of this number, which proved something a moment ago, is still the trusted one. A newer one may lack
    /// the key.
    pub fn still_believes(self, key_set: u64) -> bool {
        self.keys.trusted().is_some_and(|fetched| fetched.number == key_set)
    }

    /// The claims of a token whose key had to be fetched, if that key has signed it.
    pub async fn finish(self, token: &Presented<'_>, unproven: Unproven) -> Result<Claims, Unverified> {
        // The issuer's clock may be behind ours.
        let leeway = self.expected.leeway.as_secs();
        let issued_at = unproven.claims.issued_at.saturating_add_unsigned(leeway);
        let signature = &*unproven.signature;
        let Some(kid) = token.header.kid.as_deref() else {
            self.keys.ensure().await?;
            let set = self.keys.trusted().map(|fetched| fetched.set);
            let fitting = set.map_or(0, |set| self.fitting(&set, &unproven).len());
            if fitting > 1 {
                return Err(ambiguous(token.trace, fitting).into());
            }
            // If it is not the key of this token, that one may be newer.
            let look = |set: &KeySet| match &*self.fitting(set, &unproven) {
                [only] if unproven.is_signed_by(only, token) => Some(only.clone()),
                _ => None,
            };
            let found =
                self.keys.find(NO_KID, look, issued_at, signature).await.map(|key| self.keys.quicken(&key));
            tell(token.trace, "signature by the only key that fits", &found, || self.published("no `kid`"));
            return found.map(|()| unproven.claims);
        };
        let found = self.keys.find(kid, |set| set.get(kid), issued_at, signature).await;
        tell(token.trace, KEY, &found, || self.published(&shown(kid)));
        self.check_signature(&found?, token, &unproven)?;
        Ok(unproven.claims)
    }

    /// Whether a key that is here has signed a token, whatever that says.
    pub fn has_signed(self, token: &Presented<'_>) -> bool {
        let has_signed = || {
            let algorithm = token.header.alg.parse().ok().filter(|one| self.algorithms.contains(one))?;
            let (signature, set) = (token.parts.signature().ok()?, self.keys.trusted()?.set);
            let is_its = |key: &Key| key.verifies(algorithm, token.parts.message, &signature);
            Some(match &token.header.kid {
                Some(kid) => is_its(&*set.get(kid)?),
                None => set.fitting(algorithm, self.algorithms).any(|key| is_its(key)),
            })
        };
        has_signed().unwrap_or_default()
    }

    fn inspect(self, token: &Presented<'_>) -> Result<Unproven, Refusal> {
        let Presented { header, now, trace, .. } = token;
        token.check_extensions()?;
        let algorithm = header.alg.parse().ok().filter(|algorithm| self.algorithms.contains(algorithm));
        let algorithm = trace.compare("algorithm", algorithm.ok_or(Refusal::AlgorithmNotAllowed), || {
            let accepted: Vec<_> = self.algorithms.iter().map(|algorithm| algorithm.name()).collect();
            (header.shown_algorithm(), accepted.join(" or "))
        })?;
        let signature = token.signature()?;
        let claims = Claims::validate(token.payload()?, self.expected, *now, trace)?;
        Ok(Unproven { algorithm, signature, claims })
    }

    /// Whether a key of this set has signed it; `None` if that may be a key of a newer set.
    fn prove_by(
        self,
        set: &KeySet,
        token: &Presented<'_>,
        unproven: &Unproven,
    ) -> Option<Result<(), Refusal>> {
        if let Some(kid) = &token.header.kid {
            let key = set.get(kid)?;
            token.trace.compare(KEY, Ok(()), || self.published(&shown(kid))).ok()?;
            return Some(self.check_signature(&key, token, unproven));
        }
        match &*self.fitting(set, unproven) {
            [only] if self.is_signed(only, token, unproven) => {
                Some(token.trace.check("signature by the only key that fits", Ok(())))
            }
            [] | [_] => None,
            several => Some(Err(ambiguous(token.trace, several.len()))),
        }
    }

    fn check_signature(
        self,
        key: &Arc<Key>,
        token: &Presented<'_>,
        unproven: &Unproven,
    ) -> Result<(), Refusal> {
        let fits = key.algorithm(self.algorithms).and_then(|own| {
            let fits = own == unproven.algorithm;
            fits.then_some(()).ok_or(Refusal::KeyMismatch)
        });
        token.trace.compare("algorithm of the key", fits, || {
            (format!("the key is for {}", key.algorithms()), format!("only {}", unproven.algorithm.name()))
        })?;
        let is_signed = self.is_signed(key, token, unproven);
        token.trace.compare("signature", is_signed.then_some(()).ok_or(Refusal::BadSignature), || {
            let found =
                if is_signed { "made by this key" } else { "not made by this key, or the token was changed" };
            (found.to_owned(), "made by the key that the token names".to_owned())
        })
    }

    /// The token's words about its key, and the ids of the published keys.
    fn published(self, found: &str) -> (String, String) {
        let ids = self.keys.trusted().map_or_else(|| "none yet".to_owned(), |fetched| fetched.set.ids());
        (found.to_owned(), format!("a key of {}: {ids}", self.keys.address()))
    }

    fn is_signed(self, key: &Arc<Key>, token: &Presented<'_>, unproven: &Unproven) -> bool {
        let is_signed = unproven.is_signed_by(key, token);
        if is_signed {
            self.keys.quicken(key);
        }
        is_signed
    }

    /// The keys that a token without a key's name can mean.
    fn fitting(self, set: &KeySet, unproven: &Unproven) -> Vec<Arc<Key>> {
        set.fitting(unproven.algorithm, self.algorithms).cloned().collect()
    }
}

impl Unproven {
    fn is_signed_by(&self, key: &Key, token: &Presented<'_>) -> bool {
        key.verifies(self.algorithm, token.parts.message, &self.signature)
    }
}

/// Reports a key look-up. An undecidable one is no check: the verdict reports it.
fn tell<T>(
    trace: &Trace,
    what: &'static str,
    found: &Result<T, Unverified>,
    words: impl FnOnce() -> (String, String),
) {
    let outcome = match found {
        Ok(_) => Ok(()),
        Err(Unverified::Refused(cause)) => Err(*cause),
        Err(_) => return,
    };
    let _ = trace.compare(what, outcome, words);
}

/// Refuses a token that may mean any of several keys.
fn ambiguous(trace: &Trace, fitting: usize) -> Refusal {
    let cause = Refusal::AmbiguousKey;
    let _ = trace.compare::<()>("key of a token without `kid`", Err(cause), || {
        (format!("{fitting} published keys fit"), "one key that fits, or a `kid`".to_owned())
    });
    cause
}

/// The beginning of a key's id, for people: a stranger can send a long one.
fn shown(kid: &str) -> String {
    let beginning: String = kid.chars().take(MAX_SHOWN).collect();
    format!("{beginning:?}")
}
