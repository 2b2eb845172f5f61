//! The names Better Auth's cookies may have.

use super::reader::Reader;

/// The names of two cookies, the safer first.
pub(super) struct CookieNames {
    pub session: Vec<String>,
    /// Of the cookie cache.
    pub cache: Vec<String>,
}

impl CookieNames {
    pub fn read(reader: &mut Reader, is_https: bool) -> Self {
        let prefix = reader.parse("better_auth.cookie_prefix", "letters, digits and -_. only", token);
        let session = reader.optional("better_auth.cookie_name", "a cookie name", token);
        let cache = reader.optional("session_cookie_cache.cookie_name", "a cookie name", token);
        let accept_plain = !is_https || reader.get("better_auth.allow_plain_cookie");
        let accepted = |custom: Option<String>, own: &str| {
            accepted(custom.unwrap_or_else(|| format!("{prefix}.{own}")), accept_plain)
        };
        Self { session: accepted(session, "session_token"), cache: accepted(cache, "session_data") }
    }
}

/// Any page of a sibling site can plant the bare name; one that browsers guard by its prefix only over https. Better Auth
/// puts its own before such a name, too, unless `useSecureCookies` is false.
fn accepted(bare: String, accept_plain: bool) -> Vec<String> {
    let secure = format!("__Secure-{bare}");
    let is_guarded = bare.starts_with("__Secure-") || bare.starts_with("__Host-");
    if accept_plain || is_guarded { vec![secure, bare] } else { vec![secure] }
}

/// A token of RFC 9110, which is what RFC 6265 wants of a cookie name.
fn token(text: &str) -> Option<String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (!text.is_empty() && text.bytes().all(is_token)).then(|| text.to_owned())
}
