//! What an identity may do on a route.

use std::marker::PhantomData;

use crate::identity::Identity;

/// What a route asks of a caller beyond being known. Used as a type: `Authenticated<VerifiedEmail>`.
///
/// ```
/// use better_auth_verifier::{Identity, Policy};
///
/// /// Staff: a verified address of the company.
/// struct Staff;
///
/// impl Policy for Staff {
///     const NAME: &'static str = "staff";
///
///     fn permits(identity: &Identity) -> bool {
///         let user = &identity.user;
///         user.email_verified && user.email.as_deref().is_some_and(|email| email.ends_with("@example.com"))
///     }
/// }
/// ```
pub trait Policy: Send + Sync + 'static {
    /// Name in the log when it says no.
    const NAME: &'static str;

    /// Whether this identity may pass.
    fn permits(identity: &Identity) -> bool;
}

/// Anybody who is known.
pub struct AnyUser;

impl Policy for AnyUser {
    const NAME: &'static str = "any_user";

    fn permits(_: &Identity) -> bool {
        true
    }
}

/// Users whose e-mail address Better Auth has verified.
pub struct VerifiedEmail;

impl Policy for VerifiedEmail {
    const NAME: &'static str = "verified_email";

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
pub struct Admin;

impl Role for Admin {
    const ROLE: &'static str = "admin";
}

/// Users who have the role `R`. Whom the admin plugin's `adminUserIds` names has none, and is not among them.
pub struct HasRole<R>(PhantomData<R>);

impl<R: Role> Policy for HasRole<R> {
    const NAME: &'static str = R::ROLE;

    fn permits(identity: &Identity) -> bool {
        identity.user.has_role(R::ROLE)
    }
}
