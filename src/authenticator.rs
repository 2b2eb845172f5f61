//! Carriers, chain, limits and log behind one handle.

use std::{any::type_name, net::IpAddr, sync::Arc};

use http::{Extensions, HeaderMap, Method};

use crate::{
    audit::Audit,
    clock::Clock,
    credential::{Carriers, Credential, Misread},
    error::{AuthError, Limited, Unverified},
    identity::Identity,
    judgement::{Observer, Subject},
    limit::{FailureLimit, Limiter, RouteLimit, RouteLimits},
    policy::{Policy, Unpermitted},
    spawner::Spawner,
    strategy::{Chain, Proof, Standing},
};

/// The one handle that an app holds. Cheap to clone; a Poem app installs it with `.data(authenticator)`.
#[derive(Clone)]
pub struct Authenticator(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    carriers: Carriers,
    chain: Chain,
    user_limit: Option<Limiter<String>>,
    route_limits: Option<RouteLimits>,
    failures: Option<FailureLimit>,
    /// Values by their types, each in an `Arc`.
    policies: Extensions,
    clock: Clock,
    audit: Audit,
    observers: Vec<Arc<dyn Observer>>,
}

/// The parts of a request that a judgement depends on.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// Unsafe methods ask more of a cookie.
    pub method: &'a Method,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The client's address, where it is known.
    pub client: Option<IpAddr>,
}

impl Authenticator {
    /// Reads credentials with `carriers` and judges them by `chain`.
    #[must_use]
    pub fn new(carriers: Carriers, chain: Chain) -> Self {
        Self(Arc::new(Inner {
            carriers,
            chain,
            user_limit: None,
            route_limits: Some(RouteLimits::default()),
            failures: None,
            policies: Extensions::new(),
            clock: Clock::System,
            audit: Audit::default(),
            observers: Vec::new(),
        }))
    }

    /// Holds each user to a limit, whichever addresses their requests come from.
    #[must_use]
    pub fn with_user_limit(self, limit: Limiter<String>) -> Self {
        self.with(|inner| inner.user_limit = Some(limit))
    }

    /// Holds each client address to a limit of failed authentications: beyond it nothing from there is judged for a while, but
    /// what is remembered, and what a secret or a known key [proves](Standing::Proven) to be genuine.
    #[must_use]
    pub fn with_failure_limit(self, limit: impl Into<FailureLimit>) -> Self {
        self.with(|inner| inner.failures = Some(limit.into()))
    }

    /// Counts what routes declare as their [`RouteLimit`] together with others that were given the same. By default it counts for
    /// itself.
    #[must_use]
    pub fn with_route_limits(self, limits: RouteLimits) -> Self {
        self.with(|inner| inner.route_limits = Some(limits))
    }

    /// Passes over what routes declare as their [`RouteLimit`].
    #[must_use]
    pub fn without_route_limits(self) -> Self {
        self.with(|inner| inner.route_limits = None)
    }

    /// Gives a policy its value. Routes name it by its type: `Authenticated<P>`. Another value of the same type replaces it.
    #[must_use]
    pub fn with_policy<P: Policy>(self, policy: P) -> Self {
        self.with(|inner| {
            inner.policies.insert(Arc::new(policy));
        })
    }

