use http::{HeaderMap, header};

/// The cookies of a request. Reads the header itself: the strategies need the value as received, and other cookies may hold any
/// bytes.
pub fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=')?;
            Some((pair[..at].trim_ascii(), pair[at + 1..].trim_ascii()))
        })
}

/// The distinct values of the cookies of this name, at most one more than `enough`.
pub fn distinct<'a>(headers: &'a HeaderMap, name: &str, enough: usize) -> Vec<&'a [u8]> {
    let mut values = Vec::new();
    for (key, value) in cookies(headers) {
        if key == name.as_bytes() && !values.contains(&value) && values.len() <= enough {
            values.push(value);
        }
    }
    values
}

/// Whether this is the name of a cookie, or of one of the parts into which Better Auth splits a long one. Better Auth numbers
/// the parts without a sign and without a leading zero.
pub fn is_cookie_or_part(name: &str, whole: &str) -> bool {
    let Some(rest) = name.strip_prefix(whole) else { return false };
    let number = rest.strip_prefix('.').unwrap_or_default();
    rest.is_empty() || number.parse::<u8>().is_ok_and(|index| index.to_string() == number)
}
