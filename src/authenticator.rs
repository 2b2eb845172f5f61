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
    /// The types of policies that have no value, which the log has named.
    missing_policies: Arc<Mutex<BTreeSet<&'static str>>>,
    clock: Clock,
    audit: Audit,
    observers: Trace,
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

    /// Holds each client address to a limit of failed authentications: beyond it nothing from there is judged for a while, but
    /// what is remembered, and what a secret or a known key [proves](crate::Standing::Proven) to be genuine.
    #[must_use]
    pub fn with_failure_limit(self, limit: impl Into<FailureLimit>) -> Self {
        self.with(|inner| inner.failure_limit = Some(limit.into()))
    }

    /// Counts what routes declare as their [`RouteLimit`](crate::RouteLimit) together with others that were given the same. By
    /// default it counts for itself.
    #[must_use]
    pub fn with_route_limits(self, limits: RouteLimits) -> Self {
        self.with(|inner| inner.route_limits = Some(limits))
    }

    /// Passes over what routes declare as their [`RouteLimit`](crate::RouteLimit).
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

    /// Starts what goes on in the background with this spawner.
    #[must_use]
    pub fn with_spawner(self, spawner: Spawner) -> Self {
        self.with(|inner| inner.audit = Audit::new(spawner))
    }

    /// Tells this observer of every step and of every end, beside the log.
    #[must_use]
    pub fn with_observer(self, observer: impl Observer) -> Self {
        self.observed_by(Arc::new(observer))
    }

    /// The same for an observer that hears of other things as well, such as requests to Better Auth.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        self.with(|inner| inner.observers.add(observer))
    }

    fn with(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// Who is calling; `None` only when nothing was presented. What is presented is always judged.
    ///
    /// That is all that a request needs which guests may make, too. [`Protection`](crate::Protection) is for those that a policy
    /// or a limit decides as well.
    ///
    /// # Errors
    ///
    /// Everything but [`AuthError::Missing`] and what comes of a policy.
    pub async fn authenticate(&self, head: RequestHead<'_>) -> Result<Option<Identity>, AuthError> {
        let mut case = self.case(head, None);
        let outcome = case.identify().await;
        case.end(Outcome::of(outcome.as_ref().map(Option::as_ref)));
        outcome
    }

    /// A request; `known` is the caller whom an outer layer has let pass.
    pub(crate) fn case<'a>(&'a self, head: RequestHead<'a>, known: Option<&'a Identity>) -> Case<'a> {
        Case::new(&self.0, head, known)
    }

    /// Logs a refusal of the app's own, such as that of a webhook's signature, as one line among those of credentials and
    /// bounded like them. Answers with the same error.
    #[must_use]
    pub fn refused(&self, error: AuthError, client: Option<IpAddr>) -> AuthError {
        self.0.ended(Outcome::TurnedAway(&error), &Subject { client, ..Subject::default() });
        error
    }
}

impl Inner {
    /// The value that the app has given to a policy.
    fn policy<P: Policy>(&self) -> Option<&P> {
        self.policies.get::<Arc<P>>().map(|policy| &**policy)
    }

    fn ended(&self, outcome: Outcome<'_>, subject: &Subject<'_>) {
        self.audit.ended(outcome, subject);
        self.observers.ended(outcome, subject);
    }
}
