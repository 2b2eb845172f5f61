use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Decision, Policy};
use crate::{error::Denial, identity::Identity};

/// Synchronized clocks differ by less.
const SKEW: TimeDelta = TimeDelta::minutes(2);

/// Callers who signed in not long ago: their session began within this time. Using or extending a session does not make it
/// fresh again, as with Better Auth's own `freshAge`.
///
/// A credential without a session, such as a JWT, does not say when the user signed in, so it is denied.
///
/// ```
/// use std::time::Duration;
///
/// use better_auth_verifier::{Authenticator, Carriers, Chain, Fresh};
///
/// // For handlers that take `Authenticated<Fresh>`.
/// let authenticator = Authenticator::new(Carriers::default(), Chain::default())
///     .with_policy(Fresh::within(Duration::from_secs(3600)));
/// ```
#[derive(Clone, Debug)]
pub struct Fresh {
    name: String,
    age: Duration,
}

impl Fresh {
    /// Sessions younger than this.
    #[must_use]
    pub fn within(age: Duration) -> Self {
        Self { name: format!("fresh:{age:?}"), age }
    }
}

impl Policy for Fresh {
    fn name(&self) -> &str {
        &self.name
    }

    async fn decide(&self, identity: &Identity, now: DateTime<Utc>) -> Decision {
        let created_at = identity.session.as_ref().and_then(|session| session.created_at);
        let Some(created_at) = created_at else {
            return Err(Denial::new("the credential does not say when its session began").into());
        };
        let age = now - created_at;
        if age < -SKEW {
            return Err(Denial::new(
                "the session begins in the future: the clocks differ, or session_table.time_zone is wrong",
            )
            .into());
        }
        // One that begins a moment from now is as young as can be.
        if age.to_std().unwrap_or_default() < self.age {
            return Ok(());
        }
        Err(Denial::new(format!("the session began {} s ago", age.num_seconds())).into())
    }
}
