//! The keys whose values hold secrets, or addresses that may carry a password.

/// The operators' token.
pub(super) const ADMIN_TOKEN: &str = "server.admin_token";
/// Better Auth's secret.
pub(super) const SECRET: &str = "better_auth.secret";
/// Its versioned secrets.
pub(super) const SECRETS: &str = "better_auth.secrets";
/// The secret of its plugin.
pub(super) const HOOK_SECRET: &str = "revocation.hook_secret";
/// The secret that encrypts the signing keys of assertions.
pub(super) const ASSERTION_SECRET: &str = "assertion.secret";
/// The database of the service's own tables.
pub(super) const DATABASE_URL: &str = "database.url";
