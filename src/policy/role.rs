use std::marker::PhantomData;

use chrono::{DateTime, Utc};

use super::{Decision, Policy, Rule};
use crate::{error::Denial, identity::Identity};

const LACKING: &str = "the user does not have this role";

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
    const REASON: &'static str = LACKING;

    fn permits(identity: &Identity) -> bool {
        identity.user.has_role(R::ROLE)
    }
}

/// Users who have a role whose name is known at run time, such as one in a configuration. For any other role use
/// [`HasRole`].
#[derive(Clone, Debug)]
pub struct InRole {
    role: String,
    name: String,
}

impl InRole {
    /// The role as Better Auth stores it.
    pub fn new(role: impl Into<String>) -> Self {
        let role = role.into();
        Self { name: format!("role:{role}"), role }
    }
}

impl Policy for InRole {
    fn name(&self) -> &str {
        &self.name
    }

    async fn decide(&self, identity: &Identity, _: DateTime<Utc>) -> Decision {
        if identity.user.has_role(&self.role) { Ok(()) } else { Err(Denial::new(LACKING).into()) }
    }
}
