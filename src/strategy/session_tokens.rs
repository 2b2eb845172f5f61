use super::standing::Standing;
use crate::{
    better_auth::{Secrets, SessionToken, SigningKeys},
    credential::{Carrier, Credential, Form, Forms},
    error::Refusal,
};

/// Which session tokens are read, and whose signatures are trusted.
#[derive(Default)]
pub struct SessionTokens {
    /// `None` if the secret is not known here: the service behind the look-up checks the signature.
    keys: Option<SigningKeys>,
    /// Whether unsigned ones are read, too.
    pub raw_tokens: bool,
}

impl SessionTokens {
    const SIGNED: Forms =
        Forms::of(&[Form::SignedToken], &[Carrier::Authorization, Carrier::Header, Carrier::Cookie]);
    const RAW: Forms = Self::SIGNED.with(&[Form::RawToken], &[Carrier::Authorization, Carrier::Header]);

    /// Signed ones only.
    pub fn new(secrets: &Secrets) -> Self {
        Self { keys: Some(secrets.signing_keys()), raw_tokens: false }
    }

    /// The accepted forms.
    pub fn forms(&self) -> Forms {
        if self.raw_tokens { Self::RAW } else { Self::SIGNED }
    }

    /// The session token of a credential, its signature checked if the secret is known. Proves nothing about its session.
    pub fn read<'a>(&self, credential: &'a Credential) -> Result<&'a SessionToken, Refusal> {
        self.forms().admit(credential).map_err(|_| Refusal::Unclaimed)?;
        let presented = credential.session_token().ok_or(Refusal::Unclaimed)?;
        match &self.keys {
            Some(keys) => credential.check_signature(keys)?,
            None => credential.trace().only_if_refused(
                "characters of the session token",
                presented.validate(),
                || SessionToken::characters_in_words(Some(presented)),
            )?,
        }
        Ok(presented)
    }

    /// Whether a known secret has signed the session token of a credential. A raw one has no signature.
    pub fn standing(&self, credential: &Credential) -> Standing {
        match (credential.session_token(), &self.keys) {
            (Some(presented), Some(keys))
                if presented.signature().is_some() && credential.check_signature(keys).is_ok() =>
            {
                Standing::proven(presented.token())
            }
            _ => Standing::Unknown,
        }
    }
}
