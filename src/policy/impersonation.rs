use chrono::{DateTime, Utc};

use super::{Decision, Policy};
use crate::{error::Denial, identity::Identity};

/// Callers who act for themselves: nobody whom an admin impersonates (Better Auth's admin plugin).
///
/// Only a session shows this. A JWT or a token of a shared secret may come from an impersonation as well, so it is denied.
#[derive(Clone, Copy, Debug, Default)]
pub struct NotImpersonated;

impl Policy for NotImpersonated {
    fn name(&self) -> &'static str {
        "not_impersonated"
    }

    async fn decide(&self, identity: &Identity, _: DateTime<Utc>) -> Decision {
        match &identity.session {
            Some(session) if session.impersonated_by.is_none() => Ok(()),
            Some(_) => Err(Denial::new("an admin acts as the user").into()),
            None => Err(Denial::new(
                "the credential has no session, so it does not say whether an admin acts as the user",
            )
            .into()),
        }
    }

    fn unregistered() -> Option<Self> {
        Some(Self)
    }
}
