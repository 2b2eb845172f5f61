use std::{
    any::type_name,
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind},
};

use http::{HeaderMap, header};

use super::{Inner, RequestHead};
use crate::{
    credential::{Carrier, Credential, Misread},
    error::{AuthError, Limited, Unverified},
    identity::Identity,
    judgement::{Outcome, Step, Subject},
    limit::Rate,
    policy::{AnyPolicy, Policy, Unpermitted},
    strategy::{Proof, Standing},
};

/// One request, and what is known of it at its end. It is logged only then, so that each request makes one line. A request
/// dropped before its end was abandoned.
pub struct Case<'a> {
    authenticator: &'a Inner,
    head: RequestHead<'a>,
    /// The caller that an outer layer has accepted.
    known: Option<&'a Identity>,
    credential: Option<Credential>,
    carrier: Option<Carrier>,
    cookie: Option<String>,
    /// The strategy that decided, or that vouched for the caller.
    strategy: Option<&'static str>,
    has_ended: bool,
}

impl<'a> Case<'a> {
    pub fn new(authenticator: &'a Inner, head: RequestHead<'a>, known: Option<&'a Identity>) -> Self {
        Self {
            authenticator,
            head,
            known,
            credential: None,
            carrier: None,
            cookie: None,
            strategy: None,
            has_ended: false,
        }
    }

    /// The caller; `None` is a guest. A caller that an outer layer has found is not judged again.
    pub async fn identify(&mut self) -> Result<Option<Identity>, AuthError> {
        if let Some(known) = self.known {
            self.strategy = Some(known.strategy);
            return Ok(Some(known.clone()));
        }
        let Some(credential) = self.read()? else {
            self.authenticator.look_for_mistakes(self.head.headers);
            return Ok(None);
        };
        let credential = &*self.credential.insert(credential);
        let proof = self.authenticator.admit(credential).await?;
        let judgement = self.authenticator.chain.judge(credential).await;
        self.strategy = judgement.strategy;
        let identity = judgement.verdict.map_err(|unverified| self.failed(unverified.into(), proof))?;
        if let Some(limit) = &self.authenticator.user_limit {
            limit.acquire(&identity.user.id).map_err(AuthError::Limited)?;
        }
        self.strategy = Some(identity.strategy);
        Ok(Some(identity))
    }

    fn read(&mut self) -> Result<Option<Credential>, AuthError> {
        let Inner { carriers, clock, observers, .. } = self.authenticator;
        let RequestHead { method, headers, client } = self.head;
        let Misread { error, carrier, cookie } = match carriers.read_traced(method, headers, observers) {
            Ok(credential) => {
                return Ok(credential.map(|read| read.with_client(client).with_clock(*clock)));
            }
            Err(misread) => misread,
        };
        (self.carrier, self.cookie) = (Some(carrier), cookie);
        if let (AuthError::Unverified(_), Err(limited)) = (&error, self.authenticator.over_limit(client)) {
            observers.step(|| Step::FailureLimited);
            return Err(AuthError::Limited(limited));
        }
        Err(self.failed(error, None))
    }

    /// Counts a failure caused by the client. `proof` is that of a credential judged although its client is over the limit of
    /// failures.
    fn failed(&self, error: AuthError, proof: Option<Proof>) -> AuthError {
        let counts = match &error {
            AuthError::Unverified(Unverified::Refused(_)) => true,
            AuthError::Unverified(Unverified::Undecidable(reason)) => reason.is_about_value(),
            _ => false,
        };
        if let (true, Some(failure_limit), Some(client)) =
            (counts, &self.authenticator.failure_limit, self.head.client)
        {
            match proof {
                Some(proof) => failure_limit.count_proven(client, proof),
                None => failure_limit.count(client),
            }
        }
        error
    }

    /// Lets a caller pass if policy `P` permits: with the app's value of it, or its only one.
    pub async fn permit_as<P: Policy>(&self, identity: &Identity) -> Result<(), AuthError> {
        if let Some(policy) = self.authenticator.policy::<P>() {
            return self.permit_one(identity, policy).await;
        }
        let Some(policy) = P::unregistered() else {
            let policy = type_name::<P>();
            let error = AuthError::MissingPolicy(policy);
            // Once per type: every request has the same fault.
            if self.authenticator.missing_policies.lock().insert(policy) {
                tracing::error!("{error}");
            }
            return Err(error);
        };
        self.permit_one(identity, &policy).await
    }

