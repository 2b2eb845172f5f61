//! How a name differs from the one that was expected, where that is a common mistake.

use reqwest::Url;

/// The difference between an issuer or audience and one that is accepted, in words; nothing where they have little in common.
pub fn between(found: &str, expected: &str) -> Option<String> {
    if found.trim_end_matches('/') == expected.trim_end_matches('/') {
        return Some("they differ only by a slash at the end".to_owned());
    }
    let (one, other) = (Url::parse(found).ok()?, Url::parse(expected).ok()?);
    let (host, other_host) = (one.host_str()?, other.host_str()?);
    let differences: Vec<_> = [
        (one.scheme() != other.scheme()).then(|| format!("{} for {}", one.scheme(), other.scheme())),
        (host != other_host).then(|| format!("host {host} for {other_host}")),
        (one.port_or_known_default() != other.port_or_known_default())
            .then(|| format!("port {} for {}", port(&one), port(&other))),
        (one.path() != other.path()).then(|| format!("path {} for {}", one.path(), other.path())),
    ]
    .into_iter()
    .flatten()
    .collect();
    let is_near = host == other_host || [host, other_host].iter().all(|host| is_this_machine(host));
    (is_near && !differences.is_empty()).then(|| format!("the token has {}", differences.join(" and ")))
}

fn port(url: &Url) -> String {
    url.port_or_known_default().map_or_else(|| "none".to_owned(), |port| port.to_string())
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.starts_with("127.") || host == "[::1]"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_mistakes_have_a_name() {
        for (found, expected, words) in [
            ("https://a.example/", "https://a.example", "only by a slash"),
            ("http://a.example", "https://a.example", "http for https"),
            ("http://127.0.0.1:3000", "http://localhost:3000", "host 127.0.0.1 for localhost"),
            ("https://a.example:8443", "https://a.example", "port 8443 for 443"),
            ("https://a.example/api/auth", "https://a.example", "path /api/auth for /"),
        ] {
            let difference = between(found, expected).expect(found);
            assert!(difference.contains(words), "{difference}");
        }
        for (found, expected) in [("https://evil.example", "https://a.example"), ("me", "https://a.example")]
        {
            assert_eq!(between(found, expected), None);
        }
    }
}
