use crate::{credential::Cookie, error::Refusal};

/// The value of the first of these cookies that is there. Better Auth splits a long one into `name.0`, `name.1` and so
/// on; where there is one without a number it counts alone, as at Better Auth.
///
/// An empty value is left when Better Auth clears a cookie, and a part is missing if a browser has thrown it away: both
/// count as absent.
pub fn join(cookies: &[Cookie], names: &[String]) -> Result<Option<String>, Refusal> {
    for name in names {
        if let Some(whole) = named(cookies, name)? {
            return Ok(Some(whole.to_owned()));
        }
        let mut joined = String::new();
        let mut parts = 0_usize;
        while let Some(part) = named(cookies, &format!("{name}.{parts}"))? {
            joined.push_str(part);
            parts += 1;
        }
        let all = cookies.iter().filter(|cookie| is_part(cookie.name(), name) && !cookie.value().is_empty());
        if parts > 0 {
            return Ok((all.count() == parts).then_some(joined));
        }
    }
    Ok(None)
}

/// Whether any cookie of these names or a part of one is there.
pub fn is_there(cookies: &[Cookie], names: &[String]) -> bool {
    let is_named =
        |cookie: &Cookie| names.iter().any(|name| cookie.name() == name || is_part(cookie.name(), name));
    cookies.iter().any(|cookie| is_named(cookie) && !cookie.value().is_empty())
}

fn named<'a>(cookies: &'a [Cookie], name: &str) -> Result<Option<&'a str>, Refusal> {
    let mut values = cookies
        .iter()
        .filter(|cookie| cookie.name() == name && !cookie.value().is_empty())
        .map(Cookie::value);
    let first = values.next();
    if values.any(|other| Some(other) != first) { Err(Refusal::AmbiguousCookie) } else { Ok(first) }
}

fn is_part(cookie: &str, name: &str) -> bool {
    cookie.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(cookies: &[(&str, &str)]) -> Result<Option<String>, Refusal> {
        let cookies: Vec<_> = cookies.iter().map(|(name, value)| Cookie::new(*name, *value)).collect();
        join(&cookies, &["__Secure-d".into(), "d".into()])
    }

    #[test]
    fn the_first_name_counts_and_one_cookie_before_its_parts() {
        assert_eq!(joined(&[]), Ok(None));
        assert_eq!(joined(&[("d", "a"), ("__Secure-d", "b")]), Ok(Some("b".into())));
        assert_eq!(joined(&[("d.0", "x"), ("d", "a")]), Ok(Some("a".into())));
        assert_eq!(joined(&[("d", ""), ("d.0", "x")]), Ok(Some("x".into())));
    }

    #[test]
    fn parts_are_joined_by_their_numbers() {
        let mut parts: Vec<_> =
            (0..12).rev().map(|index| (format!("d.{index}"), format!("<{index}>"))).collect();
        let borrowed = |parts: &[(String, String)]| {
            joined(&parts.iter().map(|(name, value)| (&**name, &**value)).collect::<Vec<_>>())
        };
        let expected = "<0><1><2><3><4><5><6><7><8><9><10><11>";
        assert_eq!(borrowed(&parts), Ok(Some(expected.into())));
        parts.remove(5);
        assert_eq!(borrowed(&parts), Ok(None));
    }

    #[test]
    fn two_values_are_ambiguous() {
        assert_eq!(joined(&[("d", "a"), ("d", "a")]), Ok(Some("a".into())));
        assert_eq!(joined(&[("d", "a"), ("d", "b")]), Err(Refusal::AmbiguousCookie));
        assert_eq!(joined(&[("d.0", "a"), ("d.0", "b")]), Err(Refusal::AmbiguousCookie));
    }
}
