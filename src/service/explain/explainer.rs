use std::sync::Arc;

use http::{HeaderMap, header};

use super::{
    Claim, Contents, Explanation, Known, Line, Pasted, ProfileAnswer, Verdict,
    advice::{Advice, Case},
    explanation::Outcome,
    profiles,
    record::Record,
};
use crate::{
    clock::Clock,
    config::Config,
    credential::{Carrier, Carriers, Credential, Forms, Misread, NotMine},
    error::{AuthError, Unverified},
    identity::Identity,
    judgement::Trace,
    strategy::Chain,
};

/// What a question to Better Auth may change there.
const ASKED: &str = "get_session asked Better Auth with disableRefresh=true, so that the session is not extended. Better Auth deletes a \
                     session that has expired when it is asked for it; with its customSession plugin before 1.6 it may extend one";

/// Explains credentials by the configuration and the chain of a service, which may be running: it notices nothing of it.
///
/// Two things are as for any request: published keys are fetched if they are unknown, and Better Auth itself may count the call of
/// get-session.
pub struct Explainer {
    config: Config,
    chain: Chain,
    clock: Clock,
}

/// What becomes of a credential.
struct Judged {
    credential: Option<Credential>,
    claims: Vec<Claim>,
    strategy: Option<&'static str>,
    outcome: Result<Option<Identity>, AuthError>,
}

impl Explainer {
    /// Judges by this chain, which was built from this configuration, as of the time of the clock.
    pub fn new(config: Config, chain: Chain, clock: Clock) -> Self {
        Self { config, chain, clock }
    }

    /// Explains a request.
    pub async fn explain_request(&self, pasted: Pasted) -> Explanation {
        let record = Arc::new(Record::default());
        let mut trace = Trace::default();
        trace.add(record.clone());
        let carriers = self.config.carriers();
        let judged = self.judge(&carriers, &pasted, &trace).await;
        let steps = record.take();
        let Judged { credential, claims, strategy, outcome } = judged;
        let mut remarks = pasted.remarks;
        remarks.extend(passed_over(&pasted.headers, credential.as_ref()));
        let known = outcome.as_ref().ok().and_then(Option::as_ref);
        if steps.iter().any(|line| line.what == "session at Better Auth") {
            remarks.push(ASKED.to_owned());
        }
        let case = Case {
            config: &self.config,
            carriers: &carriers,
            headers: &pasted.headers,
            method: &pasted.method,
            credential: credential.as_ref(),
            strategy,
            failed: steps.iter().rev().find(|line| line.outcome == Outcome::Failed),
            is_signed: steps.iter().any(|line| line.is_passed("signature")),
            now: self.clock.now(),
        };
        Explanation {
            read_as: pasted.read_as.clone(),
            judged_at: self.clock.now(),
            verdict: verdict(&case, &outcome),
            profiles: self.profiles(&pasted.method, &pasted.headers, &outcome).await,
            credential: credential.as_ref().map(Contents::of),
            identity: known.map(Known::of),
            strategies: claims,
            remarks,
            steps,
        }
    }

    async fn judge(&self, carriers: &Carriers, pasted: &Pasted, trace: &Trace) -> Judged {
        let unread = |outcome| Judged { credential: None, claims: Vec::new(), strategy: None, outcome };
        let credential = match carriers.read_traced(&pasted.method, &pasted.headers, trace) {
            Ok(Some(credential)) => credential.with_clock(self.clock).examined(),
            Ok(None) => return unread(Ok(None)),
            Err(Misread { error, .. }) => return unread(Err(error)),
        };
        let claimed: Vec<_> = self.chain.claims(&credential).collect();
        let judgement = self.chain.judge(&credential).await;
        let outcome = judgement.verdict.map(Some).map_err(AuthError::Unverified);
        let strategy = judgement.strategy;
        Judged { claims: claims(claimed, strategy), credential: Some(credential), strategy, outcome }
    }

    /// Profiles are stricter about origins than other routes.
    async fn profiles(
        &self,
        method: &http::Method,
        headers: &HeaderMap,
        outcome: &Result<Option<Identity>, AuthError>,
    ) -> Vec<ProfileAnswer> {
        let strict = self.config.carriers().with_strict_origins().read(method, headers);
        let misread = strict.err().map(|misread| misread.error);
        let caller = match &misread {
            Some(error) => Err(error),
            None => outcome.as_ref().map(Option::as_ref),
        };
        let mut answers = Vec::new();
        for profile in &self.config.forward_auth.profiles {
            answers.push(profiles::ask(profile, caller, self.clock.now()).await);
        }
        answers
    }
}

