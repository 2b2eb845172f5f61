use std::{fmt, pin::Pin, sync::Arc};

use chrono::{DateTime, Utc};

use super::{Decision, Policy};
use crate::identity::Identity;

/// Object-safe twin of [`Policy`].
trait DynPolicy: Send + Sync {
    fn name_dyn(&self) -> &str;
    fn decide_dyn<'a>(
        &'a self,
        identity: &'a Identity,
        now: DateTime<Utc>,
    ) -> Pin<Box<dyn Future<Output = Decision> + Send + 'a>>;
}

impl<P: Policy> DynPolicy for P {
    fn name_dyn(&self) -> &str {
        self.name()
    }

    fn decide_dyn<'a>(
        &'a self,
        identity: &'a Identity,
        now: DateTime<Utc>,
    ) -> Pin<Box<dyn Future<Output = Decision> + Send + 'a>> {
        Box::pin(self.decide(identity, now))
    }
}

/// Any policy, for choices that a configuration makes. Cheap to clone.
///
/// ```
/// use std::collections::HashMap;
///
/// use better_auth_verifier::{Admin, AnyPolicy, HasRole, VerifiedEmail};
///
/// let known: HashMap<&str, AnyPolicy> = HashMap::from([
///     ("admin", AnyPolicy::new(HasRole::<Admin>::default())),
///     ("verified_email", AnyPolicy::new(VerifiedEmail)),
/// ]);
/// ```
#[derive(Clone)]
pub struct AnyPolicy(Arc<dyn DynPolicy>);

impl AnyPolicy {
    /// That policy.
    pub fn new(policy: impl Policy) -> Self {
        Self(Arc::new(policy))
    }
}

impl fmt::Debug for AnyPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Policy for AnyPolicy {
    fn name(&self) -> &str {
        self.0.name_dyn()
    }

    async fn decide(&self, identity: &Identity, now: DateTime<Utc>) -> Decision {
        self.0.decide_dyn(identity, now).await
    }
}
