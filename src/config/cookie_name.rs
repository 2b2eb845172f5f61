//! The names Better Auth's cookies may have.

use super::reader::Reader;
use crate::credential::SECURE_PREFIX;

/// What [`token`] accepts, as a pattern.
pub(super) const PATTERN: &str = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$";

/// How Better Auth names its cookies, and which of the names are safe to accept.
#[derive(Clone, Debug)]
pub(super) struct CookieNames {
    prefix: String,
    accept_plain: bool,
}

impl CookieNames {
    pub fn read(reader: &mut Reader, is_https: bool) -> Self {
        let prefix = reader.parse("better_auth.cookie_prefix", "letters, digits and -_. only", token);
        if let Some(rest) = prefix.strip_prefix(SECURE_PREFIX) {
            reader.warn(format!(
                "better_auth.cookie_prefix = {prefix:?}: Better Auth puts __Secure- before its prefix by itself on https, and so does \
                 this service: expected its advanced.cookiePrefix alone, {rest:?}"
            ));
        }
        Self { prefix, accept_plain: !is_https || reader.get("better_auth.allow_plain_cookie") }
    }

    /// The names of the cookie that Better Auth calls `own`, unless it has a `custom` name; the safer first.
    ///
    /// Any page of a sibling site can plant a cookie with the bare name; with a name that browsers guard by its prefix only over
    /// https. Better Auth puts its own prefix before such a name, too, unless `useSecureCookies` is false.
    pub fn names(&self, custom: Option<String>, own: &str) -> Vec<String> {
        let bare = custom.unwrap_or_else(|| format!("{}.{own}", self.prefix));
        let secure = format!("{SECURE_PREFIX}{bare}");
        let is_guarded = bare.starts_with(SECURE_PREFIX) || bare.starts_with("__Host-");
        if self.accept_plain || is_guarded { vec![secure, bare] } else { vec![secure] }
    }
}

/// The cookie name that a key sets, if any.
pub(super) fn read(reader: &mut Reader, key: &str) -> Option<String> {
    reader.optional(key, "a cookie name", token)
}

/// A token of RFC 9110, which is what RFC 6265 wants of a cookie name.
fn token(text: &str) -> Option<String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (!text.is_empty() && text.bytes().all(is_token)).then(|| text.to_owned())
}
