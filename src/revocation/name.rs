//! The names under which endings are kept.

use std::borrow::Cow;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, prelude::BASE64_STANDARD};

/// The longest id, in bytes, that is kept as it is; for longer ones a digest is kept. Better Auth's have 32 characters.
pub const MAX_NAME: usize = 255;

/// Stands for an id of a user or a session, in a bounded number of bytes: for a longer one its digest does.
pub fn bounded(id: &str) -> Cow<'_, str> {
    if id.len() <= MAX_NAME {
        return id.into();
    }
    BASE64_STANDARD.encode(digest(&SHA256, id.as_bytes())).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_short_and_still_one_of_a_kind() {
        let (long, other) = ("x".repeat(8000), "x".repeat(8001));
        assert_eq!(bounded(&long[..MAX_NAME]), long[..MAX_NAME]);
        assert!(bounded(&long).len() < MAX_NAME);
        assert_eq!(bounded(&long), bounded(&long));
        assert_ne!(bounded(&long), bounded(&other));
    }
}
