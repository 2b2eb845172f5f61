use chrono::{DateTime, Utc};

use super::{Decision, Policy};
use crate::{error::Denial, identity::Identity};

/// A [`Policy`] without data, which decides by the identity alone. Used as a type, it needs no registration:
/// `Authenticated<Staff>`.
///
/// ```
/// use better_auth_verifier::{Identity, Rule};
///
/// /// Staff: a verified address of the company.
/// #[derive(Default)]
/// struct Staff;
///
/// impl Rule for Staff {
///     const NAME: &'static str = "staff";
///
///     fn permits(identity: &Identity) -> bool {
///         let user = &identity.user;
///         user.email_verified && user.email.as_deref().is_some_and(|email| email.ends_with("@example.com"))
///     }
/// }
/// ```
pub trait Rule: Default + Send + Sync + 'static {
    /// Names the rule in the log when it says no.
    const NAME: &'static str;

    /// Why it says no, for the log.
    const REASON: &'static str = "its rule does not hold for this user";

    /// Whether this identity may pass.
    fn permits(identity: &Identity) -> bool;
}

impl<R: Rule> Policy for R {
    fn name(&self) -> &str {
        R::NAME
    }

    async fn decide(&self, identity: &Identity, _: DateTime<Utc>) -> Decision {
        if R::permits(identity) { Ok(()) } else { Err(Denial::new(R::REASON).into()) }
    }

    fn unregistered() -> Option<Self> {
        Some(R::default())
    }
}
