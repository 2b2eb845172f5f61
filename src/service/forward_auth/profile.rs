use chrono::{DateTime, Utc};

use super::verdict::Verdict;
use crate::{
    assertion::Assertions,
    config::{self, AssertionHeader},
    error::{AuthError, Unverified},
    identity::Identity,
    policy::AnyPolicy,
    protection::Protection,
};

/// What a proxy may ask under one name.
pub struct Profile {
    pub name: String,
    /// What a caller has to satisfy, all of it.
    require: Vec<AnyPolicy>,
    /// Whether guests pass.
    optional: bool,
    /// What the API behind the proxy is given beside the headers, if anything.
    assertion: Option<Assertion>,
    assertion_header: AssertionHeader,
}

/// What mints assertions, and for whom.
struct Assertion {
    assertions: Assertions,
    audience: String,
}

impl Profile {
    /// As configured. `assertions` are there if any profile needs them.
    pub fn new(profile: &config::Profile, assertions: Option<&Assertions>) -> Self {
        let config::Profile { name, require, optional, audience, assertion_header } = profile;
        let assertion = audience.clone().zip(assertions.cloned());
        Self {
            name: name.clone(),
            require: require.iter().map(|requirement| requirement.policy.clone()).collect(),
            optional: *optional,
            assertion: assertion.map(|(audience, assertions)| Assertion { assertions, audience }),
            assertion_header: *assertion_header,
        }
    }

    /// The caller of a request, if they satisfy all that is required; `None` is a guest who may pass.
    pub async fn authorize(&self, protection: &Protection<'_>) -> Result<Option<Identity>, AuthError> {
        if self.optional {
            return protection.authorize_optional(&self.require, None).await;
        }
        protection.authorize_by(&self.require, None).await.map(Some)
    }

    /// What the proxy learns of a request that may pass. Without a key for the assertion it may not: the API would refuse it.
    pub fn verdict(&self, identity: Option<&Identity>, now: DateTime<Utc>) -> Result<Verdict, AuthError> {
        let minted =
            identity.zip(self.assertion.as_ref()).map(|(identity, Assertion { assertions, audience })| {
                assertions.assertion(identity, audience, now)
            });
        let assertion = minted.transpose().map_err(Unverified::Undecidable)?;
        Ok(Verdict::new(identity, assertion, self.assertion_header))
    }
}
