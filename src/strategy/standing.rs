use aws_lc_rs::digest;

/// What this process knows of a credential without asking a database or a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// Anybody may have made it.
    Unknown,
    /// It was made with the secret or the key. Whether its session still lives is another question.
    Proven(Proof),
    /// It was verified before, and a cache still holds it.
    Remembered,
}

/// Names the proven text: the same for every carrier and encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Proof([u8; 32]);

impl Standing {
    /// The signature over this is right. For a session token that is the token alone.
    #[must_use]
    pub fn proven(signed: impl AsRef<[u8]>) -> Self {
        let mut name = [0; 32];
        name.copy_from_slice(digest::digest(&digest::SHA256, signed.as_ref()).as_ref());
        Self::Proven(Proof(name))
    }
}
