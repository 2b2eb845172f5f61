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

struct Inner {
    carriers: Carriers,
    chain: Chain,
    user_limit: Option<Limiter<String>>,
    audit: Audit,
}

/// The parts of a request that a judgement depends on.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
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
        Self::with_user_limit(carriers, chain, None)
    }

    /// As [`Authenticator::new`], with a limit for each user.
    #[must_use]
    pub fn with_user_limit(carriers: Carriers, chain: Chain, user_limit: Option<Limiter<String>>) -> Self {
        Self(Arc::new(Inner { carriers, chain, user_limit, audit: Audit::default() }))
    }

    /// Who is calling; `None` only when nothing was presented. What is presented is always judged.
    ///
    /// # Errors
    ///
    /// Everything but [`AuthError::Missing`] and [`AuthError::Denied`].
    pub async fn authenticate(&self, presented: Presented<'_>) -> Result<Option<Identity>, AuthError> {
        let subject = Subject { client: presented.client, ..Subject::default() };
        let credential = match self.0.carriers.read(presented.method, presented.headers) {
            Ok(Some(credential)) => credential.with_client(presented.client),
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

    /// Who is calling, if policy `P` lets them pass.
    ///
    /// # Errors
    ///
    /// Any [`AuthError`].
    pub async fn authorize<P: Policy>(&self, presented: Presented<'_>) -> Result<Identity, AuthError> {
        let subject = Subject { client: presented.client, ..Subject::default() };
        match self.authenticate(presented).await? {
            Some(identity) if P::permits(&identity) => Ok(identity),
            Some(identity) => {
                let subject = Subject { strategy: Some(identity.strategy), ..subject };
                Err(self.log(AuthError::Denied { policy: P::NAME }, subject))
            }
            None => Err(self.log(AuthError::Missing, subject)),
        }
    }

    fn log(&self, error: AuthError, subject: Subject<'_>) -> AuthError {
        self.0.audit.failed(&error, subject);
        error
    }
}
