use super::{signed_token::SessionToken, signing_keys::SigningKeys, standing::Standing};
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
        match &self.keys {
            Some(keys) => keys.check(&presented)?,
            None => presented.check()?,
        }
        Ok(presented)
    }

    /// Whether a known secret has signed the session token of a credential. A raw one has no signature.
    pub fn standing(&self, credential: &Credential) -> Standing {
        match SessionToken::read(credential, false) {
            Some(presented) if self.has_signed(&presented) => Standing::proven(presented.token()),
            _ => Standing::Unknown,
        }
    }

    fn has_signed(&self, presented: &SessionToken) -> bool {
        self.keys.as_ref().is_some_and(|keys| keys.check(presented).is_ok())
    }
}
