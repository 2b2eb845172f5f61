//! Better Auth's secrets, and your own.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use secrecy::{ExposeSecret, SecretString};

use super::SigningKeys;

/// A secret, and older ones that it replaced.
///
/// Better Auth signs and encrypts with the current one; older ones only decrypt. Signatures of older ones are refused, as at
/// Better Auth, unless [`Secrets::accept_older_signatures`] accepts them. A [`SharedSecret`](crate::SharedSecret) accepts
/// the signatures of all.
///
/// Every place that takes secrets also takes a `&str` or a `String`, which stands for one secret alone.
#[derive(Clone)]
pub struct Secrets {
    current: SecretString,
    older: Vec<SecretString>,
    accept_older_signatures: bool,
    /// Made once, so that a signature checked with them need not be checked again.
    keys: Arc<OnceLock<SigningKeys>>,
}

impl Secrets {
    /// One secret (`BETTER_AUTH_SECRET`).
    pub fn new(secret: impl Into<String>) -> Self {
        Self {
            current: SecretString::from(secret.into()),
            older: Vec::new(),
            accept_older_signatures: false,
            keys: Arc::default(),
        }
    }

    /// Earlier secrets (the rest of `BETTER_AUTH_SECRETS`, then `BETTER_AUTH_SECRET` beside it).
    #[must_use]
    pub fn with_older(mut self, secrets: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.older = secrets.into_iter().map(|secret| SecretString::from(secret.into())).collect();
        Self { keys: Arc::default(), ..self }
    }

    /// Also accepts signatures that an older secret made, which Better Auth itself does not.
    #[must_use]
    pub fn accept_older_signatures(mut self, accept: bool) -> Self {
        self.accept_older_signatures = accept;
        Self { keys: Arc::default(), ..self }
    }

    /// The secrets whose signatures count.
    pub fn signing(&self) -> impl Iterator<Item = &str> {
        self.all().take(if self.accept_older_signatures { usize::MAX } else { 1 })
    }

    /// The keys whose signatures count. Clones of these secrets have the same.
    pub(crate) fn signing_keys(&self) -> SigningKeys {
        self.keys.get_or_init(|| SigningKeys::new(self.signing())).clone()
    }

    /// All of them, the current one first.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.current).chain(&self.older).map(ExposeSecret::expose_secret)
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(..)")
    }
}

impl From<&str> for Secrets {
    fn from(secret: &str) -> Self {
        Self::new(secret)
    }
}

impl From<String> for Secrets {
    fn from(secret: String) -> Self {
        Self::new(secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_secrets_sign_only_where_that_is_asked_for() {
        let secrets = Secrets::new("c").with_older(["b", "a"]);
        assert_eq!(secrets.signing().collect::<Vec<_>>(), ["c"]);
        assert_eq!(secrets.all().collect::<Vec<_>>(), ["c", "b", "a"]);
        let lax = secrets.accept_older_signatures(true);
        assert_eq!(lax.signing().collect::<Vec<_>>(), ["c", "b", "a"]);
    }

    #[test]
    fn c6_secrets_do_not_print() {
        assert!(!format!("{:?}", Secrets::new("hunter2").with_older(["swordfish"])).contains("hunter2"));
    }
}
