use super::{Cache, reader::Reader};

/// The `session_cookie_cache` strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionCookieCache {
    /// What Better Auth's caches say they are.
    pub version: String,
    /// Verdicts, unless switched off.
    pub cache: Option<Cache>,
}

impl SessionCookieCache {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let version = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Self {
            version: reader.parse("session_cookie_cache.version", "a version, \"1\" by default", version),
            cache: Cache::read(reader, "session_cookie_cache"),
        }
    }
}
