//! Addresses of HTTP services.

use reqwest::Url;

pub(super) const EXPECTED: &str = "an http or https URL without credentials, query or fragment";

pub(super) fn parse(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    (bare && matches!(url.scheme(), "http" | "https")).then_some(url)
}

/// Cuts the path off, and returns it if there was more than a slash.
pub(super) fn take_path(url: &mut Url) -> Option<String> {
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path("");
    Some(path).filter(|path| !path.is_empty())
}
