use std::marker::PhantomData;

use super::Rule;
use crate::identity::Identity;

/// Every known caller.
#[derive(Clone, Copy, Debug, Default)]
pub struct AnyUser;

impl Rule for AnyUser {
    const NAME: &'static str = "any_user";

    fn permits(_: &Identity) -> bool {
        true
    }
}

/// Users whose e-mail address Better Auth has verified.
#[derive(Clone, Copy, Debug, Default)]
pub struct VerifiedEmail;

impl Rule for VerifiedEmail {
    const NAME: &'static str = "verified_email";
    const REASON: &'static str = "the e-mail address is not verified";

    fn permits(identity: &Identity) -> bool {
        identity.user.email_verified
    }
}

/// A role of Better Auth's admin plugin, as a type.
///
/// ```
/// use better_auth_verifier::{HasRole, Role};
///
/// struct Editor;
///
/// impl Role for Editor {
///     const ROLE: &'static str = "editor";
/// }
///
/// type Editors = HasRole<Editor>; // `auth: Authenticated<Editors>`
/// ```
pub trait Role: Send + Sync + 'static {
    /// The role as Better Auth stores it.
    const ROLE: &'static str;
}

/// The admin plugin's own `admin`.
#[derive(Clone, Copy, Debug)]
pub struct Admin;

impl Role for Admin {
    const ROLE: &'static str = "admin";
}

/// Users who have the role `R`. A user whom the admin plugin's `adminUserIds` names has no role, and is not among them.
#[derive(Debug)]
pub struct HasRole<R>(PhantomData<fn() -> R>);

impl<R> Default for HasRole<R> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<R: Role> Rule for HasRole<R> {
    const NAME: &'static str = R::ROLE;
    const REASON: &'static str = "the user does not have this role";

    fn permits(identity: &Identity) -> bool {
        identity.user.has_role(R::ROLE)
    }
}
