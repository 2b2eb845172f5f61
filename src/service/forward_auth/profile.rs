use super::identity_headers::IdentityHeaders;
use crate::{
    clock::Clock,
    config::{self, AssertionHeader},
    error::AuthError,
    identity::Identity,
    policy::AnyPolicy,
    protection::Protection,
    service::assertion::Assertions,
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

    /// What the proxy learns of a request, if it may pass: its caller satisfies all that is required, or is a guest who may pass.
    pub async fn answer(
        &self,
        protection: &Protection<'_>,
        clock: Clock,
    ) -> Result<IdentityHeaders, AuthError> {
        protection.authorize_then(&self.require, None, |caller| self.headers(caller, clock)).await
    }

    /// Without an assertion that it needs, the request may not pass: the API would refuse it.
    fn headers(&self, caller: Option<&Identity>, clock: Clock) -> Result<IdentityHeaders, AuthError> {
        if caller.is_none() && !self.optional {
            return Err(AuthError::Missing);
        }
        let minted =
            caller.zip(self.assertion.as_ref()).map(|(caller, Assertion { assertions, audience })| {
                assertions.assertion(caller, audience, clock.now())
            });
        Ok(IdentityHeaders::new(caller, minted.transpose()?, self.assertion_header))
    }
}

#[cfg(test)]
mod tests;
