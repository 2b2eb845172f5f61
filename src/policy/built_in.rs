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
