//! Carriers, chain, limit and log behind one handle.

use std::{net::IpAddr, sync::Arc};

use http::{HeaderMap, Method};

use crate::{
    audit::{Audit, Subject},
    credential::Carriers,
    error::AuthError,
    identity::Identity,
    limit::Limiter,
    policy::Policy,
    strategy::Chain,
};

/// The one handle that an app holds. Cheap to clone; a Poem app installs it with `.data(authenticator)`.
#[derive(Clone)]
pub struct Authenticator(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    carriers: Carriers,
    chain: Chain,
    user_limit: Option<Arc<Limiter<String>>>,
    audit: Audit,
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
        Self(Arc::new(Inner { carriers, chain, user_limit: None, audit: Audit::default() }))
    }

    /// Holds each user to a limit, whichever addresses their requests come from.
    #[must_use]
    pub fn with_user_limit(self, limit: Limiter<String>) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.user_limit = Some(Arc::new(limit));
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
            Ok(Some(credential)) => credential.with_client(head.client),
            Ok(None) => return Ok(None),
            Err(error) => return Err(self.log(error, subject)),
        };
        let judgement = self.0.chain.judge(&credential).await;
        let subject = Subject { strategy: judgement.strategy, credential: Some(&credential), ..subject };
        let identity = judgement.verdict.map_err(|error| self.log(error.into(), subject))?;
        if let Some(limit) = &self.0.user_limit {
            limit
                .check(&identity.user.id)
                .map_err(|limited| self.log(AuthError::Limited(limited), subject))?;
        }
        Audit::verified(&identity, subject);
        Ok(Some(identity))
    }

    /// Lets the caller of a request pass if policy `P` does.
    ///
    /// # Errors
    ///
    /// [`AuthError::Missing`] or [`AuthError::Denied`].
    pub fn permit<P: Policy>(
        &self,
        identity: Option<Identity>,
        head: RequestHead<'_>,
    ) -> Result<Identity, AuthError> {
        let subject = Subject { client: head.client, ..Subject::default() };
        let Some(identity) = identity else { return Err(self.log(AuthError::Missing, subject)) };
        if P::permits(&identity) {
            return Ok(identity);
        }
        let subject = Subject { strategy: Some(identity.strategy), ..subject };
        Err(self.log(AuthError::Denied { policy: P::NAME }, subject))
    }

    fn log(&self, error: AuthError, subject: Subject<'_>) -> AuthError {
        self.0.audit.failed(&error, subject);
        error
    }
}
