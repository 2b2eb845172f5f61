//! The names Better Auth's cookies may have.

use super::reader::Reader;

/// The names of two cookies, the safer first.
pub(super) struct CookieNames {
    pub session: Vec<String>,
    /// Of the cookie cache. One that somebody planted lets nobody in, but is refused, and its user with it.
    pub cache: Vec<String>,
}

impl CookieNames {
    pub fn read(reader: &mut Reader, is_https: bool) -> Self {
        let prefix = reader.parse("better_auth.cookie_prefix", "letters, digits and -_. only", token);
        let session = reader.optional("better_auth.cookie_name", "a cookie name", token);
        let cache = reader.optional("session_cookie_cache.cookie_name", "a cookie name", token);
        let accept_plain = !is_https || reader.get("better_auth.allow_plain_cookie");
        let cache = cache.unwrap_or_else(|| format!("{prefix}.session_data"));
        Self { session: session_names(session, &prefix, accept_plain), cache: accepted(cache, accept_plain) }
    }
}

fn session_names(custom: Option<String>, prefix: &str, accept_plain: bool) -> Vec<String> {
    let bare = match custom {
        // Better Auth puts its prefix before these too, unless `useSecureCookies` is false. Over http nobody can plant either.
        Some(name) if name.starts_with("__Secure-") || name.starts_with("__Host-") => {
            return vec![format!("__Secure-{name}"), name];
        }
        Some(name) => name,
        None => format!("{prefix}.session_token"),
    };
    accepted(bare, accept_plain)
}

/// Any page of a sibling site can plant the bare name; one with this prefix only over https.
fn accepted(bare: String, accept_plain: bool) -> Vec<String> {
    let secure = format!("__Secure-{bare}");
    if accept_plain { vec![secure, bare] } else { vec![secure] }
}

/// A token of RFC 9110, which is what RFC 6265 wants of a cookie name.
fn token(text: &str) -> Option<String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (!text.is_empty() && text.bytes().all(is_token)).then(|| text.to_owned())
}
