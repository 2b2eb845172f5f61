//! Web origins, compared byte for byte with what a browser sends.

use reqwest::Url;

/// The origin as browsers write it, or what should have been written.
pub(super) fn parse(text: &str) -> Result<String, String> {
    match normalised(text) {
        Some(origin) if origin == text => Ok(origin),
        Some(origin) => Err(format!("an exact origin, here {origin:?}")),
        None => Err("an exact origin such as \"https://app.example.com\", without wildcards".to_owned()),
    }
}

fn normalised(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty() && !host.contains('*'))?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{host}{port}", url.scheme()))
}

/// Each origin once, in order.
pub(super) fn distinct(origins: Vec<String>) -> Vec<String> {
    let mut seen = Vec::new();
    for origin in origins {
        if !seen.contains(&origin) {
            seen.push(origin);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_sends_is_accepted() {
        for origin in
            ["https://a.example", "http://localhost:5173", "http://[::1]:8080", "capacitor://localhost"]
        {
            assert_eq!(parse(origin).as_deref(), Ok(origin));
        }
    }

    #[test]
    fn anything_else_is_told_what_a_browser_would_send() {
        for (written, sent) in [
            ("https://a.example/", "\"https://a.example\""),
            ("https://A.example:443/path?q", "\"https://a.example\""),
            ("https://user:secret@a.example", "\"https://a.example\""),
        ] {
            assert!(parse(written).is_err_and(|expected| expected.ends_with(sent)), "{written}");
        }
        for written in ["*", "null", "", "https://*.example", "a.example", "https://"] {
            assert!(
                parse(written).is_err_and(|expected| expected.contains("without wildcards")),
                "{written}"
            );
        }
    }
}