    /// Lets a caller pass if all these policies permit. The first that does not permit decides.
    pub async fn permit(&self, identity: &Identity, policies: &[AnyPolicy]) -> Result<(), AuthError> {
        for policy in policies {
            self.permit_one(identity, policy).await?;
        }
        Ok(())
    }

    async fn permit_one<P: Policy>(&self, identity: &Identity, policy: &P) -> Result<(), AuthError> {
        let observers = &self.authenticator.observers;
        let began = observers.begin_decision();
        let decision = policy.decide(identity, self.authenticator.clock.now()).await;
        observers.step(|| Step::PolicyDecided {
            policy: policy.name(),
            decision: &decision,
            took: began.map(|began| began.elapsed()),
        });
        decision.map_err(|unpermitted| {
            let policy = policy.name().to_owned();
            match unpermitted {
                Unpermitted::Denied(denial) => AuthError::Denied { policy, denial },
                Unpermitted::Undecidable(reason) => AuthError::Undecided { policy, reason },
            }
        })
    }

    /// Lets a caller pass within the limit of a route.
    pub fn limit(&self, identity: &Identity, rate: Option<Rate>) -> Result<(), AuthError> {
        let (Some(rate), Some(limits)) = (rate, &self.authenticator.route_limits) else { return Ok(()) };
        limits.acquire(rate, &identity.user.id).map_err(AuthError::Limited)
    }

    /// Reports how the request ended. For a caller that an outer layer has accepted, it reports only a rejection here.
    pub fn end(&mut self, outcome: Outcome<'_>) {
        self.has_ended = true;
        if self.known.is_some() && !matches!(outcome, Outcome::TurnedAway(_)) {
            return;
        }
        let subject = Subject {
            strategy: self.strategy,
            carrier: self.carrier,
            cookie: self.cookie.as_deref(),
            client: self.head.client,
            ..Subject::default()
        };
        let subject = self.credential.as_ref().map_or(subject, |credential| subject.of(credential));
        self.authenticator.ended(outcome, &subject);
    }
}

impl Drop for Case<'_> {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        // The request may have been abandoned because something panicked: an observer that panics as well would then end the whole
        // process.
        if catch_unwind(AssertUnwindSafe(|| self.end(Outcome::Abandoned))).is_err() {
            tracing::error!("an observer panicked while it received an abandoned request");
        }
    }
}

impl Inner {
    /// A guest with a session cookie of another name is most likely a signed-in user.
    fn look_for_mistakes(&self, headers: &HeaderMap) {
        if !headers.contains_key(header::COOKIE) {
            return;
        }
        let unread = self.carriers.unread_session_cookies(headers);
        if !unread.is_empty() {
            self.audit.found_nothing(&unread, self.carriers.session_cookies());
        }
    }

    /// Whether a credential is judged, although its client may be over the limit of failures. Returns the proof if that is the
    /// reason: failing on purpose must not shut out others at the same address.
    async fn admit(&self, credential: &Credential) -> Result<Option<Proof>, AuthError> {
        let client = credential.client();
        let Err(limited) = self.over_limit(client) else { return Ok(None) };
        credential.trace().step(|| Step::FailureLimited);
        // Boxed, so that not every request makes room for this future.
        let standing = Box::pin(self.chain.standing(credential)).await;
        match (standing, &self.failure_limit, client) {
            (Standing::Remembered, ..) => Ok(None),
            (Standing::Proven(proof), Some(failure_limit), Some(client)) => {
                let admitted = failure_limit.ensure_admits_proven(client, proof);
                admitted.map(|()| Some(proof)).map_err(AuthError::Limited)
            }
            _ => Err(AuthError::Limited(limited)),
        }
    }

    /// Ensures that the client has not failed too often.
    fn over_limit(&self, client: Option<IpAddr>) -> Result<(), Limited> {
        let (Some(failure_limit), Some(client)) = (&self.failure_limit, client) else { return Ok(()) };
        failure_limit.ensure_admits(client)
    }
}
