//! What an identity may do on a route.

mod any;
mod built_in;
mod decision;
mod fresh;
mod impersonation;
mod role;
mod rule;

use chrono::{DateTime, Utc};

pub use self::{
    any::AnyPolicy,
    built_in::{AnyUser, VerifiedEmail},
    decision::{Decision, Unpermitted},
    fresh::Fresh,
    impersonation::NotImpersonated,
    role::{Admin, HasRole, InRole, Role},
    rule::Rule,
};
use crate::identity::Identity;

/// What a route requires beyond a known caller: a value that decides, and may query a database.
///
/// A policy to which the identity says enough is a [`Rule`], which is shorter. The others implement this trait. Give their
/// value to the [`Authenticator`](crate::Authenticator) once; `Authenticated<Member>` finds it by its type:
///
/// ```
/// use std::collections::HashSet;
///
/// use better_auth_verifier::{Authenticator, Carriers, Chain, Decision, Denial, Identity, Policy};
/// use chrono::{DateTime, Utc};
///
/// /// Members of the club, as the club's own list has them.
/// struct Member(HashSet<String>);
///
/// impl Policy for Member {
///     fn name(&self) -> &'static str {
///         "member"
///     }
///
///     async fn decide(&self, identity: &Identity, _now: DateTime<Utc>) -> Decision {
///         let is_member = self.0.contains(&identity.user.id);
///         if is_member { Ok(()) } else { Err(Denial::new("not a member of the club").into()) }
///     }
/// }
///
/// let authenticator =
///     Authenticator::new(Carriers::default(), Chain::default()).with_policy(Member(HashSet::new()));
/// ```
///
/// Bound your own time: nothing around a policy has a time-out. If it cannot find out, the result is
/// [undecidable](Unpermitted::undecidable) and becomes a 503, never a denial and never a pass.
pub trait Policy: Sized + Send + Sync + 'static {
    /// Names the policy in the log when it does not permit.
    fn name(&self) -> &str;

    /// Whether this identity may pass. `now` is the time by the clock that the request is judged by: a policy that goes by
    /// another clock cannot be replayed.
    fn decide(&self, identity: &Identity, now: DateTime<Utc>) -> impl Future<Output = Decision> + Send;

    /// The value of `Authenticated<Self>` if the app has given none. Only a policy without data has one; for all others a missing
    /// value is a 500.
    #[must_use]
    fn unregistered() -> Option<Self> {
        None
    }
}
