//! What was given on standard input.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};

/// What was given on standard input: the header that a client would send.
pub struct Presented {
    pub(super) name: HeaderName,
    pub(super) value: SecretString,
}

impl Presented {
    /// Reads a `Cookie`, `Set-Cookie` or `Authorization` header, cookies alone, the value of a session cookie, or a token.
    /// `cookie` is what the session cookie is called where only its value was given.
    #[must_use]
    pub fn read(text: &str, cookie: &str) -> Option<Self> {
        let text = text.trim();
        let after = |name: &str| {
            let begin = text.get(..name.len())?;
            begin.eq_ignore_ascii_case(name).then(|| text[name.len()..].trim())
        };
        let new = |name, value: &str| Some(Self { name, value: value.to_owned().into() });
        if text.is_empty() {
            return None;
        }
        if let Some(pair) = after("set-cookie:") {
            return new(header::COOKIE, pair.split(';').next().unwrap_or_default());
        }
        if let Some(cookies) = after("cookie:") {
            return new(header::COOKIE, cookies);
        }
        if let Some(value) = after("authorization:") {
            return new(header::AUTHORIZATION, value);
        }
        if after("bearer ").is_some() {
            return new(header::AUTHORIZATION, text);
        }
        match text.split_once('=') {
            // What ends in it is padded.
            Some((_, value)) if !value.trim_matches('=').is_empty() => new(header::COOKIE, text),
            _ if text.matches('.').count() == 2 => new(header::AUTHORIZATION, &format!("Bearer {text}")),
            _ => new(header::COOKIE, &format!("{cookie}={text}")),
        }
    }

    pub(super) fn headers(&self) -> Option<HeaderMap> {
        let mut value = HeaderValue::from_str(self.value.expose_secret()).ok()?;
        value.set_sensitive(true);
        Some([(self.name.clone(), value)].into_iter().collect())
    }

    pub(super) fn is_jwt(&self) -> bool {
        self.name == header::AUTHORIZATION && self.value.expose_secret().matches('.').count() == 2
    }

    pub(super) fn cookie_names(&self) -> Vec<&str> {
        let pairs = self.value.expose_secret().split(';');
        pairs.filter_map(|pair| Some(pair.split_once('=')?.0.trim())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_read_as_it_was_copied() {
        let read = |text: &str| {
            let presented = Presented::read(text, "the-cookie").expect("a credential");
            format!("{}: {}", presented.name, presented.value.expose_secret())
        };
        assert_eq!(read("Cookie: a=b.c%3D; d=e\n"), "cookie: a=b.c%3D; d=e");
        assert_eq!(read("set-cookie: a=b.c%3D; Path=/; HttpOnly"), "cookie: a=b.c%3D");
        assert_eq!(read("a=b.c="), "cookie: a=b.c=");
        assert_eq!(read("token.signature="), "cookie: the-cookie=token.signature=");
        assert_eq!(read("token.signature%3D"), "cookie: the-cookie=token.signature%3D");
        assert_eq!(read("a.b.c"), "authorization: Bearer a.b.c");
        assert_eq!(read("Bearer a.b.c"), "authorization: Bearer a.b.c");
        assert_eq!(read("Authorization: Bearer x"), "authorization: Bearer x");
        assert!(Presented::read(" \n", "the-cookie").is_none());
    }
}
