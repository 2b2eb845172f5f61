//! The names Better Auth's session cookie may have.

use super::reader::Reader;

/// The accepted names, the safer first.
pub(super) fn read(reader: &mut Reader, is_https: bool) -> Vec<String> {
    let prefix = reader.parse("better_auth.cookie_prefix", "letters, digits and -_. only", token);
    let custom = reader.optional("better_auth.cookie_name", "a cookie name", token);
    let bare = match custom {
        // Better Auth puts its prefix before these too, unless `useSecureCookies` is false. Over http nobody can plant either.
        Some(name) if name.starts_with("__Secure-") || name.starts_with("__Host-") => {
            return vec![format!("__Secure-{name}"), name];
        }
        Some(name) => name,
        None => format!("{prefix}.session_token"),
    };
    let secure = format!("__Secure-{bare}");
    // A page of a sibling site can plant the bare name, but not one with this prefix.
    if is_https && !reader.get::<bool>("better_auth.allow_plain_cookie") {
        vec![secure]
    } else {
        vec![secure, bare]
    }
}

/// A token of RFC 9110, which is what RFC 6265 wants of a cookie name.
fn token(text: &str) -> Option<String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (!text.is_empty() && text.bytes().all(is_token)).then(|| text.to_owned())
}