impl Known {
    fn of(identity: &Identity) -> Self {
        let session = identity.session.as_deref();
        Self {
            user_id: identity.user.id.clone(),
            role: identity.user.role.as_deref().map(Into::into),
            email_verified: identity.user.email_verified,
            session_id: session.and_then(|session| Some(session.id.as_deref()?.to_owned())),
            impersonated_by: session.and_then(|session| Some(session.impersonated_by.as_deref()?.to_owned())),
            expires_at: identity.expires_at,
        }
    }
}

impl Line {
    /// Whether this is the check of that name, failed.
    pub fn is_failed(&self, what: &str) -> bool {
        self.outcome == Outcome::Failed && self.what == what
    }

    fn is_passed(&self, what: &str) -> bool {
        self.outcome == Outcome::Passed && self.what == what
    }
}

/// Who claims it, and why the others do not; and who is not asked although it would.
fn claims(
    claimed: Vec<(&'static str, Forms, Result<(), NotMine>)>,
    decider: Option<&'static str>,
) -> Vec<Claim> {
    let mut is_decided = false;
    let claim = |(strategy, forms, claim): (&'static str, Forms, Result<(), NotMine>)| {
        let because = match (&claim, is_decided, decider) {
            (Err(reason), ..) => Some(format!("{reason}; it reads {}", in_words(forms))),
            (Ok(()), true, Some(decider)) => Some(format!("it is not asked, as {decider} has decided")),
            (Ok(()), ..) => None,
        };
        is_decided |= claim.is_ok() && decider == Some(strategy);
        Claim { strategy, claims: claim.is_ok(), because }
    };
    claimed.into_iter().map(claim).collect()
}

/// Forms with their carriers, those of one form together.
fn in_words(forms: Forms) -> String {
    let mut words: Vec<(&str, Vec<&str>)> = Vec::new();
    for (form, carrier) in forms.iter() {
        match words.iter_mut().find(|(name, _)| *name == form.name()) {
            Some((_, carriers)) => carriers.push(carrier.name()),
            None => words.push((form.name(), vec![carrier.name()])),
        }
    }
    if forms == Forms::of(crate::credential::Form::ALL, &[Carrier::Cookie]) {
        return "a session cookie with a cookie cache beside it".to_owned();
    }
    let words: Vec<_> =
        words.into_iter().map(|(form, carriers)| format!("{form} in {}", carriers.join(", "))).collect();
    words.join("; ")
}

/// Credentials that the request has as well and that nobody looks at.
fn passed_over(headers: &HeaderMap, credential: Option<&Credential>) -> Option<String> {
    let credential = credential?;
    let others = [
        (Carrier::Header, headers.contains_key("x-session-token")),
        (Carrier::ApiKey, headers.contains_key("x-api-key")),
        (Carrier::Cookie, headers.contains_key(header::COOKIE)),
    ];
    let others = others
        .into_iter()
        .filter(|(carrier, is_there)| *is_there && *carrier as u8 > credential.carrier() as u8);
    let names: Vec<_> = others.map(|(carrier, _)| carrier.name()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "the request has {} as well, which is not looked at: the first carrier present is the one that is judged, here {}",
            names.join(" and "),
            credential.carrier().name()
        )
    })
}

fn verdict(case: &Case<'_>, outcome: &Result<Option<Identity>, AuthError>) -> Verdict {
    let (name, error) = match outcome {
        Ok(Some(_)) => ("verified", None),
        Ok(None) => ("missing", Some(&AuthError::Missing)),
        Err(error) => (name(error), Some(error)),
    };
    let Advice { meaning, remedies } = match error {
        Some(error) => case.advice(error),
        None => Advice::verified(),
    };
    Verdict {
        outcome: name,
        status: error.map_or(200, profiles::status),
        cause: error.map(AuthError::cause),
        strategy: case.strategy,
        meaning,
        remedies,
    }
}

fn name(error: &AuthError) -> &'static str {
    match error {
        AuthError::Unverified(unverified) => match unverified.alone() {
            Unverified::Refused(_) | Unverified::PassedOver(_) => "refused",
            Unverified::Undecidable(_) => "undecidable",
        },
        AuthError::Missing => "missing",
        AuthError::Malformed(_) => "malformed",
        _ => "refused",
    }
}

#[cfg(test)]
mod tests;
