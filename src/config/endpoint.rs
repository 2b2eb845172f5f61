//! Addresses that are spoken to over HTTP, and whether anybody on the way could read along.

use std::net::IpAddr;

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

pub(super) fn is_plain_beyond_loopback(url: &Url) -> bool {
    url.scheme() == "http" && !url.host_str().is_some_and(is_loopback)
}

pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}
