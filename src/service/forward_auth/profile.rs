use crate::{
    authenticator::{Authenticator, RequestHead},
    config,
    error::AuthError,
    identity::Identity,
    policy::AnyUser,
};

/// What a proxy may ask under one name.
pub struct Profile(config::Profile);

impl Profile {
    pub fn new(profile: config::Profile) -> Self {
        Self(profile)
    }

    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The caller, if they satisfy all that is required. Guests pass where the profile says so.
    pub async fn permit(
        &self,
        authenticator: &Authenticator,
        identity: Option<Identity>,
        head: RequestHead<'_>,
    ) -> Result<Option<Identity>, AuthError> {
        if identity.is_none() && self.0.optional {
            return Ok(None);
        }
        let mut identity = authenticator.permit(identity, head, &AnyUser).await?;
        for requirement in &self.0.require {
            identity = authenticator.permit(Some(identity), head, &requirement.policy).await?;
        }
        Ok(Some(identity))
    }
}
