//! Carriers, chain, limits and log behind one handle.

mod case;

use std::{collections::BTreeSet, net::IpAddr, sync::Arc};

use http::{Extensions, HeaderMap, Method};
use parking_lot::Mutex;

pub(crate) use self::case::Case;
use crate::{
    audit::Audit,
    clock::Clock,
    credential::Carriers,
    error::AuthError,
    identity::Identity,
    judgement::{Observer, Outcome, Subject, Trace},
    limit::{FailureLimit, Limiter, RouteLimits},
    policy::Policy,
    spawner::Spawner,
    strategy::Chain,
};

/// The one handle that an app holds. Cheap to clone; a Poem app installs it with `.data(authenticator)`.
#[derive(Clone)]
pub struct Authenticator(Arc<Inner>);

#[derive(Clone)]
pub(crate) struct Inner {
    carriers: Carriers,
    chain: Chain,
    user_limit: Option<Limiter<String>>,
    route_limits: Option<RouteLimits>,
    failure_limit: Option<FailureLimit>,
    /// Values by their types, each in an `Arc`.
    policies: Extensions,
    /// The policies without a value that the log has already named, by type.
    missing_policies: Arc<Mutex<BTreeSet<&'static str>>>,
    clock: Clock,
    audit: Audit,
    observers: Trace,
}

/// The parts of a request that a judgement depends on.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// Cookies need a trusted origin for unsafe methods.
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
            failure_limit: None,
            policies: Extensions::new(),
            missing_policies: Arc::default(),
            clock: Clock::System,
            audit: Audit::default(),
            observers: Trace::default(),
        }))
    }

    /// Holds each user to a limit, whichever addresses their requests come from.
    #[must_use]
    pub fn with_user_limit(self, limit: Limiter<String>) -> Self {
        self.with(|inner| inner.user_limit = Some(limit))
    }

    /// Holds each client address to a limit of failed authentications. Beyond it requests from there are rejected for a while,
    /// except with a cached credential or one that a secret or a known key [proves](crate::Standing::Proven) genuine.
    #[must_use]
    pub fn with_failure_limit(self, limit: impl Into<FailureLimit>) -> Self {
        self.with(|inner| inner.failure_limit = Some(limit.into()))
    }

    /// Shares the counts of [`RouteLimit`](crate::RouteLimit)s with every authenticator that was given the same value. By
    /// default each counts for itself.
    #[must_use]
    pub fn with_route_limits(self, limits: RouteLimits) -> Self {
        self.with(|inner| inner.route_limits = Some(limits))
    }

    /// Ignores the [`RouteLimit`](crate::RouteLimit)s of routes.
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

    /// Reads credentials with other carriers. Limits and all else stay shared with the original.
    #[must_use]
    pub fn with_carriers(self, carriers: Carriers) -> Self {
        self.with(|inner| inner.carriers = carriers)
    }

    /// Judges by this clock instead of the system's.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        self.with(|inner| inner.clock = clock)
    }

    /// Starts background tasks with this spawner.
    #[must_use]
    pub fn with_spawner(self, spawner: Spawner) -> Self {
        self.with(|inner| inner.audit = Audit::new(spawner))
    }

    /// Reports every step and every end to this observer, beside the log.
    #[must_use]
    pub fn with_observer(self, observer: impl Observer) -> Self {
        self.observed_by(Arc::new(observer))
    }

    /// The same, for an observer that also receives other events, such as requests to Better Auth.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        self.with(|inner| inner.observers.add(observer))
    }

    fn with(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// The caller; `None` only if no credential was presented. A presented credential is always judged.
    ///
    /// This is enough for routes that guests may use. Use [`Protection`](crate::Protection) if a policy or a limit applies as
    /// well.
    ///
    /// # Errors
    ///
    /// Every [`AuthError`] except [`AuthError::Missing`] and those of policies.
    pub async fn authenticate(&self, head: RequestHead<'_>) -> Result<Option<Identity>, AuthError> {
        let mut case = self.case(head, None);
        let outcome = case.identify().await;
        case.end(Outcome::of(outcome.as_ref().map(Option::as_ref)));
        outcome
    }

    /// A request; `known` is the caller that an outer layer has accepted.
    pub(crate) fn case<'a>(&'a self, head: RequestHead<'a>, known: Option<&'a Identity>) -> Case<'a> {
        Case::new(&self.0, head, known)
    }

    /// Logs one of the app's own refusals, such as a bad webhook signature, in the log of refused credentials and within its
    /// bounds. Returns the same error.
    #[must_use]
    pub fn refused(&self, error: AuthError, client: Option<IpAddr>) -> AuthError {
        self.0.ended(Outcome::TurnedAway(&error), &Subject { client, ..Subject::default() });
        error
    }
}

impl Inner {
    /// The app's value of a policy.
    fn policy<P: Policy>(&self) -> Option<&P> {
        self.policies.get::<Arc<P>>().map(|policy| &**policy)
    }

    fn ended(&self, outcome: Outcome<'_>, subject: &Subject<'_>) {
        self.audit.ended(outcome, subject);
        self.observers.ended(outcome, subject);
    }
}
