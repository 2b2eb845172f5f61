use futures_util::FutureExt;

use super::KeySource;
use crate::{
    error::{Refusal, Unverified},
    jose::{Algorithm, Claims, Expectation, Presented, key::Key, key_set::KeySet},
    judgement::Trace,
};

/// Under which it is remembered that there is no key for tokens that name none.
const NO_KID: &str = "";

impl KeySource {
    /// The claims of a token that one of these keys signed with one of `algorithms`, and that says what is expected.
    ///
    /// The cheap checks come first: only a token that would be accepted costs a fetch or a signature check.
    pub(crate) async fn verify(
        &self,
        token: &Presented<'_>,
        algorithms: &[Algorithm],
        expected: &Expectation,
    ) -> Result<Claims, Unverified> {
        let Presented { header, parts, now, trace } = token;
        let algorithm = accepted(token, algorithms)?;
        let signature = parts.signature()?;
        let claims = Claims::validate(parts.payload()?, expected, *now, trace)?;
        // Its clock may be behind ours.
        let issued_at = claims.issued_at.saturating_add_unsigned(expected.leeway.as_secs());
        let verifies = |key: &Key| key.verifies(algorithm, parts.message, &signature);
        let Some(kid) = header.kid.as_deref() else {
            self.ensure().await?;
            let fitting = |set: &KeySet| set.fitting(algorithm, algorithms).cloned().collect::<Vec<_>>();
            if self.trusted().is_some_and(|fetched| fitting(&fetched.set).len() > 1) {
                return Err(Refusal::AmbiguousKey.into());
            }
            // If it is not the key of this token, that one may be newer.
            let look = |set: &KeySet| match &*fitting(set) {
                [only] if verifies(only) => Some(only.clone()),
                _ => None,
            };
            let found = self.find(NO_KID, look, issued_at, &signature).await.map(|_| ());
            tell(trace, "signature by the only key that fits", &found);
            return found.map(|()| claims);
        };
        let found = self.find(kid, |set| set.get(kid), issued_at, &signature).await;
        tell(trace, "key in the published key set", &found);
        let key = found?;
        let fits = key.algorithm(algorithms)? == algorithm;
        trace.check("algorithm of the key", fits.then_some(()).ok_or(Refusal::KeyMismatch))?;
        trace.check("signature", verifies(&key).then_some(()).ok_or(Refusal::BadSignature))?;
        Ok(claims)
    }

    /// The same by the keys that are here: nothing is fetched.
    pub(crate) fn verify_known(
        &self,
        token: &Presented<'_>,
        algorithms: &[Algorithm],
        expected: &Expectation,
    ) -> Option<Claims> {
        let Presented { header, parts, .. } = token;
        let set = self.trusted()?.set;
        if let Some(kid) = &header.kid {
            set.get(kid)?;
        } else {
            let (algorithm, signature) = (header.alg.parse().ok()?, parts.signature().ok()?);
            let mut fitting = set.fitting(algorithm, algorithms);
            let is_only = fitting.next()?.verifies(algorithm, parts.message, &signature);
            (is_only && fitting.next().is_none()).then_some(())?;
        }
        // A key that is here is found without waiting.
        self.verify(token, algorithms, expected).now_or_never()?.ok()
    }
}

/// The algorithm of a token, if it is accepted and its header asks for nothing else.
fn accepted(token: &Presented<'_>, algorithms: &[Algorithm]) -> Result<Algorithm, Refusal> {
    let Presented { header, trace, .. } = token;
    token.check_extensions()?;
    let algorithm = header.alg.parse().ok().filter(|algorithm| algorithms.contains(algorithm));
    trace.compare("algorithm", algorithm.ok_or(Refusal::AlgorithmNotAllowed), || {
        let accepted: Vec<_> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
        (header.shown_algorithm(), accepted.join(" or "))
    })
}

/// The verdict reports what stayed undecidable, so no check is recorded then.
fn tell<T>(trace: &Trace, what: &'static str, found: &Result<T, Unverified>) {
    match found {
        Ok(_) => drop(trace.check(what, Ok(()))),
        Err(Unverified::Refused(cause)) => drop(trace.check::<()>(what, Err(*cause))),
        Err(_) => {}
    }
}
