use super::{signed_token::SessionToken, signing_keys::SigningKeys};
use crate::{credential::Credential, error::Refusal, secrets::Secrets};

/// Which session tokens are read, and whose signature is believed.
#[derive(Default)]
pub struct SessionTokens {
    /// `None` where the secret is not known here: whoever is asked about a token checks its signature.
    keys: Option<SigningKeys>,
    /// Whether unsigned ones are read, too.
    pub raw_tokens: bool,
}

impl SessionTokens {
    /// Signed ones only.
    pub fn new(secrets: &Secrets) -> Self {
        Self { keys: Some(SigningKeys::new(secrets.signing())), raw_tokens: false }
    }

    /// Whether a credential is one by its form.
    pub fn claim(&self, credential: &Credential) -> bool {
        SessionToken::read(credential, self.raw_tokens).is_some()
    }

    /// The session token of a credential, its signature checked where the secret is known. Says nothing about its session.
    pub fn read(&self, credential: &Credential) -> Result<SessionToken, Refusal> {
        let presented = SessionToken::read(credential, self.raw_tokens).ok_or(Refusal::Unclaimed)?;
        if let Some(keys) = &self.keys {
            keys.check(&presented)?;
        }
        Ok(presented)
    }
}
