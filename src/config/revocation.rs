use super::{confidential::HOOK_SECRET, reader::Reader};
use crate::revocation::HookSecret;

/// How the service learns that a session or a user has ended.
#[derive(Clone, Debug)]
pub struct Revocation {
    /// The key of the hook's signatures; without one there is no hook.
    pub hook_secret: Option<HookSecret>,
    /// Whether cut-offs are kept in the service's own database.
    pub persist: bool,
}

impl Revocation {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let expected =
            "empty, or a secret of at least 24 bytes, which may be given as `whsec_` and their base64";
        let hook_secret = reader.optional(HOOK_SECRET, expected, |text| text.parse().ok());
        Self { hook_secret, persist: reader.get("revocation.persist") }
    }
}
