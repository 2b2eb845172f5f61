//! Better Auth's secrets, as it understands them.

use super::{
    confidential::{SECRET, SECRETS},
    reader::Reader,
};
use crate::Secrets;

/// Better Auth's default secret, which is public.
pub(super) const BUILT_IN_SECRET: &str = "better-auth-secret-12345678901234567890";

/// The versioned secrets, the first of which is the current one, and the single secret behind them; or that alone.
pub(super) fn read(reader: &mut Reader) -> Option<Secrets> {
    let single: String = reader.get(SECRET);
    if single == BUILT_IN_SECRET {
        reader.fault(SECRET, "a secret of your own, not the one built into Better Auth");
    }
    let versioned = reader.list(SECRETS, versioned);
    let versions: Vec<_> = versioned.iter().map(|(version, _)| version).collect();
    if versions.iter().enumerate().any(|(index, version)| versions[..index].contains(version)) {
        reader.fault(SECRETS, "each version once");
    }
    let mut secrets =
        versioned.into_iter().map(|(_, secret)| secret).chain(Some(single)).filter(|one| !one.is_empty());
    let accept_older = reader.get("better_auth.accept_older_signatures");
    Some(Secrets::new(secrets.next()?).with_older(secrets).accept_older_signatures(accept_older))
}

/// `2:newer`: a whole number and a secret.
fn versioned(entry: &str) -> Result<(u64, String), String> {
    let parts = entry.split_once(':').map(|(version, secret)| (version.trim().parse(), secret.trim()));
    match parts {
        Some((Ok(_), BUILT_IN_SECRET)) => {
            Err("a secret of your own, not the one built into Better Auth".into())
        }
        Some((Ok(version), secret)) if !secret.is_empty() => Ok((version, secret.to_owned())),
        _ => Err("\"2:newer,1:older\", each a version and a secret".into()),
    }
}
