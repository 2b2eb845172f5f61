use crate::{config, error::AuthError, identity::Identity, policy::AnyPolicy, protection::Protection};

/// What a proxy may ask under one name.
pub struct Profile {
    pub name: String,
    /// What a caller has to satisfy, all of it.
    require: Vec<AnyPolicy>,
    /// Whether guests pass.
    optional: bool,
}

impl Profile {
    pub fn new(config::Profile { name, require, optional, .. }: &config::Profile) -> Self {
        let policies = require.iter().map(|requirement| requirement.policy.clone());
        Self { name: name.clone(), require: policies.collect(), optional: *optional }
    }

    /// The caller of a request, if they satisfy all that is required; `None` is a guest who may pass.
    pub async fn authorize(&self, protection: &Protection<'_>) -> Result<Option<Identity>, AuthError> {
        if self.optional {
            return protection.authorize_optional(&self.require, None).await;
        }
        protection.authorize_by(&self.require, None).await.map(Some)
    }
}