    /// Judges by this clock instead of the system's.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        self.with(|inner| inner.clock = clock)
    }

    /// Starts what goes on in the background with this spawner.
    #[must_use]
    pub fn with_spawner(self, spawner: Spawner) -> Self {
        self.with(|inner| inner.audit = Audit::new(spawner))
    }

    /// Tells this observer of every step and of every end, beside the log.
    #[must_use]
    pub fn with_observer(self, observer: impl Observer) -> Self {
        self.with(|inner| inner.observers.push(Arc::new(observer)))
    }

    fn with(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// Who is calling; `None` only when nothing was presented. What is presented is always judged.
    ///
    /// # Errors
    ///
    /// Everything but [`AuthError::Missing`] and [`AuthError::Denied`].
    pub async fn authenticate(&self, head: RequestHead<'_>) -> Result<Option<Identity>, AuthError> {
        let subject = Subject { client: head.client, ..Subject::default() };
        let credential = match self.0.carriers.read(head.method, head.headers) {
            Ok(Some(credential)) => self.observed(credential.with_client(head.client)),
            Ok(None) => return Ok(None),
            Err(Misread { error, carrier, cookie }) => {
                let subject = Subject { carrier: Some(carrier), cookie: cookie.as_deref(), ..subject };
                if let AuthError::Unverified(_) = error {
                    self.check_failures(subject)?;
                }
                return Err(self.failed(error, subject, None));
            }
        };
        let subject = subject.of(&credential);
        let proof = self.admit(&credential, subject).await?;
        let judgement = self.0.chain.judge(&credential).await;
        let subject = Subject { strategy: judgement.strategy, ..subject };
        let identity = judgement.verdict.map_err(|error| self.failed(error.into(), subject, proof))?;
        if let Some(limit) = &self.0.user_limit {
            limit
                .check(&identity.user.id)
                .map_err(|limited| self.log(AuthError::Limited(limited), subject))?;
        }
        self.ended(Ok(&identity), &subject);
        Ok(Some(identity))
    }

    fn observed(&self, credential: Credential) -> Credential {
        let credential = credential.with_clock(self.0.clock);
        let observers = self.0.observers.iter().cloned();
        observers.fold(credential, Credential::observed_by)
    }

    /// Whether a credential is judged, although its client may have failed too often. Answers with what is proven, if that is
    /// why: a stranger who fails on purpose must not shut out those who share their address.
    async fn admit(&self, credential: &Credential, subject: Subject<'_>) -> Result<Option<Proof>, AuthError> {
        let Err(limited) = self.over_limit(subject.client) else { return Ok(None) };
        // Boxed: every other request would carry its room.
        let standing = Box::pin(self.0.chain.standing(&credential.unobserved())).await;
        match (standing, &self.0.failures, subject.client) {
            (Standing::Remembered, ..) => Ok(None),
            (Standing::Proven(proof), Some(failures), Some(client)) => {
                let checked = failures.check_proven(client, proof);
                checked
                    .map(|()| Some(proof))
                    .map_err(|limited| self.log(AuthError::Limited(limited), subject))
            }
            _ => Err(self.log(AuthError::Limited(limited), subject)),
        }
    }

    /// Whether anything from there is judged at all: it may have failed too often.
    fn check_failures(&self, subject: Subject<'_>) -> Result<(), AuthError> {
        self.over_limit(subject.client).map_err(|limited| self.log(AuthError::Limited(limited), subject))
    }

    fn over_limit(&self, client: Option<IpAddr>) -> Result<(), Limited> {
        let (Some(failures), Some(client)) = (&self.0.failures, client) else { return Ok(()) };
        failures.check(client)
    }

    /// Logs a refusal of the app's own, such as that of a webhook's signature, as one line among those of credentials and
    /// bounded like them. Answers with the same error.
    #[must_use]
    pub fn refused(&self, error: AuthError, client: Option<IpAddr>) -> AuthError {
        self.log(error, Subject { client, ..Subject::default() })
    }

    /// Counts what is the client's own failure, and logs whatever it was. `proof` is what was judged although the client had
    /// failed too often.
    fn failed(&self, error: AuthError, subject: Subject<'_>, proof: Option<Proof>) -> AuthError {
        let counts = match &error {
            AuthError::Unverified(Unverified::Refused(_)) => true,
            AuthError::Unverified(Unverified::Undecidable(reason)) => reason.is_about_value(),
            _ => false,
        };
        if let (true, Some(failures), Some(client)) = (counts, &self.0.failures, subject.client) {
            match proof {
                Some(proof) => failures.count_proven(client, proof),
                None => failures.count(client),
            }
        }
        self.log(error, subject)
    }

    /// Lets a known caller pass as often as route limit `L` says.
    ///
    /// # Errors
    ///
    /// [`AuthError::Limited`].
    pub fn limit<L: RouteLimit>(&self, identity: &Identity, head: RequestHead<'_>) -> Result<(), AuthError> {
        let (Some(rate), Some(limits)) = (L::RATE, &self.0.route_limits) else { return Ok(()) };
        limits.check(rate, &identity.user.id).map_err(|limited| {
            let strategy = Some(identity.strategy);
            let subject = Subject { strategy, client: head.client, ..Subject::default() };
            self.log(AuthError::Limited(limited), subject)
        })
    }

    /// Lets the caller of a request pass if this policy does.
    ///
    /// # Errors
    ///
    /// [`AuthError::Missing`], [`AuthError::Denied`] or [`AuthError::Undecided`].
    pub async fn permit<P: Policy>(
        &self,
        identity: Option<Identity>,
        head: RequestHead<'_>,
        policy: &P,
    ) -> Result<Identity, AuthError> {
        let subject = Subject { client: head.client, ..Subject::default() };
        let Some(identity) = identity else { return Err(self.log(AuthError::Missing, subject)) };
        let Err(unpermitted) = policy.decide(&identity).await else { return Ok(identity) };
        let name = policy.name().to_owned();
        let error = match unpermitted {
            Unpermitted::Denied(denial) => AuthError::Denied { policy: name, denial },
            Unpermitted::Undecidable(reason) => AuthError::Undecided { policy: name, reason },
        };
        Err(self.log(error, Subject { strategy: Some(identity.strategy), ..subject }))
    }

    /// The same with the value that the app has given to policy `P`, or the only one there is, where `P` is a
    /// [`Rule`](crate::Rule).
    ///
    /// # Errors
    ///
    /// As [`permit`](Self::permit), and [`AuthError::MissingPolicy`].
    pub async fn permit_as<P: Policy>(
        &self,
        identity: Option<Identity>,
        head: RequestHead<'_>,
    ) -> Result<Identity, AuthError> {
        let subject = Subject { client: head.client, ..Subject::default() };
        if identity.is_none() {
            return Err(self.log(AuthError::Missing, subject));
        }
        if let Some(policy) = self.0.policies.get::<Arc<P>>() {
            return self.permit(identity, head, &**policy).await;
        }
        let Some(policy) = P::unregistered() else {
            let error = AuthError::MissingPolicy(type_name::<P>());
            tracing::error!("{error}");
            return Err(self.log(error, subject));
        };
        self.permit(identity, head, &policy).await
    }

    fn log(&self, error: AuthError, subject: Subject<'_>) -> AuthError {
        self.ended(Err(&error), &subject);
        error
    }

    fn ended(&self, outcome: Result<&Identity, &AuthError>, subject: &Subject<'_>) {
        self.0.audit.ended(outcome, subject);
        for observer in &self.0.observers {
            observer.ended(outcome, subject);
        }
    }
}
